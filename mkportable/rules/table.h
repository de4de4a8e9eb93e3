/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of lint: what each says, how severe it is, the remedy and how it is known.
 * The table is rules/table-rows.h.
 */
#ifndef RULES_H
#define RULES_H

#include <stddef.h>

enum severity {
	SEVERITY_ERROR,    /* attach or start fails, or a setting is without effect */
	SEVERITY_WARNING,  /* likely wrong */
	SEVERITY_SECURITY, /* works, with more rights than its author may think */
	SEVERITY_NOTE,     /* cannot be decided without the host */
};

enum rule {
#define RULE(rule, ...) rule,
#include "rules/table-rows.h"
#undef RULE
	RULES_N, /* how many */
};

struct rule_info {
	const char *name;
	enum severity severity;
	const char *message; /* {1}, {2}… are filled in by report() */
	const char *remedy;  /* the same */
	const char *evidence;
};

const struct rule_info *rule_info(enum rule rule);
const char *severity_name(enum severity severity);

/* Prints docs/lint-rules.md to standard output. */
void rules_print(void);

#endif
