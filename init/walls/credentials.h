/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LoadCredential=: secrets for one service, in $CREDENTIALS_DIRECTORY. */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "walls/environment.h"

/*
 * In a child, before it has a view of its own: a folder in memory that only the
 * service's user can enter, read-only. A credential comes from its path, or, without
 * one, from what PID 1 was given itself ($CREDENTIALS_DIRECTORY).
 *
 * Returns 0 (also when the unit has none), or a negative errno after having logged
 * it: a service without its credentials is not started.
 */
int credentials_make(const struct service *service, uid_t uid, unsigned abilities,
		     struct list *variables);

#endif
