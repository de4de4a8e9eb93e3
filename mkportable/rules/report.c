/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of findings, and how their texts are filled in. */
#include "rules/report.h"

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* As many as the longest message has. */
#define TEXTS_N 4

const char *finding_where(struct pool *pool, const struct finding *finding)
{
	const struct location *where = &finding->where;

	return where->line ? pool_format(pool, "%s:%u", where->path, where->line) : where->path;
}

bool findings_has_error(const struct findings *findings, struct location where)
{
	for (const struct finding *f = findings->first; f; f = f->next)
		if (f->severity == SEVERITY_ERROR && f->where.path && where.path &&
		    f->where.line == where.line && strcmp(f->where.path, where.path) == 0)
			return true;
	return false;
}

void findings_open(struct findings *findings, struct pool *pool)
{
	*findings = (struct findings){ .pool = pool };
	findings->end = &findings->first;
}

const char *report_format(struct findings *findings, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	text = n < 0 ? NULL : pool_adopt(findings->pool, text);
	if (text)
		return text;
	findings->failed = -ENOMEM;
	return "";
}

const char *report_escape(struct findings *findings, const char *text)
{
	char shown[LOG_ESCAPED_SIZE];

	return report_format(findings, "%s", log_escape(text, shown));
}

const char *report_more(struct findings *findings, size_t n)
{
	return n > 1 ? report_format(findings, "; and %zu more", n - 1) : "";
}

/*
 * Writes one text. In 'ticks' it is foreign, and escaped. Elsewhere it is in our words,
 * which may contain ticks, and only control characters are replaced. Returns its
 * length, less than LOG_ESCAPED_SIZE * 2.
 */
static size_t write_text(const char *text, bool foreign, char *out)
{
	size_t length;

	if (foreign)
		return strlen(log_escape(text, out));
	for (length = 0; length < LOG_ESCAPED_SIZE * 2 - 1 && text[length]; length++) {
		unsigned char c = (unsigned char)text[length];

		out[length] = c < ' ' || c >= 0x7f ? '?' : (char)c;
	}
	return length;
}

/* Fills {1} to {4} of a rule's text in. */
static const char *fill(struct findings *findings, const char *rule_text, const char *const *texts)
{
	size_t size = strlen(rule_text) + 1, used = 0;
	char *out;

	for (const char *p = rule_text; *p; p++)
		size += *p == '{' ? LOG_ESCAPED_SIZE * 2 : 0;
	out = pool_take(findings->pool, size);
	if (!out) {
		findings->failed = -ENOMEM;
		return "";
	}
	for (const char *p = rule_text; *p; p++) {
		if (p[0] == '{' && p[1] >= '1' && p[1] < '1' + TEXTS_N && p[2] == '}') {
			used += write_text(texts[p[1] - '1'], p > rule_text && p[-1] == '\'',
					   out + used);
			p += 2;
		} else {
			out[used++] = *p;
		}
	}
	out[used] = '\0';
	return out;
}

void report_texts(struct findings *findings, enum rule rule, struct location where,
		  const char *const *texts)
{
	const struct rule_info *info = rule_info(rule);
	const char *filled[TEXTS_N] = { "", "", "", "" };
	struct finding *finding;

	if (findings->n > FINDINGS_MAX || (where.of_disk && findings->without_disk))
		return;
	if (findings->n == FINDINGS_MAX && rule != RULE_TOO_MANY_FINDINGS) {
		report(findings, RULE_TOO_MANY_FINDINGS, WHOLE_IMAGE);
		return;
	}
	for (size_t i = 0; i < TEXTS_N && texts[i]; i++)
		filled[i] = texts[i];

	finding = pool_take(findings->pool, sizeof *finding);
	if (!finding) {
		findings->failed = -ENOMEM;
		return;
	}
	*finding = (struct finding){ .rule = rule, .severity = info->severity, .where = where };
	finding->message = fill(findings, info->message, filled);
	finding->remedy = fill(findings, info->remedy, filled);
	*findings->end = finding;
	findings->end = &finding->next;
	findings->n++;
	findings->errors += finding->severity == SEVERITY_ERROR;
}
