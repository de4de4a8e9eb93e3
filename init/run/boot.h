/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts services at boot in the order of After= and Before=, and stops them in the
 * reverse order.
 */
#ifndef BOOT_H
#define BOOT_H

#include "run/manager.h"

/*
 * Opens sockets and timers, and starts the services that are wanted, as far as their
 * order lets them; the others follow when those are up. At the end supervisors are
 * told READY=1. Returns 0 or a negative errno.
 */
int boot_begin(struct manager *m);

/*
 * Begins to stop all services; the loop ends when it is done.
 *
 * at_once: by SIGKILL, in any order.
 */
void boot_undo(struct manager *m, bool at_once);

/* Whether nothing runs, listens or waits for a time any more. */
bool boot_is_over(const struct manager *m);

#endif
