/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of units that others wrote, and the tree that they are from. */
#ifndef ADOPTED_H
#define ADOPTED_H

#include "units/draft.h"
#include "units/unit.h"

#include <stddef.h>
#include <sys/types.h>

/* What became of a setting. */
struct adopt_remark {
	struct adopt_remark *next;
	unsigned line;      /* 0: added */
	const char *before; /* "User=redis"; NULL: added */
	const char *after;  /* "DynamicUser=yes"; the same as before: it stays; NULL: left out */
	const char *why;
};

struct adopted {
	struct adopted *next;
	const struct unit *unit; /* as it was */
	struct draft draft;      /* with its name in the image */
	struct adopt_remark *first, **end;
	size_t hardened; /* lines that were added to confine it, beyond those remarked */
};

/* The tree that the units are from. */
struct adopt_tree {
	/* The type of what is at a path, S_IFREG and the like, links followed; 0: nothing. */
	mode_t (*type)(void *userdata, const char *path);
	/* A file, with a NUL behind it, in the pool; NULL: it cannot be read. */
	const char *(*read)(void *userdata, const char *path);
	void *userdata;
};

#endif
