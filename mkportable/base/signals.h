/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that end a program, for programs that have something to clean up. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Sets *ret to SIGINT, SIGTERM and SIGHUP, without those that are ignored: blocking an
 * ignored signal would undo nohup(1).
 */
void signals_that_end(sigset_t *ret);

/* Whether one of them is blocked and pending. */
bool signals_pending(void);

#endif
