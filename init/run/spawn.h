/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a process of a service in its sandbox. */
#ifndef SPAWN_H
#define SPAWN_H

#include "units/plan.h"

/* systemd.exec(5): exit statuses for what fails before the program runs. */
enum {
	STATUS_CHDIR = 200,
	STATUS_FDS = 202,
	STATUS_EXEC = 203,
	STATUS_LIMITS = 205,
	STATUS_GROUP = 216,
	STATUS_USER = 217,
	STATUS_NAMESPACE = 226,
	STATUS_SECCOMP = 228,
	STATUS_STATE_DIRECTORY = 238,
	STATUS_CREDENTIALS = 243
};

struct spawn {
	const struct boot_plan *plan; /* for its sockets */
	const struct service_entry *entry;
	const char *instance; /* of a template; else NULL */
	enum phase phase;
	size_t index;      /* of the command in its phase */
	int connection_fd; /* of an instance, which gets it instead of sockets; else -1 */
	int console_fd;    /* standard output and error */
	unsigned abilities;
	bool quiet; /* what fails before the program runs is not logged */
};

/* Returns 0 and sets *ret to the process, which leads a session; or the errno of fork(2). */
int spawn(const struct spawn *what, pid_t *ret);

#endif
