/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this directory share. */
#ifndef MANAGER_H
#define MANAGER_H

#include "loop.h"
#include "units/plan.h"

struct manager {
	struct loop loop;
	struct boot_plan plan;
	unsigned abilities;   /* enum ability */
	uint64_t started;     /* monotonic, microseconds */
	uint64_t n_instances; /* started so far; the next one's name */
	bool booted;          /* all wanted services have been started */
	bool stopping;
	bool failed; /* something could not be opened or started at boot */

	/*
	 * boot.c sets it, and supervise.c calls it when a service starts, is up, or has
	 * ended. It starts and stops other services.
	 */
	void (*changed)(struct manager *m, struct service_entry *entry);
	bool proceeding;                  /* it is starting or stopping them; boot.c */
	struct loop_source clock_changes; /* owns its descriptor; timers.c */
};

#endif
