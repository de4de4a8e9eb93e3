/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creates, owns and removes RuntimeDirectory=, StateDirectory= and the others. Services can
 * write to their parents: see paths.h.
 */
#ifndef DIRECTORIES_H
#define DIRECTORIES_H

#include "units/service-unit.h"

/* The base of a kind ("/var/lib"), and its name in environment variables ("STATE"). */
const char *directory_base(enum directory_kind kind);
const char *directory_word(enum directory_kind kind);

/*
 * At boot: mounts a tmpfs, with a warning, where state, cache or logs are read-only.
 *
 * Returns 0, or a negative errno after having logged it: the service cannot run.
 */
int directories_open(const struct service *service);

/*
 * Before each start: creates what is missing, and sets owner and mode. A directory of
 * another user is handed over with all that is in it.
 *
 * Returns 0, or a negative errno after having logged it.
 */
int directories_make(const struct service *service, uid_t uid, gid_t gid);

/* After the last process has ended: removes RuntimeDirectory=. */
void directories_clean(const struct service *service);

#endif
