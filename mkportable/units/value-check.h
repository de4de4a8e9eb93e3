/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether systemd takes the value of a setting, by the form that known-keys-table.h has
 * for the key. Pure: text in, a verdict out.
 */
#ifndef VALUE_CHECK_H
#define VALUE_CHECK_H

#include "pool.h"
#include "units/known-keys.h"
#include "units/unit.h"

enum value_verdict {
	VALUE_RIGHT,
	VALUE_WRONG,   /* systemd ignores it */
	VALUE_REFUSED, /* systemd refuses the unit */
	VALUE_SILENT,  /* systemd ignores it without a message */
	VALUE_NEWER,   /* not all of the versions that know the key take it */
};

struct value_problem {
	const char *word;      /* of the value, or the whole value */
	const char *expected;  /* "a boolean, full or strict" */
	struct known_key ages; /* VALUE_NEWER: of the word */
};

/*
 * Returns a verdict or -ENOMEM. In doubt, and with specifiers that are known at start
 * only, a value is right. *ret, in the pool, is set unless it is right.
 */
int value_check(const struct unit *unit, const struct known_key *key, const char *value,
		struct pool *pool, struct value_problem *ret);

#endif
