/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a boot: which services, sockets and timers there are, and which belong
 * together. Made once, from the units; what runs keeps its state in it.
 */
#ifndef PLAN_H
#define PLAN_H

#include "units/rate-limit.h"
#include "units/service-unit.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"

struct job;
struct open_socket;
struct open_timer;

/* A .service unit, template or not. */
struct service_entry {
	struct service service; /* of a template: as it would be for an instance "0" */
	const struct boot_unit *unit;
	bool template;
	bool refused; /* is never started; it was logged why */
	bool wanted;  /* is started at boot */
	uid_t uid;
	bool shares_user; /* with another service of the plan */

	struct job *jobs;                    /* that run; supervise.c */
	bool was_started;                    /* at boot */
	bool failed;                         /* when it last ended */
	int exit_status;                     /* of the last process that failed */
	struct rate_limit starts, lines;     /* lines: in the log */
	uint64_t last_active, last_inactive; /* monotonic, microseconds */
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
	struct open_timer *open; /* timers.c; NULL: it does not wait */
};

struct boot_plan {
	struct service_entry *services;
	struct socket_entry *sockets; /* that are opened */
	struct timer_entry *timers;
	size_t n_services, n_sockets, n_timers;
	bool incomplete; /* a socket or a timer was ignored */
};

/* The units in systemd.mask= and systemd.wants= of the command line. */
struct choice {
	struct list masked;
	struct list wanted;
};

/*
 * Makes the plan. Units and settings that are ignored are logged, a line for each unit.
 * The units outlive the plan.
 *
 * Returns 0 or -ENOMEM; plan_release() in both cases.
 */
int plan_make(const struct units *units, const struct choice *choice, struct boot_plan *ret);
void plan_release(struct boot_plan *plan);

/* Whether a list setting of [Unit] (After=, Requires=) names a unit. */
bool unit_names(const struct boot_unit *unit, const char *key, const char *name);

#endif
