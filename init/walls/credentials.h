/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LoadCredential=: secrets of a service, in $CREDENTIALS_DIRECTORY. */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "units/service-unit.h"

/*
 * In the child, before it has mounts of its own: makes a read-only directory in memory
 * that only the user of the service can enter, and sets the variable. A credential
 * comes from its path, or without one from the credentials of process 1.
 *
 * Returns 0, also when the unit has none; or a negative errno after having logged it.
 */
int credentials_make(const struct service *service, uid_t uid, unsigned abilities,
		     struct list *variables);

#endif
