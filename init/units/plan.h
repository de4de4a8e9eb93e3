/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to be opened and started, when, and what belongs together: made once, at
 * the start, from the units. The state of what runs hangs on it.
 */
#ifndef PLAN_H
#define PLAN_H

#include "units/service-unit.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"

struct job;
struct open_socket;
struct timer_clock;

/* A .service unit, template or not. */
struct service_entry {
	struct service service; /* of a template: as it would be for an instance "0" */
	const struct boot_unit *unit;
	bool template;
	bool refused;     /* never to be started, as was logged */
	bool wanted;      /* to be started at boot */
	uid_t uid;        /* of its own user; 0 when it has none */
	bool shares_user; /* with another service of this plan */

	/* What happens to it. */
	struct job *jobs; /* those that are not over */
	bool was_started; /* at boot */
	bool failed;      /* when it last ended */
	unsigned starts;  /* since starts_since, for the limit on them */
	uint64_t starts_since, last_active, last_inactive,
		last_logged; /* monotonic, microseconds */
	int exit_status;     /* of the last main process that failed */
};

struct socket_entry {
	struct socket_unit socket;
	struct service_entry *service;
	unsigned n_connections;   /* with accept */
	int *fds;                 /* owned, one for each port; NULL: not open */
	struct open_socket *open; /* ports.c */
};

struct timer_entry {
	struct timer_unit timer;
	struct service_entry *service;
	struct timer_clock *clock;
	uint64_t last_trigger; /* monotonic */
};

struct boot_plan {
	struct service_entry *services;
	struct socket_entry *sockets; /* only those that are to be opened */
	struct timer_entry *timers;
	size_t n_services, n_sockets, n_timers;
	bool incomplete; /* a socket or a timer had to be left out */
};

/* Units named by people, as systemd.mask= and systemd.wants= on the kernel's command line. */
struct choice {
	struct list masked;
	struct list wanted;
};

/*
 * Makes the plan. What is refused, left out, or of no effect, is logged once, a
 * line for each unit. The units outlive it.
 *
 * Returns 0 or -ENOMEM; plan_release() in both cases.
 */
int plan_make(const struct units *units, const struct choice *choice, struct boot_plan *ret);
void plan_release(struct boot_plan *plan);

/* Takes back that it is to be started, as was logged, with its sockets and timers. */
void plan_leave_out(struct boot_plan *plan, struct service_entry *entry);

/* The service of that name, or NULL. */
struct service_entry *plan_service(const struct boot_plan *plan, const char *name);

/* Whether a list setting of [Unit] (After=, Requires=) names a unit. */
bool unit_names(const struct boot_unit *unit, const char *key, const char *name);

#endif
