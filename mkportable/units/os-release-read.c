/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads os-release(5) as systemd does. */
#include "units/os-release-read.h"

#include "utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS  "0123456789"

/* Removes quotes and escapes, in place. Returns what is wrong with the value, or NULL. */
static const char *unquote(char *text)
{
	const char *what = NULL;
	char *out = text, quote = '\0';

	for (const char *in = text; *in; in++) {
		if (quote ? *in == quote : *in == '"' || *in == '\'') {
			quote = quote ? '\0' : *in;
		} else if (*in == '\\' && quote != '\'') {
			if (!in[1])
				return "ends with a backslash";
			if (quote && !strchr("\"\\$`", in[1]))
				*out++ = '\\';
			*out++ = *++in;
		} else {
			if (!quote && strchr(" \t;&|<>()$`", *in))
				what = "a value with a space or a special character needs quotes";
			else if (quote == '"' && strchr("$`", *in))
				what = "'$' and '`' need a backslash in double quotes";
			*out++ = *in;
		}
	}
	*out = '\0';
	return quote ? "a quote is not closed" : what;
}

static const char *read_line(struct os_release *file, char *line, unsigned number)
{
	const char *what;
	size_t key, length;

	line += strspn(line, " \t");
	for (length = strlen(line); length > 0 && strchr(" \t\r", line[length - 1]); length--)
		line[length - 1] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return NULL;
	key = strspn(line, LETTERS DIGITS);
	if (key == 0 || strchr(DIGITS, line[0]) || line[key] != '=')
		return "neither KEY=value nor a comment";
	line[key] = '\0';
	what = unquote(line + key + 1);
	if (what)
		return what;
	if (!utf8_is_valid(line + key + 1))
		return "not UTF-8";
	if (file->n == OS_RELEASE_KEYS_MAX)
		return "more keys than any os-release has";
	file->at[file->n].key = line;
	file->at[file->n].value = line + key + 1;
	file->at[file->n++].line = number;
	return NULL;
}

int os_release_read(struct pool *pool, const char *bytes, size_t size,
		    os_release_problem_fn *problem, void *userdata, struct os_release *ret)
{
	const char *end = bytes + size;
	unsigned line = 0;

	ret->n = 0;
	ret->lines = 1;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes)), *what;
		size_t length = (size_t)((newline ? newline : end) - bytes);
		char *text = pool_copy_bytes(pool, bytes, length);

		if (!text)
			return -ENOMEM;
		ret->lines = ++line;
		what = strlen(text) != length ? "contains a NUL byte" : read_line(ret, text, line);
		if (what && problem)
			problem(userdata, line, what);
		bytes = newline ? newline + 1 : end;
	}
	return 0;
}

const char *os_release_value(const struct os_release *file, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < file->n; i++)
		if (strcmp(file->at[i].key, key) == 0)
			value = file->at[i].value;
	return value && value[0] ? value : NULL;
}
