/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a boot: which services, sockets and timers there are, and which belong
 * together. Made once, from the units; what runs keeps its state in it.
 */
#ifndef PLAN_H
#define PLAN_H

#include "units/links.h"
#include "units/rate-limit.h"
#include "units/service-unit.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"

struct job;
struct open_socket;
struct open_timer;

/* Lines in the log that are limited, each by itself. */
enum entry_line {
	LINE_ENDED,
	LINE_NOT_STARTED,
	LINE_START_TIMEOUT,
	LINE_STOP_TIMEOUT,
	LINE_NOT_KILLED,
	ENTRY_LINES
};

/* A .service unit, template or not. */
struct service_entry {
	struct service service; /* of a template: as it would be for an instance "0" */
	struct boot_unit *unit;
	struct socket_entry *sockets; /* that start it, linked by next_of_service */
	struct timer_entry *timers;
	bool template;
	bool refused; /* is never started; it was logged why */
	bool wanted;  /* is started at boot */
	uid_t uid;
	bool shares_user; /* with another service of the plan */

	struct job *jobs; /* that run; supervise.c */
	bool failed;      /* when it last ended */
	int exit_status;  /* of the last process that failed */
	struct rate_limit starts, lines[ENTRY_LINES];
	uint64_t last_active, last_inactive; /* monotonic, microseconds */
};

struct socket_entry {
	struct socket_unit socket;
	struct service_entry *service;
	struct socket_entry *next_of_service;
	unsigned n_connections;   /* with accept */
	int *fds;                 /* owned, one for each port; NULL: not open */
	struct open_socket *open; /* ports.c */
};

struct timer_entry {
	struct timer_unit timer;
	struct service_entry *service;
	struct timer_entry *next_of_service;
	struct open_timer *open; /* timers.c; NULL: it does not wait */
};

struct boot_plan {
	struct units *units; /* borrowed */
	struct service_entry *services;
	struct socket_entry *sockets; /* that are opened */
	struct timer_entry *timers;
	size_t n_services, n_sockets, n_timers;
	uid_t unused_uid; /* no service has it */
	bool incomplete;  /* something that was asked for is not there, or was ignored */
};

/*
 * Makes the plan. Units and settings that are ignored are logged, a line for each unit.
 * The units outlive the plan, which makes instances of templates among them.
 *
 * Returns 0 or -ENOMEM; plan_release() in both cases.
 */
int plan_make(struct units *units, const struct choice *choice, struct boot_plan *ret);
void plan_release(struct boot_plan *plan);

#endif
