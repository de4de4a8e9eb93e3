/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What doctor finds: in the words and forms of mkportable lint. */
#ifndef ADMIN_REPORT_H
#define ADMIN_REPORT_H

#include "json.h"
#include "pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum complaint_rule {
#define RULE(rule, ...) rule,
#include "doctor-rules.h"
#undef RULE
	COMPLAINT_RULES_N
};

enum complaint_severity {
	COMPLAINT_ERROR,    /* something does not work */
	COMPLAINT_WARNING,  /* likely wrong */
	COMPLAINT_SECURITY, /* works, with more rights than one may think */
	COMPLAINT_NOTE,
};

struct complaint {
	struct complaint *next;
	enum complaint_rule rule;
	const char *where; /* a unit, a path; NULL: the host */
	const char *message, *remedy;
};

struct complaints {
	struct pool *pool; /* borrowed: all texts are in it */
	struct complaint *first, **end;
	size_t errors;
	int failed; /* -ENOMEM; 0: none */
};

void complaints_open(struct complaints *complaints, struct pool *pool);

/* texts fill {1}, {2}… of the rule's texts, and are escaped; the first may be "". */
#define complain(complaints, rule, where, ...) \
	complain_texts((complaints), (rule), (where), (const char *const[]){ __VA_ARGS__, NULL })
void complain_texts(struct complaints *complaints, enum complaint_rule rule, const char *where,
		    const char *const *texts);

void complaints_print(FILE *out, const struct complaints *complaints);
void complaints_write_json(FILE *out, const struct complaints *complaints);

/* The table of rules, a line each: "NAME: SEVERITY: MESSAGE". */
void complaint_rules_print(void);

#endif
