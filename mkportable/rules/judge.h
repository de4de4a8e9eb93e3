/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The judge of an image: what is known of it, and what the rules found.
 *
 * Rules look at the plan of the image and at its units, never at the host. They
 * report; nothing is logged. Memory that runs out is remembered, so that no rule
 * has to care.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "base/architecture.h"
#include "plan/plan.h"
#include "rules/table.h"
#include "units/needs.h"
#include "units/os-release-read.h"
#include "units/profile.h"
#include "units/unit.h"

/* A hostile image can break rules in each of its entries; nobody reads more. */
#define FINDINGS_MAX 1000

struct finding {
	struct finding *next;
	enum rule rule;
	enum severity severity;
	const char *where; /* a path of the image, "PATH:LINE" or NULL: the whole image */
	const char *message;
	const char *remedy;
};

struct judge {
	struct plan *plan;  /* borrowed; its pool is used */
	const char *name;   /* the file name that portablectl would see */
	const char *prefix; /* of its units: out of the name, unless another is given */
	bool being_built;   /* the plan is one of build: nothing of it is on disk yet */

	struct unit *units; /* those that systemd would extract */
	struct unit **units_end;
	struct os_release os_release;
	struct needs needs;
	unsigned systemd_version; /* 0: any that we know */

	struct finding *first, **end;
	size_t n, errors;
	int failed; /* a negative errno that makes the judgement worthless; 0: none */
};

/* pool and plan outlive the judge. name is kept. */
void judge_open(struct judge *judge, struct plan *plan, const char *name);
void judge_close(struct judge *judge);

/*
 * Reports a finding: judge, rule, where, and the strings that fill {1}, {2}… of the
 * rule's texts; what these have in 'ticks' is escaped. where is escaped already, or
 * NULL for the whole image. None of the others may be NULL.
 */
#define judge_report(judge, rule, ...) \
	judge_report_texts((judge), (rule), (const char *const[]){ __VA_ARGS__, NULL })
void judge_report_texts(struct judge *judge, enum rule rule, const char *const *texts);

/* "SHOWN:LINE" of a unit's setting, for where. line 0: the whole unit. */
const char *judge_at(struct judge *judge, const struct unit *unit, unsigned line);

/* path escaped, for where. */
const char *judge_path(struct judge *judge, const char *path);

/* pool_format() that remembers a failure and returns "" then. */
const char *judge_format(struct judge *judge, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a unit that systemd would extract. The strings are kept. */
void judge_add_unit(struct judge *judge, const char *name, const char *shown, const char *bytes,
		    size_t size);

/* Fills judge->needs out of the units. */
void judge_need(struct judge *judge);

/* The unit of that name among those that systemd extracts, or NULL. */
const struct unit *judge_find_unit(const struct judge *judge, const char *name);

/* The last value of a setting, "" when there is none. */
const char *judge_value(const struct unit *unit, const char *section, const char *key);

/* Whether systemd reads this as yes: 1, yes, y, true, t, on; in any case. */
bool is_yes(const char *value);

/*
 * The rules. rules_extraction() finds the units and comes before the others, but
 * for rules_identity(), which reads os-release.
 */
void rules_identity(struct judge *judge);
void rules_extraction(struct judge *judge);
void rules_structure(struct judge *judge);
void rules_units(struct judge *judge);
void rules_programs(struct judge *judge);
void rules_delivery(struct judge *judge);
void rules_security(struct judge *judge, const struct unit *service, const struct profile *profile);

/* All of them in that order, but for rules_security(). */
void judge_all(struct judge *judge);

#endif
