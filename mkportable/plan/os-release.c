/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* os-release(5) of an image, out of a template. */
#include "plan/os-release.h"

#include "log.h"
#include "unit-file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"
#define SMALL    "abcdefghijklmnopqrstuvwxyz"

struct filling {
	struct pool *pool;
	const struct os_release_value *values;
	const char *what; /* is wrong with the template */
	bool has_id;
};

static int refuse(struct filling *f, const char *what)
{
	f->what = what;
	return -EINVAL;
}

/* Finds the value of "@NAME@" at the front. Returns 0 and NULL when none begins there. */
static int find_value(struct filling *f, const char *text, const struct os_release_value **ret,
		      size_t *ret_length)
{
	size_t length = text[0] == '@' ? strspn(text + 1, CAPITALS "_") : 0;

	*ret = NULL;
	if (length == 0 || text[1 + length] != '@')
		return 0;
	for (const struct os_release_value *v = f->values; v->name; v++) {
		if (strlen(v->name) == length && strncmp(v->name, text + 1, length) == 0) {
			*ret = v;
			*ret_length = length + 2;
			return 0;
		}
	}
	f->what = pool_format(f->pool, "there is no '%.*s'", (int)(length + 2), text);
	return f->what ? -EINVAL : -ENOMEM;
}

/*
 * Takes the quotes off a value and puts in what it names. Returns 0, 1 when
 * something named has no value, or negative.
 */
static int read_value(struct filling *f, const char *in, FILE *out)
{
	const struct os_release_value *value;
	bool missing = false;
	char quote = '\0';
	size_t length;
	int r;

	for (; *in; in++) {
		r = find_value(f, in, &value, &length);
		if (r < 0)
			return r;
		if (value) {
			missing |= !value->value || !value->value[0];
			for (const char *p = value->value; p && *p; p++)
				(void)fputc((unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p, out);
			in += length - 1;
		} else if (quote ? *in == quote : *in == '"' || *in == '\'') {
			quote = quote ? '\0' : *in;
		} else if (*in == '\\' && quote != '\'') {
			if (!in[1])
				return refuse(f, "ends behind a backslash");
			if (quote && !strchr("\"\\$`", in[1]))
				(void)fputc('\\', out);
			(void)fputc(*++in, out);
		} else if (!quote && strchr(" \t;&|<>()#$`", *in)) {
			return refuse(f,
				      "a value with a space or a special character needs quotes");
		} else if (quote == '"' && (*in == '$' || *in == '`')) {
			return refuse(f, "'$' and '`' need a backslash in double quotes");
		} else {
			(void)fputc(*in, out);
		}
	}
	if (quote)
		return refuse(f, "a quotation is not closed");
	return missing ? 1 : 0;
}

static void write_value(const char *value, FILE *out)
{
	bool plain = value[strspn(value, CAPITALS SMALL DIGITS "._-")] == '\0';

	if (!plain)
		(void)fputc('"', out);
	for (; *value; value++) {
		if (strchr("\"\\$`", *value))
			(void)fputc('\\', out);
		(void)fputc(*value, out);
	}
	if (!plain)
		(void)fputc('"', out);
}

/* line is NUL-terminated. */
static int fill_line(struct filling *f, char *line, FILE *out)
{
	size_t key, length;
	char *value = NULL, *memory;
	FILE *stream;
	int r;

	line += strspn(line, " \t");
	for (length = strlen(line); length > 0 && strchr(" \t\r", line[length - 1]); length--)
		line[length - 1] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	key = strspn(line, CAPITALS "_" DIGITS);
	if (key == 0 || strchr(DIGITS, line[0]) || line[key] != '=')
		return refuse(f, "neither KEY=value nor a comment");

	stream = open_memstream(&value, &length);
	if (!stream)
		return -ENOMEM;
	r = read_value(f, line + key + 1, stream);
	if (fclose(stream) != 0 && r >= 0)
		r = -ENOMEM;
	memory = pool_adopt(f->pool, value);
	if (!memory)
		return -ENOMEM;
	if (r != 0)
		return r < 0 ? r : 0;
	(void)fprintf(out, "%.*s=", (int)key, line);
	write_value(memory, out);
	(void)fputc('\n', out);
	f->has_id |= key == 2 && strncmp(line, "ID", 2) == 0 && memory[0];
	return 0;
}

static int fill_lines(struct filling *f, const char *bytes, size_t size, FILE *out,
		      unsigned *ret_line)
{
	const char *end = bytes + size;
	unsigned line = 0;
	int r;

	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t length = (size_t)((newline ? newline : end) - bytes);
		char *text = pool_copy_bytes(f->pool, bytes, length);

		if (!text)
			return -ENOMEM;
		line++;
		*ret_line = line;
		if (strlen(text) != length)
			return refuse(f, "contains a NUL byte");
		if (!utf8_is_valid(text))
			return refuse(f, "not UTF-8");
		r = fill_line(f, text, out);
		if (r < 0)
			return r;
		bytes = newline ? newline + 1 : end;
	}
	*ret_line = line ? line : 1;
	return f->has_id ? 0 : refuse(f, "the template ends without a line for ID=");
}

int os_release_fill(struct pool *pool, const char *bytes, size_t size,
		    const struct os_release_value *values, const char **ret, unsigned *ret_line,
		    const char **ret_what)
{
	struct filling f = { .pool = pool, .values = values };
	char *text = NULL;
	size_t length;
	unsigned line = 0;
	FILE *out;
	int r;

	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	r = fill_lines(&f, bytes, size, out, &line);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	if (!pool_adopt(pool, text))
		r = -ENOMEM;
	if (r == -EINVAL) {
		*ret_line = line;
		*ret_what = f.what;
	}
	if (r >= 0)
		*ret = text;
	return r;
}
