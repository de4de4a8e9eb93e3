/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of portablectl(1). */
#ifndef PROFILE_H
#define PROFILE_H

#include "arguments.h"
#include "pool.h"
#include "unit-file.h"

struct profile {
	const char *name;          /* as given */
	const char *path;          /* of its service.conf */
	struct unit_file settings; /* freed by profile_release() */
};

/*
 * Reads the service.conf of a profile. A name with a slash is the path of that file or of
 * its directory; other names are searched as systemd does, below root, "" for this host.
 *
 * Returns 0, -ENOENT if there is no such profile, -EINVAL for a file with lines that
 * systemd would ignore, -ENOMEM, or the errno of reading it.
 */
int profile_read(struct pool *pool, const char *root, const char *name, struct profile *ret);
void profile_release(struct profile *profile);

/*
 * Reads the profiles of these names into profiles, which the caller zeroed and releases in
 * any case. Returns 0, or a negative errno for what was logged.
 */
int profiles_read(struct pool *pool, const struct texts *names, struct profile *profiles);

/* A file of an installed profile, which portablectl adds to units of one type. */
struct profile_file {
	struct profile_file *next;
	const char *profile;
	const char *type; /* "service" */
	const char *path;
	const char *shadowed_by; /* the path of the one that is used; NULL: this one */
};

/*
 * Finds all files of profiles, sorted by profile and type, then in systemd's order, of
 * which the first is used. In the pool.
 *
 * root: "" for this host. Returns 0, -ENOMEM, or the errno of reading a directory that
 * exists.
 */
int profile_files_find(struct pool *pool, const char *root, struct profile_file **ret);

#endif
