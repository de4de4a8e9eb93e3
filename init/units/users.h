/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom a service runs as. Each has a user of its own, DynamicUser= or not, unless
 * its unit states one: by number, or by a name that /etc/passwd knows.
 *
 * A user of its own has a number from systemd's range for them, made from the name,
 * so that it is the same at each boot and state keeps its owner.
 */
#ifndef USERS_H
#define USERS_H

#include "units/service-unit.h"

/* uid_range(7) of systemd: dynamic users. */
#define USER_DYNAMIC_MIN 61184
#define USER_DYNAMIC_MAX 65519

/* Longer ones are cut: it is only a name. */
#define USER_NAME_SIZE 64

bool user_is_dynamic(uid_t uid);

/* The number to try when another user has that one. */
uid_t user_next(uid_t uid);

/* The name of the user: User=, or the service's own. */
void user_name(const struct service *service, char ret[static USER_NAME_SIZE]);

/* Returns 0 and the user, or -ESRCH when User= names one that nobody knows. */
int user_find(const struct service *service, uid_t *ret);

/*
 * Looks a name or number up in a file of the form of /etc/passwd and /etc/group, and
 * returns the number in its third field; ret_group, if not NULL, gets the fourth.
 * -ESRCH when it is not there.
 */
int user_look_up(const char *file, const char *name, uint64_t *ret, uint64_t *ret_group);

#endif
