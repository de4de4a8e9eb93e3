/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a unit needs in its image: the programs that it runs, and the places that
 * systemd mounts something over when it starts it.
 *
 * Pure but for the messages: settings in, needs out.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include "base/pool.h"
#include "units/unit.h"

#include <stdbool.h>

enum need_kind {
	NEED_PROGRAM,     /* an executable; path may be a plain name */
	NEED_DIRECTORY,   /* a directory, to be mounted over or entered */
	NEED_MOUNT_POINT, /* something is bound here; a file or a directory */
	NEED_SYMLINK,     /* a link to target that systemd would like to make */
};

struct need {
	struct need *next;
	enum need_kind kind;
	const char *path;   /* absolute, no "." or "..", no double slashes; or a plain name */
	const char *target; /* NEED_SYMLINK: relative */
	bool optional;      /* NEED_PROGRAM: prefixed with "-", its failure has no effect */
	bool owned;         /* systemd makes it for the service: StateDirectory= and its kin */
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

/* Adds one. Returns 0 or -ENOMEM, logged. */
int needs_add(struct needs *needs, struct need need);

/*
 * Adds the programs of a service: those of ExecStart= and its kin, /bin/sh for a
 * command with the prefix "|". Other units have none: a socket's commands run on
 * the host.
 *
 * Returns 0, or a negative errno for what was told with its file and line. After
 * -EINVAL, a mistake of the unit, whatever could be understood was added.
 */
int needs_programs(struct needs *needs, const struct unit *unit);

/*
 * Adds the places of a service that are not there by themselves: outside /run,
 * /dev, /proc, /sys, /tmp and /var/tmp. Returns as above.
 */
int needs_places(struct needs *needs, const struct unit *unit);

/*
 * Expands the specifiers of a path and takes "." and double slashes out.
 *
 * Returns 0 and sets *ret (in the pool), or -EINVAL or -ENOMEM, logged.
 */
int needs_path(struct pool *pool, const struct unit *unit, const struct unit_setting *setting,
	       const char *text, const char **ret);

/* Splits a value into words; a failure is logged. */
int needs_words(const struct unit *unit, const struct unit_setting *setting, const char *value,
		struct unit_words *ret);

#endif
