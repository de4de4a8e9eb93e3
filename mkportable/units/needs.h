/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a unit needs in its image: the programs that it runs, and the mount points.
 *
 * Pure except for messages: settings in, needs out.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include "base/pool.h"
#include "units/unit.h"

#include <stdbool.h>

enum need_kind {
	NEED_PROGRAM,     /* an executable; path may be a plain name */
	NEED_DIRECTORY,   /* a directory, to mount over or to enter */
	NEED_MOUNT_POINT, /* a file or a directory, to mount over */
	NEED_SYMLINK,     /* a link to target that systemd would make */
};

struct need {
	struct need *next;
	enum need_kind kind;
	const char *path;   /* absolute, no "." or "..", no double slashes; or a plain name */
	const char *target; /* NEED_SYMLINK: relative */
	bool optional;      /* NEED_PROGRAM: with the prefix "-", so that it may fail */
	bool owned;         /* systemd makes it for the service: StateDirectory= and the like */
	const char *key;    /* the setting: "BindPaths" */
	const struct unit *unit;
	unsigned line;
};

struct needs {
	struct pool *pool; /* borrowed */
	struct need *first;
	struct need **end; /* where the next one goes */
};

void needs_open(struct needs *needs, struct pool *pool);

/* Adds a need, with the unit and the setting filled in. Returns 0 or -ENOMEM, logged. */
int needs_add(struct needs *needs, const struct unit *unit, const struct unit_setting *setting,
	      struct need need);

/*
 * Adds the programs of a service: those of ExecStart= and the like, and /bin/sh for a
 * command with the prefix "|". The commands of other units run on the host.
 *
 * Returns 0, or a negative errno for what was reported. After -EINVAL, a mistake in the
 * unit, all other programs were added.
 */
int needs_programs(struct needs *needs, const struct unit *unit);

/*
 * Adds the directories, mount points and links of a service, except those in API
 * directories. Returns as above.
 */
int needs_places(struct needs *needs, const struct unit *unit);

/*
 * Expands the specifiers of a path, and removes "." and double slashes.
 *
 * Returns 0 and sets *ret (in the pool), or -EINVAL or -ENOMEM, logged.
 */
int needs_path(struct pool *pool, const struct unit *unit, const struct unit_setting *setting,
	       const char *text, const char **ret);

/* Splits a value into words, and logs a failure. */
int needs_words(const struct unit *unit, const struct unit_setting *setting, const char *value,
		struct unit_words *ret);

#endif
