/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What services say goes to the console, line by line, each with the unit's name.
 *
 * A console that takes nothing must not hold PID 1 up, nor the services: lines are
 * dropped then, and counted.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "loop.h"

/*
 * Makes a pipe whose lines are printed until its last writer is gone; so long it
 * holds the loop.
 *
 * name: of the unit; copied. Returns the writing end (the caller's, close-on-exec),
 * or a negative errno.
 */
int console_open(struct loop *loop, const char *name);

#endif
