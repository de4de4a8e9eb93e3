/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* os-release(5) of an image, from a template. */
#include "plan/os-release.h"

#include "units/os-release-read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"
#define PLAIN    CAPITALS DIGITS "abcdefghijklmnopqrstuvwxyz._-"

/* The first mistake in the template. */
struct mistake {
	unsigned line;
	const char *what; /* NULL: there is none */
};

static void remember(void *userdata, unsigned line, const char *what, bool refused)
{
	struct mistake *mistake = userdata;

	(void)refused; /* a template has no problem at all */

	if (!mistake->what)
		*mistake = (struct mistake){ line, what };
}

/* The value for the "@NAME@" that text starts with. Its name is NULL if there is no such value. */
static const struct os_release_value *find_value(const struct os_release_value *v, const char *text,
						 size_t length)
{
	while (v->name && (strlen(v->name) != length || strncmp(v->name, text + 1, length) != 0))
		v++;
	return v;
}

/*
 * Replaces each "@NAME@" with its value. Returns 0, 1 when one of them is empty, or
 * -EINVAL and *ret_name, which starts with '@', when there is no such name.
 */
static int expand(const struct os_release_value *values, const char *text, FILE *out,
		  const char **ret_name)
{
	int r = 0;

	while (*text) {
		const struct os_release_value *v;
		size_t length = text[0] == '@' ? strspn(text + 1, CAPITALS "_") : 0;

		if (length == 0 || text[1 + length] != '@') {
			(void)fputc(*text++, out);
			continue;
		}
		v = find_value(values, text, length);
		if (!v->name) {
			*ret_name = text;
			return -EINVAL;
		}
		if (!v->value || !v->value[0])
			r = 1;
		for (const char *p = v->value; p && *p; p++)
			(void)fputc((unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p, out);
		text += length + 2;
	}
	return r;
}

static void write_value(const char *value, FILE *out)
{
	bool plain = value[strspn(value, PLAIN)] == '\0';

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

/* Returns as expand() does. */
static int fill_line(struct pool *pool, const struct os_release_value *values,
		     const struct os_release_line *line, FILE *out, struct mistake *mistake)
{
	const char *name = "";
	char *value = NULL;
	size_t size;
	FILE *stream = open_memstream(&value, &size);
	int r;

	if (!stream)
		return -ENOMEM;
	/* systemd accepts small letters, but no key of os-release(5) has any. */
	if (line->key[strspn(line->key, CAPITALS "_" DIGITS)])
		remember(mistake, line->line, "neither KEY=value nor a comment", true);
	r = expand(values, line->value, stream, &name);
	if (fclose(stream) != 0 || !pool_adopt(pool, value))
		return -ENOMEM;
	if (r == 0) {
		(void)fprintf(out, "%s=", line->key);
		write_value(value, out);
		(void)fputc('\n', out);
	}
	if (r == -EINVAL) {
		value = pool_format(pool, "there is no '%.*s@'", (int)strcspn(name + 1, "@") + 1,
				    name);
		if (!value)
			return -ENOMEM;
		remember(mistake, line->line, value, true);
	}
	return r;
}

static int fill(struct pool *pool, const char *bytes, size_t size,
		const struct os_release_value *values, FILE *out, struct mistake *mistake)
{
	struct os_release template;
	bool has_id = false;
	int r = os_release_read(pool, bytes, size, remember, mistake, &template);

	for (const struct os_release_line *line = template.first; line && r >= 0 && !mistake->what;
	     line = line->next) {
		r = fill_line(pool, values, line, out, mistake);
		has_id |= r == 0 && strcmp(line->key, "ID") == 0 && line->value[0];
	}
	if (r >= 0 && !has_id)
		remember(mistake, template.lines, "the template ends without a line for ID=", true);
	return r < 0 ? r : mistake->what ? -EINVAL : 0;
}

int os_release_fill(struct pool *pool, const char *bytes, size_t size,
		    const struct os_release_value *values, const char **ret, unsigned *ret_line,
		    const char **ret_what)
{
	struct mistake mistake = { 0 };
	char *text = NULL;
	size_t length;
	FILE *out;
	int r;

	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	r = fill(pool, bytes, size, values, out, &mistake);
	if (fclose(out) != 0 || !pool_adopt(pool, text))
		r = -ENOMEM;
	if (r == -EINVAL) {
		*ret_line = mistake.line;
		*ret_what = mistake.what;
	}
	if (r >= 0)
		*ret = text;
	return r;
}
