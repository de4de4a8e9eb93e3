/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that PID 1 knows, handed to each of its parts. */
#ifndef MANAGER_H
#define MANAGER_H

#include "loop.h"
#include "units/plan.h"

/* How the system ends, once all of its services have. */
enum ending {
	ENDING_POWER_OFF,
	ENDING_REBOOT,
	ENDING_HALT,
	ENDING_BY_KEYS /* Ctrl+Alt+Del of a machine reboots it; in a container SIGINT is as SIGTERM */
};

struct manager {
	struct loop loop;
	struct plan plan;
	unsigned abilities;   /* enum ability */
	uint64_t started;     /* monotonic, microseconds */
	uint64_t n_instances; /* that were ever started: their names */
	bool booted;          /* everything that was wanted has been started */
	bool stopping;
	uint64_t stopping_since; /* monotonic, microseconds */
	bool failed;             /* something could not be opened or started at boot */
	enum ending ending;
	struct loop_source signals, clock_changes; /* own their descriptors */
};

/* CLOCK_MONOTONIC, in microseconds. */
uint64_t now_monotonic(void);

/* supervise.c */

/*
 * Starts a service that is not running; or, for a socket with Accept=, an instance
 * for a connection (else -1), which is taken in any case. Returns 0; -EAGAIN when it
 * was started too often, for *ret_wait microseconds; or another negative errno.
 */
int service_start(struct manager *m, struct service_entry *entry, struct socket_entry *socket,
		  int connection_fd, uint64_t *ret_wait);

/* Starts what a boot wants, as far as its order lets it; again after each change. */
void services_boot(struct manager *m);

/* Takes the status of every child that has ended, ours or not. */
void services_reap(struct manager *m);

/* Begins to stop all, in reverse order; the loop ends when it is done. At once: by SIGKILL. */
void services_stop(struct manager *m, bool at_once);

/* Whether nothing runs, listens or waits for a time any more. */
bool nothing_is_left(const struct manager *m);

/* ports.c */

/* Opens all sockets. Those that cannot be opened are logged, and make m->failed. */
void ports_open(struct manager *m);
void ports_close(struct manager *m);

/* Listens, or not: after a service has started or ended. */
void ports_update(struct manager *m, const struct service_entry *entry);

/* The sockets to hand to a service: how many, with malloc'd arrays of borrowed values. */
struct passed;
int ports_collect(const struct manager *m, const struct service_entry *entry, struct passed *ret);

/* timers.c */

/* Returns 0 or a negative errno. */
int timers_open(struct manager *m);

/* Sets the timers of a service anew: after it has started or ended. NULL: all. */
void timers_update(struct manager *m, const struct service_entry *entry);

#endif
