/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit files of this system; their names and specifiers. */
#ifndef UNITS_H
#define UNITS_H

#include "unit-file.h"

#include <stdbool.h>

struct boot_unit {
	char *name;         /* "x@.service" */
	const char *suffix; /* ".service", within name */
	struct unit_file file;
};

struct units {
	size_t n;
	struct boot_unit *at; /* by name, in byte order */
};

/*
 * Reads all units of the directories. Of two with the same name, that of the first
 * directory counts; an empty one, or a link to /dev/null, masks. Links that are other
 * names of a unit are ignored.
 *
 * Lines that are no settings, and files that cannot be read, are logged.
 * directories: NULL-terminated; one that does not exist is skipped.
 * Returns 0 or -ENOMEM. units_release() in both cases.
 */
int units_read(const char *const directories[], struct units *ret);
void units_release(struct units *units);

/* Parses bytes as a unit of that name. Returns 0 or -ENOMEM; unit_release() later. */
int unit_parse(const char *name, const char *bytes, size_t size, struct boot_unit *ret);
void unit_release(struct boot_unit *unit);

bool unit_is(const struct boot_unit *unit, const char *suffix);
bool is_template(const struct boot_unit *unit);

/*
 * Replaces specifiers of systemd.unit(5): %n %N %p %i %I %S %C %L %E %t %T %V %%.
 * instance: replaces %i of a template; else NULL.
 *
 * Returns 0 and sets *ret (malloc'd), -EINVAL for another specifier, -ENOMEM.
 */
int expand_specifiers(const struct boot_unit *unit, const char *instance, const char *text,
		      char **ret);

#endif
