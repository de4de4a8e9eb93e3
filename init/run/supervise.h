/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of services: their commands one after the other, what happens when a
 * process ends or takes too long. Each start, each service that is up, and each end is
 * reported by manager->changed().
 */
#ifndef SUPERVISE_H
#define SUPERVISE_H

#include "run/manager.h"

/*
 * Starts a service that is not running; or, for a socket with Accept=, an instance
 * for a connection (else -1), which is taken in any case. Returns 0; -EAGAIN when it
 * was started too often, for *ret_wait microseconds; or another negative errno.
 */
int service_start(struct manager *m, struct service_entry *entry, struct socket_entry *socket,
		  int connection_fd, uint64_t *ret_wait);

/* Stops a service and all of its instances, by KillSignal=; after TimeoutStopSec= by SIGKILL. */
void service_stop(struct service_entry *entry);

/* Does not wait for the time-out. */
void service_kill(struct service_entry *entry);

/* Whether its commands are still running that must end before it counts as started. */
bool service_is_starting(const struct service_entry *entry);

/* Whether service_stop() was called, and it has not ended yet. */
bool service_is_stopping(const struct service_entry *entry);

/* Takes the status of every child that has ended; it may also be a service's orphan. */
void services_reap(struct manager *m);

#endif
