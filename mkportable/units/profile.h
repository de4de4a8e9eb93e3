/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of portablectl(1): by name where systemd looks for them, or by path. */
#ifndef PROFILE_H
#define PROFILE_H

#include "arguments.h"
#include "base/pool.h"
#include "unit-file.h"

struct profile {
	const char *name;          /* as it was asked for */
	const char *path;          /* of its service.conf */
	struct unit_file settings; /* profile_release() */
};

/*
 * Reads the service.conf of a profile. A name with a slash is a path, of that file
 * or of the directory it is in; else it is looked for below root, "" for this host.
 *
 * Returns 0, -ENOENT when there is no such profile, -EINVAL for a file with lines
 * that systemd would skip, -ENOMEM, or the errno of reading it.
 */
int profile_read(struct pool *pool, const char *root, const char *name, struct profile *ret);
void profile_release(struct profile *profile);

/*
 * Reads the profiles of these names, one each. Returns 0, or a negative errno for what
 * was logged; each of profiles, zeroed before, may be released in either case.
 */
int profiles_read(struct pool *pool, const struct texts *names, struct profile *profiles);

/* A file of a profile that is installed: what portablectl puts beside one type of units. */
struct profile_file {
	struct profile_file *next;
	const char *profile;
	const char *type; /* "service" */
	const char *path;
	const char *shadowed_by; /* the path that is used instead; NULL: this one is used */
};

/*
 * All of them, by profile and type, those of one profile and type in systemd's order:
 * the first is used, whatever else of the profile is where. In the pool.
 *
 * root: "" for this host. Returns 0, -ENOMEM, or the errno of reading a directory; one
 * that is not there is none.
 */
int profile_files_find(struct pool *pool, const char *root, struct profile_file **ret);

#endif
