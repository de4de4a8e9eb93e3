/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals by which people end a program that has something to clean up. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Sets *ret to SIGINT, SIGTERM and SIGHUP, without those that are ignored: who runs us
 * under nohup(1) means it, and a signal that is blocked is not ignored any more.
 */
void signals_that_end(sigset_t *ret);

/* Whether one of them is blocked and waits. */
bool signals_wait(void);

#endif
