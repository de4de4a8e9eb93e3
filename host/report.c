/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What doctor finds. */
#include "report.h"

#include "log.h"

#include <errno.h>
#include <string.h>

/* Of JSON: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static const struct rule_row {
	const char *name;
	enum complaint_severity severity;
	const char *message, *remedy;
} table[COMPLAINT_RULES_N] = {
#define RULE(rule, ...) [rule] = { __VA_ARGS__ },
#include "doctor-rules.h"
#undef RULE
};

static const char *severity_name(enum complaint_severity severity)
{
	static const char *const names[] = {
		[COMPLAINT_ERROR] = "error",
		[COMPLAINT_WARNING] = "warning",
		[COMPLAINT_SECURITY] = "security",
		[COMPLAINT_NOTE] = "note",
	};

	return names[severity];
}

void complaints_open(struct complaints *complaints, struct pool *pool)
{
	*complaints = (struct complaints){ .pool = pool };
	complaints->end = &complaints->first;
}

/* Replaces {1}, {2}… NULL without memory. */
static const char *fill(struct pool *pool, const char *text, const char *const *texts)
{
	const char *done = "";
	size_t length;

	for (; done && text[(length = strcspn(text, "{"))]; text += length + strlen("{1}")) {
		char shown[LOG_ESCAPED_SIZE];

		done = pool_format(pool, "%s%.*s%s", done, (int)length, text,
				   log_escape(texts[text[length + 1] - '1'], shown));
	}
	return done ? pool_format(pool, "%s%s", done, text) : NULL;
}

void complain_texts(struct complaints *complaints, enum complaint_rule rule, const char *where,
		    const char *const *texts)
{
	struct complaint *complaint = pool_take(complaints->pool, sizeof *complaint);
	char shown[LOG_ESCAPED_SIZE];

	if (complaint) {
		complaint->rule = rule;
		complaint->where =
			where ? pool_copy(complaints->pool, log_escape(where, shown)) : NULL;
		complaint->message = fill(complaints->pool, table[rule].message, texts);
		complaint->remedy = fill(complaints->pool, table[rule].remedy, texts);
	}
	if (!complaint || !complaint->message || !complaint->remedy ||
	    (where && !complaint->where)) {
		complaints->failed = -ENOMEM;
		return;
	}
	*complaints->end = complaint;
	complaints->end = &complaint->next;
	complaints->errors += table[rule].severity == COMPLAINT_ERROR;
}

void complaints_print(FILE *out, const struct complaints *complaints)
{
	for (const struct complaint *c = complaints->first; c; c = c->next)
		fprintf(out, "%s: %s: %s: %s\n  remedy: %s\n", c->where ? c->where : "host",
			severity_name(table[c->rule].severity), table[c->rule].name, c->message,
			c->remedy);
}

void complaints_write_json(FILE *out, const struct complaints *complaints)
{
	struct json json = { .out = out };

	json_open(&json, NULL, '{');
	json_number(&json, "version", JSON_VERSION);
	json_number(&json, "errors", complaints->errors);
	json_open(&json, "findings", '[');
	for (const struct complaint *c = complaints->first; c; c = c->next) {
		json_open(&json, NULL, '{');
		json_text(&json, "rule", table[c->rule].name);
		json_text(&json, "severity", severity_name(table[c->rule].severity));
		json_text(&json, "where", c->where);
		json_text(&json, "message", c->message);
		json_text(&json, "remedy", c->remedy);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	(void)fputc('\n', out);
}

void complaint_rules_print(void)
{
	for (size_t i = 0; i < COMPLAINT_RULES_N; i++)
		printf("%s: %s: %s\n", table[i].name, severity_name(table[i].severity),
		       table[i].message);
}
