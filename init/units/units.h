/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit files of this system. */
#ifndef UNITS_H
#define UNITS_H

#include "unit-file.h"

#include <stdbool.h>

struct service_entry;

/* What a link says of the unit that has it and of the one that it leads to. */
enum link_kind {
	LINK_WANTS = 1 << 0,     /* starts it: Wants=, WantedBy= of the other one, and so on */
	LINK_REQUIRES = 1 << 1,  /* and does not start without it */
	LINK_UPHOLDS = 1 << 2,   /* and restarts it */
	LINK_CONFLICTS = 1 << 3, /* Conflicts= */
	LINK_BEFORE = 1 << 4,    /* is ordered before it; each of these has a LINK_AFTER back */
	LINK_AFTER = 1 << 5
};
#define LINK_STARTS (LINK_WANTS | LINK_REQUIRES | LINK_UPHOLDS)

struct unit_link {
	struct unit_link *next;
	struct boot_unit *to;
	enum link_kind kind;
};

enum unit_origin {
	UNIT_OF_FILE,
	UNIT_INSTANCE, /* of a template: its file is that one's */
	UNIT_MISSING   /* others name it, and there is no file */
};

/* How far boot.c is with a unit, when it starts or stops them in order. */
enum unit_progress {
	PROGRESS_WAITING,
	PROGRESS_READY,
	PROGRESS_ACTING,
	PROGRESS_DONE
};

struct boot_unit {
	char *name;         /* "x@.service" */
	const char *suffix; /* ".service", within name */
	struct unit_file file;
	enum unit_origin origin;

	struct unit_link *links;
	struct boot_unit *next; /* in the order in which they were made, then in a queue */
	bool masked;
	bool reached; /* it is started at boot */
	bool upheld;
	struct service_entry *service; /* plan.c */

	enum unit_progress progress;
	unsigned waits; /* for so many other units */
};

struct units {
	size_t n, room;
	struct boot_unit **at; /* by name, in byte order */
	struct boot_unit *first, **end;
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

/* Parses a unit, which is not there yet, and adds it. NULL: out of memory. */
struct boot_unit *unit_add(struct units *units, const char *name, const char *bytes, size_t size);

/* The unit of that name, or NULL. */
struct boot_unit *unit_find(const struct units *units, const char *name);

/*
 * The unit of that name, which is made if it is not there: an instance of its template, or a
 * missing one. NULL: out of memory.
 */
struct boot_unit *unit_get(struct units *units, const char *name);

/* Whether it has settings, and nobody has masked it. */
bool unit_is_there(const struct boot_unit *unit);

/* Parses bytes as a unit of that name. Returns 0 or -ENOMEM; unit_release() later. */
int unit_parse(const char *name, const char *bytes, size_t size, struct boot_unit *ret);
void unit_release(struct boot_unit *unit);

bool unit_is(const struct boot_unit *unit, const char *suffix);
bool is_template(const struct boot_unit *unit);
bool has_install(const struct boot_unit *unit);

#endif
