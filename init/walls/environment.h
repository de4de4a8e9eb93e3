/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment of a service's process. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "units/service-unit.h"

/*
 * Sets a variable, "NAME=%s" and so on, or replaces it. Returns 0, -ENOMEM, or
 * -ENAMETOOLONG.
 */
int environment_set(struct list *variables, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* More than services have; a bound, so that it needs no memory. */
#define PASSED_MAX 256

/* The sockets that are handed over, and their names: borrowed. */
struct passed {
	int connection_fd; /* that of an instance; else -1 */
	bool as_input;     /* the first is standard input, and no variable names any */
	size_t n;
	int fds[PASSED_MAX];
	const char *names[PASSED_MAX];
};

/*
 * Sets the variables of systemd.exec(5), those of sd_listen_fds(3) for this process, those of
 * systemd.socket(5) for a connection, and Environment=.
 *
 * passed: NULL for a command without sockets.
 * Returns 0, -ENOMEM, or -ENAMETOOLONG.
 */
int environment_make(struct list *variables, const struct service *service,
		     const struct passed *passed);

#endif
