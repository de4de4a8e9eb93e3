/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The variables by which programs of a service, and their libraries, are found. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "pool.h"
#include "units/unit.h"

struct environment {
	const char *search_path;  /* where systemd looks for programs without a slash */
	const char *path;         /* $PATH */
	const char *library_path; /* $LD_LIBRARY_PATH; NULL: not set */
};

/*
 * Reads the environment of a service, all of it in the pool. Variables that come from the
 * host (EnvironmentFile=, PassEnvironment=) are not known. Returns 0 or -ENOMEM.
 */
int environment_read(struct pool *pool, const struct unit *service, struct environment *ret);

/* Reads no more of it than where systemd looks for programs. Returns 0 or -ENOMEM. */
int environment_search_path(struct pool *pool, const struct unit *service, const char **ret);

/*
 * The value that a service gives a variable, in the pool, and the line of the setting. *ret:
 * NULL for one that it does not set, or unsets. Returns 0 or -ENOMEM.
 */
int environment_variable(struct pool *pool, const struct unit *service, const char *name,
			 const char **ret, unsigned *ret_line);

#endif
