/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files share that change a unit for an image; adopt.h has the whole. */
#ifndef ADOPTING_H
#define ADOPTING_H

#include "pool.h"
#include "units/adopted.h"

#include <stdbool.h>

/* Something that the end of the unit is to have: StateDirectory=redis. */
struct adopt_wish {
	struct adopt_wish *next;
	const char *key;
	const char *name;
	const char *why; /* NULL: it is remarked already */
};

/* A unit that is being changed. */
struct adopting {
	struct pool *pool;
	const char *id;
	struct adopted *all; /* of the image */
	struct adopted *adopted;
	const struct adopt_tree *tree;
	struct unit as_named; /* the unit with its name in the image */
	const struct unit_setting *setting;
	bool was_root;
	struct adopt_wish *directories;
	bool failed; /* no memory */
};

/* The four things that can become of the setting at hand. */
void adopt_keep(struct adopting *a, const char *value);
void adopt_stay(struct adopting *a, const char *why); /* kept, and remarked */
void adopt_change(struct adopting *a, const char *key, const char *value, const char *why);
void adopt_leave_out(struct adopting *a, const char *why);

/* The same for a word of it. */
void adopt_leave_out_word(struct adopting *a, const char *word, const char *why);
void adopt_change_word(struct adopting *a, const char *word, const char *after, const char *why);

/* A setting that the unit did not have. */
void adopt_add(struct adopting *a, const char *section, const char *key, const char *value,
	       const char *why);

/* line: 0 for what is added; the others as in struct adopt_remark, and kept. */
void adopt_remark(struct adopting *a, unsigned line, const char *before, const char *after,
		  const char *why);

/* pool_format() that remembers a failure and returns "" then. */
const char *adopt_format(struct adopting *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A list with one more word, quoted if it has to be. */
const char *adopt_append(struct adopting *a, const char *list, const char *word);

/* The length of the part of a unit's name before "@" or the type. */
size_t adopt_stem_length(const char *name);

/* The name in the image of a unit that is taken too; other words as they are; NULL: none of that name. */
const char *adopt_reference(struct adopting *a, const char *word);

/* The unit of the image that starts this one; suffix: of that one, NULL for any. NULL: none. */
const struct adopted *adopt_trigger(struct adopting *a, const char *suffix);

#endif
