/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walls around a service, in the order in which a child process puts them up
 * around itself. Each function returns 0, or a negative errno after having logged
 * what it could not do.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "units/service-unit.h"

/* What this system lets PID 1 do: a machine all, a container less, some of them nothing. */
enum ability {
	ABILITY_MOUNT = 1 << 0,   /* a mount view of its own, read-only */
	ABILITY_NETWORK = 1 << 1, /* a network of its own */
	ABILITY_PROC = 1 << 2,    /* a /proc that hides what belongs to others */
	ABILITY_USERS = 1 << 3,   /* other users than ours */
};
#define ABILITIES (ABILITY_MOUNT | ABILITY_NETWORK | ABILITY_PROC | ABILITY_USERS)

/* Tries them out, in a child. What cannot be tried is taken for impossible. */
unsigned sandbox_abilities(void);

/* Namespaces, and in them the view: all of it read-only, but what the unit says. */
int sandbox_view(const struct service *service, unsigned abilities);

/* Limits on resources. */
int sandbox_limits(const struct service *service);

/*
 * The user and the capabilities. keep_user: stay who we are, for a command with "!".
 * From here on nothing can be gained by running a program.
 */
int sandbox_user(const struct service *service, uid_t uid, gid_t gid, bool keep_user);

/* System calls that are refused: the last wall. */
int sandbox_calls(const struct service *service);

/* Returns 0, or -1 and errno. */
int bring_up_loopback(void);

#endif
