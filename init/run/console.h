/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints the output of services on the console, each line with the name of the unit.
 *
 * A console that is stuck must stop neither process 1 nor the services: lines are
 * dropped then, and counted.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "loop.h"

/*
 * Makes a pipe whose lines are printed until its last writer has closed it; it holds the
 * loop until then.
 *
 * name: of the unit; copied. Returns the writing end (the caller's, close-on-exec),
 * or a negative errno.
 */
int console_open(struct loop *loop, const char *name);

#endif
