/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rules found in an image: a list of findings, and report(), by which a rule
 * adds one.
 *
 * Nothing is logged. Memory that runs out is remembered in the list, so that a rule
 * does not have to check for it.
 */
#ifndef REPORT_H
#define REPORT_H

#include "pool.h"
#include "rules/table.h"
#include "units/unit.h"

/* A hostile image can break rules in each of its entries; more than this is not useful. */
#define FINDINGS_MAX 1000

/* Where something was found. */
struct location {
	const char *path; /* in the image, escaped; NULL: the whole image */
	unsigned line;    /* 0: the whole file */
	bool of_disk;     /* of what all machines have in common that a disk image is for */
};

#define AT(path, line)      ((struct location){ (path), (line), false })
#define AT_UNIT(unit, line) AT((unit)->shown, (line))
#define WHOLE_IMAGE         AT(NULL, 0)
#define WHOLE_FILE          ((struct location){ NULL, 0, true })

struct finding {
	struct finding *next;
	enum rule rule;
	enum severity severity;
	struct location where;
	const char *message;
	const char *remedy;
};

/* "PATH:LINE", "PATH", or NULL for the whole image. In the pool; NULL also without memory. */
const char *finding_where(struct pool *pool, const struct finding *finding);

struct findings {
	struct pool *pool; /* borrowed: the findings and their texts are in it */
	struct finding *first, **end;
	size_t n, errors;
	bool without_disk; /* of a further machine: findings of the whole disk are left out */
	int failed;        /* a negative errno that makes the findings worthless; 0: none */
};

/* The pool outlives the findings. */
void findings_open(struct findings *findings, struct pool *pool);

/*
 * report(findings, RULE_…, where, …): adds a finding. The strings after where fill {1},
 * {2}… of the rule's texts; what these have in 'ticks' is escaped. None may be NULL.
 * There may be none: the first NULL keeps the array from being empty.
 */
#define report(findings, rule, where, ...)        \
	report_texts((findings), (rule), (where), \
		     (const char *const[]){ NULL, ##__VA_ARGS__, NULL } + 1)
void report_texts(struct findings *findings, enum rule rule, struct location where,
		  const char *const *texts);

/* Whether an error was reported at this place. */
bool findings_has_error(const struct findings *findings, struct location where);

/* Foreign text, escaped for a message or as a location's path. */
const char *report_escape(struct findings *findings, const char *text);

/* For the end of a message about the first of n: "; and N more", or "" for one. */
const char *report_more(struct findings *findings, size_t n);

/* pool_format() that remembers a failure and returns "" then. */
const char *report_format(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
