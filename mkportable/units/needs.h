/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The programs that a unit needs in its image. What is mounted for it: mounts.h.
 *
 * Pure except for messages: settings in, needs out.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include "pool.h"
#include "units/unit.h"

#include <stdbool.h>

struct need {
	struct need *next;
	const char *path;             /* absolute, no double slashes; or a plain name */
	const char *const *arguments; /* that follow it; ends with NULL */
	bool optional;                /* with the prefix "-", so that it may fail */
	bool privileged;              /* with the prefix "+": without a sandbox, as root */
	bool as_root;                 /* with a prefix that keeps it from changing its user */
	const char *key;              /* the setting: "ExecStart" */
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
 * Expands the specifiers of a path, and removes "." and double slashes. A path with ".." is
 * a mistake, except for a program (needs_program_path()).
 *
 * Returns 0 and sets *ret (in the pool), or -EINVAL or -ENOMEM, logged.
 */
int needs_path(struct pool *pool, const struct unit *unit, const struct unit_setting *setting,
	       const char *text, const char **ret);

int needs_program_path(struct pool *pool, const struct unit *unit,
		       const struct unit_setting *setting, const char *text, const char **ret);

/* Splits a value into words, and logs a failure. */
int needs_words(const struct unit *unit, const struct unit_setting *setting, const char *value,
		struct unit_words *ret);

#endif
