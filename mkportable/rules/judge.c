/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judge of an image: what it knows, and the list of findings. */
#include "rules/judge.h"

#include "log.h"
#include "units/names.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many as the longest message has. */
#define ARGUMENTS_MAX 4

void judge_open(struct judge *judge, struct plan *plan, const char *name)
{
	*judge = (struct judge){ .plan = plan, .name = name };
	judge->end = &judge->first;
	judge->units_end = &judge->units;
	needs_open(&judge->needs, plan->pool);
	judge->prefix = pool_copy_bytes(plan->pool, name, image_prefix_length(name));
	if (!judge->prefix) {
		judge->prefix = "";
		judge->failed = -ENOMEM;
	}
}

void judge_close(struct judge *judge)
{
	if (!judge->being_built)
		unit_list_release(judge->units);
}

const char *judge_format(struct judge *judge, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	text = n < 0 ? NULL : pool_adopt(judge->plan->pool, text);
	if (text)
		return text;
	judge->failed = -ENOMEM;
	return "";
}

const char *judge_at(struct judge *judge, const struct unit *unit, unsigned line)
{
	return line ? judge_format(judge, "%s:%u", unit->shown, line) : unit->shown;
}

const char *judge_path(struct judge *judge, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];

	return judge_format(judge, "%s", log_escape(path, shown));
}

/*
 * Writes one argument. What stands in 'ticks' is foreign, and escaped; elsewhere
 * it is in our words, ticks included, and only no control character may slip in.
 * Returns its length, less than LOG_ESCAPED_SIZE * 2.
 */
static size_t write_argument(const char *argument, bool foreign, char *out)
{
	size_t length;

	if (foreign)
		return strlen(log_escape(argument, out));
	for (length = 0; length < LOG_ESCAPED_SIZE * 2 - 1 && argument[length]; length++) {
		unsigned char c = (unsigned char)argument[length];

		out[length] = c < ' ' || c >= 0x7f ? '?' : (char)c;
	}
	return length;
}

/* Fills {1} to {4} of a rule's text in. */
static const char *fill(struct judge *judge, const char *text, const char *const *arguments)
{
	size_t size = strlen(text) + 1, used = 0;
	char *out;

	for (const char *p = text; *p; p++)
		size += *p == '{' ? LOG_ESCAPED_SIZE * 2 : 0;
	out = pool_take(judge->plan->pool, size);
	if (!out) {
		judge->failed = -ENOMEM;
		return "";
	}
	for (const char *p = text; *p; p++) {
		if (p[0] == '{' && p[1] >= '1' && p[1] < '1' + ARGUMENTS_MAX && p[2] == '}') {
			used += write_argument(arguments[p[1] - '1'], p > text && p[-1] == '\'',
					       out + used);
			p += 2;
		} else {
			out[used++] = *p;
		}
	}
	out[used] = '\0';
	return out;
}

void judge_report_texts(struct judge *judge, enum rule rule, const char *const *texts)
{
	const struct rule_info *info = rule_info(rule);
	const char *arguments[ARGUMENTS_MAX] = { "", "", "", "" };
	struct finding *finding;

	if (judge->n > FINDINGS_MAX)
		return;
	if (judge->n == FINDINGS_MAX && rule != RULE_TOO_MANY_FINDINGS) {
		judge_report(judge, RULE_TOO_MANY_FINDINGS, NULL);
		return;
	}
	for (size_t i = 0; i < ARGUMENTS_MAX && texts[1 + i]; i++)
		arguments[i] = texts[1 + i];

	finding = pool_take(judge->plan->pool, sizeof *finding);
	if (!finding) {
		judge->failed = -ENOMEM;
		return;
	}
	*finding = (struct finding){ .rule = rule, .severity = info->severity, .where = texts[0] };
	finding->message = fill(judge, info->message, arguments);
	finding->remedy = fill(judge, info->remedy, arguments);
	*judge->end = finding;
	judge->end = &finding->next;
	judge->n++;
	judge->errors += finding->severity == SEVERITY_ERROR;
}

const struct unit *judge_find_unit(const struct judge *judge, const char *name)
{
	for (const struct unit *unit = judge->units; unit; unit = unit->next)
		if (strcmp(unit->name, name) == 0)
			return unit;
	return NULL;
}

const char *judge_value(const struct unit *unit, const char *section, const char *key)
{
	const char *value = unit_file_last(&unit->file, section, key);

	return value ? value : "";
}

bool is_yes(const char *value)
{
	bool yes;

	return parse_boolean(value, &yes) == 0 && yes;
}

static void told(void *userdata, const struct unit *unit, unsigned line, bool undecided,
		 const char *message)
{
	struct judge *judge = userdata;

	judge_report(judge, undecided ? RULE_SPECIFIER_UNDECIDED : RULE_SETTING_INVALID,
		     judge_at(judge, unit, line), message);
}

static void unit_problem(void *userdata, unsigned line, const char *what)
{
	const struct unit *unit = userdata;

	unit_error(unit, line, "%s", what);
}

void judge_add_unit(struct judge *judge, const char *name, const char *shown, const char *bytes,
		    size_t size)
{
	struct unit *unit = pool_take(judge->plan->pool, sizeof *unit);
	int r;

	if (!unit) {
		judge->failed = -ENOMEM;
		return;
	}
	*unit = (struct unit){ .name = name,
			       .suffix = unit_suffix(name),
			       .shown = shown,
			       .bytes = bytes,
			       .size = size,
			       .told = told,
			       .told_userdata = judge };
	r = unit_file_parse(bytes, size, unit_problem, unit, &unit->file);
	if (r < 0) {
		judge->failed = r;
		return;
	}
	*judge->units_end = unit;
	judge->units_end = &unit->next;
}

void judge_need(struct judge *judge)
{
	int r;

	if (judge->being_built)
		return; /* they were what the plan was made of */
	for (const struct unit *unit = judge->units; unit; unit = unit->next) {
		r = needs_programs(&judge->needs, unit);
		if (r == 0 || r == -EINVAL)
			r = needs_places(&judge->needs, unit);
		if (r < 0 && r != -EINVAL)
			judge->failed = r;
	}
}

void judge_all(struct judge *judge)
{
	rules_identity(judge);
	rules_extraction(judge);
	judge_need(judge);
	rules_structure(judge);
	rules_units(judge);
	rules_programs(judge);
	rules_delivery(judge);
}
