/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this directory share. */
#ifndef MANAGER_H
#define MANAGER_H

#include "loop.h"
#include "units/plan.h"

struct job;

/* Running services by PID, in so many lists. */
#define JOB_LISTS 256

struct manager {
	struct loop loop;
	struct boot_plan plan;
	unsigned abilities;   /* enum ability */
	uint64_t started;     /* monotonic, microseconds */
	uint64_t n_instances; /* started so far; the next one's name */
	bool booted;          /* all wanted services have been started */
	bool stopping;
	bool failed; /* something could not be opened or started at boot */

	struct job *jobs[JOB_LISTS]; /* with a process; supervise.c */
	size_t n_jobs;               /* all of them */
	size_t n_triggers;           /* open sockets and timers */

	/*
	 * boot.c sets it, and supervise.c calls it when a service starts, is up, or has
	 * ended. It starts and stops other services.
	 */
	void (*changed)(struct manager *m, struct service_entry *entry);

	/* Units that are started or stopped in order: boot.c */
	struct boot_unit *ready, **ready_end;
	size_t n_left;   /* that are not finished */
	size_t n_acting; /* that are starting or stopping */
	size_t cursor;   /* no unit before it waits */
	bool proceeding; /* starting or stopping them */
	struct loop_timer turn;

	struct loop_source clock_changes; /* owns its descriptor; timers.c */
};

#endif
