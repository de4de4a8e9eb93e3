/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the commands of services, and handles their ends, time-outs and restarts. It calls
 * manager->changed() for each service that starts, is up, or has ended.
 */
#ifndef SUPERVISE_H
#define SUPERVISE_H

#include "run/manager.h"

/*
 * Starts a service unless it runs; or, for a socket with Accept=, an instance for a
 * connection.
 *
 * socket: NULL without Accept=. connection_fd: taken in any case; -1 without one.
 * Returns 0; -EAGAIN when it was started too often, and sets *ret_wait to the
 * microseconds until it may start again; or another negative errno.
 */
int service_start(struct manager *m, struct service_entry *entry, struct socket_entry *socket,
		  int connection_fd, uint64_t *ret_wait);

/* Stops a service and all of its instances, by KillSignal=; after TimeoutStopSec= by SIGKILL. */
void service_stop(struct service_entry *entry);

/* Kills what runs of it. */
void service_kill(struct service_entry *entry);

/* Whether commands are running that must end before it counts as started. */
bool service_is_starting(const struct service_entry *entry);

/* Reaps all children that have ended, orphans included. */
void services_reap(struct manager *m);

#endif
