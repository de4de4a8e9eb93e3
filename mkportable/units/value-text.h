/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checkers of values share: what they check, and how they read it. */
#ifndef VALUE_TEXT_H
#define VALUE_TEXT_H

#include "pool.h"
#include "units/known-keys.h"
#include "units/unit.h"

#include <stdbool.h>

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define WHITE  " \t\n\r"

/* A value, or one word of a list. */
struct checked {
	const struct unit *unit;
	const struct known_key *key;
	struct pool *pool;
	bool negated;   /* the value begins with '~' */
	bool no_memory; /* a checker sets it; its result is then of no use */
};

/*
 * What stands in <...> in the form of a key. Each file of checkers has a table of them, which
 * ends with an empty one.
 */
struct checker {
	const char *name;
	bool (*check)(struct checked *c, const char *text);
	bool expands; /* specifiers */
};

/* A text of these characters only, and not an empty one. */
bool value_consists_of(const char *text, const char *characters);

/* What follows a beginning; NULL if the text begins with something else. */
const char *value_after(const char *text, const char *beginning);

/*
 * The text before a separator, in the pool; *ret_rest: what follows, NULL without one. A
 * backslash takes its meaning from a ':'.
 */
const char *value_cut(struct checked *c, const char *text, char separator, const char **ret_rest);

/* words: separated by spaces. */
bool value_is_one_of(const char *text, const char *words);

bool value_has_control(const char *text);

#endif
