/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment of a service's process. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "units/service-unit.h"

/*
 * Sets a variable, as "NAME=%s" and so on; one of that name is replaced. Returns 0 or
 * -ENOMEM.
 */
int environment_set(struct list *variables, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* More sockets than a service has; a bound, so that it needs no memory. */
#define PASSED_MAX 256

/* The sockets that are handed over, and their names: borrowed. */
struct passed {
	size_t n;
	int fds[PASSED_MAX];
	const char *names[PASSED_MAX];
};

/*
 * What systemd.exec(5) says is set, the protocol of sd_listen_fds(3) for this very
 * process, and Environment= last.
 *
 * passed: NULL for a command that is handed nothing.
 * Returns 0, -ENOMEM, or -ENAMETOOLONG for too many directories.
 */
int environment_make(struct list *variables, const struct service *service,
		     const struct passed *passed);

#endif
