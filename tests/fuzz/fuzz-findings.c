/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are the names and texts of an image's findings: JSON and SARIF must be one
 * value of RFC 8259 in UTF-8, and the plain text lines that a terminal can show.
 */
#include "json.c" /* so that the fuzzer sees their branches */
#include "rules/report.c"
#include "verbs/findings.c"
#include "verbs/sarif.c"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Findings are nested less deep. */
#define DEPTH_MAX 16

static const char *skip_string(const char *p)
{
	assert(*p == '"');
	for (p++; *p != '"'; p++) {
		assert((unsigned char)*p >= ' ' && (unsigned char)*p != 0x7f);
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u') {
			assert(strspn(p + 1, "0123456789abcdef") >= 4);
			p += 4;
		} else {
			assert(*p && strchr("\"\\/bfnrt", *p));
		}
	}
	return p + 1;
}

static const char *skip_value(const char *p, unsigned depth);

/* Members of an object, or elements of a list. */
static const char *skip_members(const char *p, char end, unsigned depth)
{
	if (*p == end)
		return p + 1;
	for (;; p++) {
		if (end == '}') {
			p = skip_string(p);
			assert(*p == ':');
			p++;
		}
		p = skip_value(p, depth);
		if (*p == end)
			return p + 1;
		assert(*p == ',');
	}
}

/* There is no white space in our JSON. */
static const char *skip_value(const char *p, unsigned depth)
{
	static const char *const words[] = { "null", "true", "false" };
	size_t digits = strspn(p, "0123456789");

	assert(depth < DEPTH_MAX);
	if (*p == '{' || *p == '[')
		return skip_members(p + 1, *p == '{' ? '}' : ']', depth + 1);
	if (*p == '"')
		return skip_string(p);
	for (size_t i = 0; i < 3; i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return p + strlen(words[i]);
	assert(digits > 0 && (p[0] != '0' || digits == 1));
	return p + digits;
}

/* The next string of the input, up to a NUL; "" after the last. In the pool. */
static const char *next_text(struct pool *pool, const char **bytes, size_t *size)
{
	const char *end = *size > 0 ? memchr(*bytes, '\0', *size) : NULL;
	size_t length = end ? (size_t)(end - *bytes) : *size;
	const char *text = length > 0 ? pool_copy_bytes(pool, *bytes, length) : "";

	assert(text);
	*bytes += length + (end != NULL);
	*size -= length + (end != NULL);
	return text;
}

static void expect_lines(const char *text, size_t findings)
{
	size_t lines = 0;

	for (; *text; text++) {
		assert((unsigned char)*text >= ' ' || *text == '\n');
		lines += *text == '\n';
	}
	assert(lines >= findings && lines <= 2 * findings);
}

/*
 * whole: all of a document. That takes a millisecond, most of it for the rules, which are
 * always the same; else only the images, in a list.
 */
static void print_and_check(const struct findings_format *format, const struct opened_image *opened,
			    bool whole)
{
	struct json json = { 0 };
	char *text = NULL;
	size_t size;

	json.out = open_memstream(&text, &size);
	assert(json.out);
	if (format->begin && whole)
		format->begin(&json);
	else if (format->begin)
		json_open(&json, NULL, '[');
	format->image(&json, opened);
	if (format->end && whole)
		format->end(&json, true);
	else if (format->end)
		json_close(&json, ']');
	(void)fclose(json.out);
	assert(strlen(text) == size && utf8_is_valid(text));
	if (format->begin)
		assert(strcmp(skip_value(text, 0), whole ? "\n" : "") == 0);
	else
		expect_lines(text, opened->image.findings.n);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct opened_image opened = { .file = IMAGE_FILE_NONE };
	struct findings *findings = &opened.image.findings;
	const char *text = (const char *)bytes;
	struct pool *pool = &opened.pool;
	bool whole = size % 256 == 3;

	opened.plan.pool = pool;
	findings_open(findings, pool);
	opened.path = next_text(pool, &text, &size);
	opened.image.prefix = next_text(pool, &text, &size);
	opened.file.is_directory = strlen(opened.path) % 2;
	while (size > 2 && findings->n < 8) {
		enum rule rule = (unsigned char)*text % RULES_N;
		unsigned line = (unsigned char)text[1];
		const char *path, *first;

		text += 2;
		size -= 2;
		path = next_text(pool, &text, &size);
		first = next_text(pool, &text, &size);
		report(findings, rule,
		       AT(path[0] || line ? report_escape(findings, path) : NULL, line), first,
		       next_text(pool, &text, &size), path, first);
	}
	for (const struct findings_format *f = findings_formats; f->name; f++)
		print_and_check(f, &opened, whole);
	pool_release(pool);
	return 0;
}
