/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files share that change a unit for an image: adopt.h is for others. */
#ifndef ADOPTING_H
#define ADOPTING_H

#include "units/adopt.h"

/* Something that the end of the unit is to have: StateDirectory=redis. */
struct adopt_wish {
	struct adopt_wish *next;
	const char *key;
	const char *name;
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
	struct adopt_wish *environment_files; /* the last first */
	bool failed;                          /* no memory */
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

/* pool_format() that remembers a failure and returns "" then. */
const char *adopt_format(struct adopting *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Whether a path is one that systemd has a directory for, such as /var/lib/x for
 * StateDirectory=x. *ret_after: that setting. The service gets the directory.
 */
bool adopt_directory(struct adopting *a, const char *path, const char **ret_after);

/* Whether the tree has a file or a directory there. */
bool adopt_tree_has(const struct adopting *a, const char *path);

/* Puts a path of the tree into Files=, if the tree has it and an image can. */
void adopt_file(struct adopting *a, const char *path);

/* The name in the image of a unit that is taken too; other words as they are; NULL: none of that name. */
const char *adopt_reference(struct adopting *a, const char *word);

/* The unit of the image that starts this one; suffix: of that one, NULL for any. NULL: none. */
const struct adopted *adopt_trigger(struct adopting *a, const char *suffix);

/* ExecStart= and the like, and EnvironmentFile=. */
void adopt_command(struct adopting *a);
void adopt_environment(struct adopting *a);
void adopt_environment_file(struct adopting *a);

/* What EnvironmentFile= sets in the tree, as Environment=; after all other lines of it. */
void adopt_variables(struct adopting *a);

/* The setting at hand, by its rule. */
void adopt_setting(struct adopting *a);

#endif
