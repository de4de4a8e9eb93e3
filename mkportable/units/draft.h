/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A unit that is being written: settings, each with its reason as a comment.
 *
 * Memory that runs out is remembered in the draft, so that whoever adds a setting does not
 * have to check for it.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "pool.h"
#include "unit-file.h"

#include <stdbool.h>

struct draft_line {
	struct draft_line *next;
	const char *section;
	const char *key;
	const char *value;  /* as it stands in the file: draft_value() or draft_word() made it so */
	const char *reason; /* a comment above it; NULL: that of the line before, or none */
	bool apart;         /* after an empty line */
};

struct draft {
	struct pool *pool; /* borrowed */
	const char *name;  /* "x.service" */
	const char *head;  /* a comment at the top; NULL: none */
	struct draft_line *first, **end;
	bool failed; /* no memory */
};

void draft_open(struct draft *draft, struct pool *pool, const char *name);

/* section, key and reason are kept; the value is copied. NULL for it is a failure of before. */
void draft_add(struct draft *draft, const char *section, const char *key, const char *value,
	       const char *reason);

bool draft_has(const struct draft *draft, const char *section, const char *key);

/* Whether a line of this key has this word, or "word:…". */
bool draft_has_word(const struct draft *draft, const char *section, const char *key,
		    const char *word);

/*
 * The file: [Unit], the section of its type, [Install], then others, each with its lines in
 * the order in which they were added. In the pool; NULL without memory.
 */
const char *draft_text(const struct draft *draft);

/* The settings of that file. Returns 0 or -ENOMEM; the caller releases *ret. */
int draft_parse(const struct draft *draft, struct unit_file *ret);

/*
 * Why a unit file cannot have a text as a value, to follow "'x' "; NULL: it can. In the way
 * are control characters and bytes that are not UTF-8; without quotes also white space and a
 * backslash at an end.
 */
const char *draft_problem(const char *text, bool quoted);

/* A text as the whole value of a setting with specifiers: "%" is "%%". NULL without memory. */
const char *draft_value(struct pool *pool, const char *text);

/*
 * A text as a word of a list, quoted if it has to be, so that unit_words_split() gives it
 * back. Specifiers and variables stay as they are. NULL without memory.
 */
const char *draft_word(struct pool *pool, const char *text);

/* The same for the program or an argument in a command line, to be taken literally. */
const char *draft_program(struct pool *pool, const char *text);
const char *draft_argument(struct pool *pool, const char *text);

#endif
