/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user that a service runs as: User=, a number or a name in /etc/passwd. A service
 * without it gets a user of its own, with or without DynamicUser=.
 *
 * The number of such a user is in systemd's range for dynamic users, and is a hash of
 * the name: it is the same at each boot, so that state keeps its owner.
 */
#ifndef USERS_H
#define USERS_H

#include "units/service-unit.h"

/* systemd.exec(5), DynamicUser= */
#define USER_DYNAMIC_MIN 61184
#define USER_DYNAMIC_MAX 65519
#define USER_DYNAMIC_N   (USER_DYNAMIC_MAX - USER_DYNAMIC_MIN + 1)

/* Longer ones are cut. */
#define USER_NAME_SIZE 64

bool user_is_dynamic(uid_t uid);

/* The number to try when another name has this one. */
uid_t user_next(uid_t uid);

/* The name of the user: User=, or the service's own. */
void user_name(const struct service *service, char ret[static USER_NAME_SIZE]);

/* Returns 0 and sets *ret, or -ESRCH for a name in User= that does not exist. */
int user_find(const struct service *service, uid_t *ret);

/*
 * Looks up a name in /etc/passwd or /etc/group. Returns 0 and sets *ret to the third
 * field and, unless it is NULL, *ret_group to the fourth; or -ESRCH.
 */
int user_look_up(const char *file, const char *name, uint64_t *ret, uint64_t *ret_group);

#endif
