/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sandbox of a service, which the child sets up for itself, in this order. Each
 * function returns 0, or a negative errno after having logged what it cannot do.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "units/service-unit.h"

/* What process 1 may do: everything on a machine, less in a container. */
enum ability {
	ABILITY_MOUNT = 1 << 0,   /* create mount namespaces, and change mounts */
	ABILITY_NETWORK = 1 << 1, /* create network namespaces */
	ABILITY_PROC = 1 << 2,    /* mount a /proc that hides the processes of others */
	ABILITY_USERS = 1 << 3,   /* change the user */
};
#define ABILITIES (ABILITY_MOUNT | ABILITY_NETWORK | ABILITY_PROC | ABILITY_USERS)

/* Tries each in a child. */
unsigned sandbox_abilities(void);

/* Namespaces and mounts: everything is read-only but the paths of the unit. */
int sandbox_view(const struct service *service, unsigned abilities);

/* Limits on resources. */
int sandbox_limits(const struct service *service);

/*
 * The user, the capabilities, and no new privileges.
 *
 * keep_user: for a command with "!".
 */
int sandbox_user(const struct service *service, uid_t uid, gid_t gid, bool keep_user);

/* The filter of system calls; last, since it may deny what the others need. */
int sandbox_calls(const struct service *service);

/* Returns 0, or -1 and errno. */
int bring_up_loopback(void);

#endif
