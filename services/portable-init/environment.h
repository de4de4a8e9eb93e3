/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment of a service's process, and the variables in its command lines. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "spawn.h"

struct environment {
	struct list variables; /* "NAME=value" */
};

/*
 * What systemd.exec(5) says is set, the protocol of sd_listen_fds(3) for this very
 * process, and Environment= last. Returns 0 or -ENOMEM.
 */
int environment_make(struct environment *e, const struct service *service,
		     const struct spawn *what);

/* Sets one; a value of that name is replaced. Returns 0 or -ENOMEM. */
int environment_set(struct environment *e, const char *name, const char *value);

/*
 * The command's words with ${NAME} replaced, and "$NAME" that stands alone split at
 * white space. Returns an array that ends in NULL, never freed; or NULL.
 */
char **environment_expand(const struct environment *e, const struct command *command);

#endif
