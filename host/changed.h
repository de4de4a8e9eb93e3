/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether any unit file or drop-in has changed since systemd read them. It would tell for each
 * unit, but takes half a millisecond for that; and mostly none has.
 */
#ifndef CHANGED_H
#define CHANGED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * directories: where units are; the last is NULL. since_us: on CLOCK_REALTIME. Returns false only
 * if no unit needs to be read again.
 */
bool units_changed(char *const *directories, uint64_t since_us);

#endif
