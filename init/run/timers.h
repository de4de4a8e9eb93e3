/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timers of .timer units: each elapses at the earliest of its triggers. */
#ifndef TIMERS_H
#define TIMERS_H

#include "run/manager.h"

/* Sets all timers. Returns 0 or a negative errno. */
int timers_open(struct manager *m);

/* Sets the timers of a service again: after it has started or ended. */
void timers_update(const struct service_entry *entry);

#endif
