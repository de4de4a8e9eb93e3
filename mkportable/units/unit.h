/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of an image: its name and its settings. */
#ifndef UNIT_H
#define UNIT_H

#include "pool.h"
#include "unit-file.h"

#include <stdbool.h>

struct unit;

/* Receives what is wrong with a unit. undecided: it depends on the instance or on the host. */
typedef void unit_report_fn(void *userdata, const struct unit *unit, unsigned line, bool undecided,
			    const char *message);

struct unit {
	struct unit *next;  /* of the same image, by name in byte order */
	const char *name;   /* "x@.service" */
	const char *suffix; /* ".service", within name */
	const char *shown;  /* the file's path, for messages */
	const char *bytes;  /* of the file */
	size_t size;
	struct unit_file file;  /* released by unit_list_release() */
	unit_report_fn *report; /* NULL: the log */
	void *report_userdata;
};

void unit_list_release(struct unit *units);

/* The unit of that name in a list, or NULL. */
const struct unit *unit_find(const struct unit *units, const char *name);

/* The last value of a setting; "" when there is none. */
const char *unit_value(const struct unit *unit, const char *section, const char *key);

bool unit_is_service(const struct unit *unit);
bool unit_is_template(const struct unit *unit);

/* Reports, or logs as "SHOWN:LINE: …", or "SHOWN: …" for line 0. */
void unit_error(const struct unit *unit, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, for what depends on the instance or on the host. */
void unit_undecided(const struct unit *unit, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "SHOWN:LINE", or "SHOWN" for line 0, in the pool; NULL without memory. */
char *unit_origin(const struct unit *unit, unsigned line, struct pool *pool);

/*
 * Replaces the specifiers of systemd.unit(5) that are the same on every host: %% %S %C %L
 * %E %t %T %V, those of the name, %p %P %j %J, and for a unit that is not a template,
 * %n %N %i %I.
 *
 * Returns 0 and sets *ret (in the pool), 1 and *ret_letter for another specifier or one
 * that makes the text too long, or -ENOMEM.
 */
int unit_expand(const struct unit *unit, const char *text, struct pool *pool, const char **ret,
		char *ret_letter);

#endif
