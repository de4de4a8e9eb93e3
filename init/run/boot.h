/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts services at boot in the order of After= and Before=, and stops them in the
 * reverse order.
 */
#ifndef BOOT_H
#define BOOT_H

#include "run/manager.h"

/*
 * Opens sockets and timers, and starts the wanted services that come first; the others
 * follow when those are up. When all are, READY=1 is sent to $NOTIFY_SOCKET.
 *
 * Returns 0 or a negative errno.
 */
int boot_start(struct manager *m);

/*
 * Begins to stop all services. The loop ends when they have ended.
 *
 * at_once: kills all that run, in any order.
 */
void boot_stop(struct manager *m, bool at_once);

/* Whether no service, open socket or timer is left. */
bool boot_is_over(const struct manager *m);

#endif
