/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which units are enabled, by the links that systemctl enable makes: systemd needs several
 * seconds for that, with two hundred images attached.
 */
#ifndef ENABLED_H
#define ENABLED_H

#include "pool.h"

#include <stdbool.h>

/* A link in UNIT.wants/, UNIT.requires/ or UNIT.upholds/, another name of a unit, or a mask. */
struct enabling_link {
	struct enabling_link *next;
	const char *path;
	const char *name;   /* its last component */
	const char *target; /* as it is written */
	bool is_runtime;    /* below /run */
	bool is_alias;      /* in no such directory */
};

/*
 * Reads the links below /etc/systemd/system and /run/systemd/system. root: the directory of
 * another system; "" for this one. Returns 0 and *ret, in the pool, or a negative errno for
 * what was logged.
 */
int enabling_links(struct pool *pool, const char *root, struct enabling_link **ret);

/* Whether this link enables the unit, or an instance of it if it is a template. */
bool enables(const struct enabling_link *link, const char *unit);

/*
 * In systemd's words: "masked", "enabled", "enabled-runtime", "static" if its file in the
 * directory has no [Install] section, else "disabled"; NULL if its file cannot be read.
 */
const char *enabled_state(const struct enabling_link *links, const char *directory,
			  const char *unit);

#endif
