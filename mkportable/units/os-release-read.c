/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads os-release(5) as systemd does. */
#include "units/os-release-read.h"

#include "utf8.h"

#include <errno.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS  "0123456789"
#define NEWLINE "\n\r"
#define SPACE   " \t" NEWLINE

struct reader {
	const char *p; /* the rest of the file, which ends with a NUL */
	unsigned line; /* of p */
	char *out;     /* room for what is read: it is never longer than the file */

	/* Of the entry that is being read. */
	unsigned start;
	const char *what; /* the first that a shell reads differently */
};

static char take(struct reader *r)
{
	r->line += *r->p == '\n';
	return *r->p++;
}

static void skip(struct reader *r, const char *characters)
{
	while (*r->p && strchr(characters, *r->p))
		(void)take(r);
}

static void note(struct reader *r, const char *what)
{
	if (!r->what)
		r->what = what;
}

/* Since 254 a comment ends with its line; before, a backslash there made the next one part of it. */
static void skip_comment(struct reader *r)
{
	size_t length = strcspn(r->p, NEWLINE);

	if (r->p[0] == ';')
		note(r, "neither KEY=value nor a comment");
	else if (r->p[length - 1] == '\\')
		note(r, "systemd before 254 takes the line after the backslash for a comment, too");
	r->p += length;
}

/* Ends the string at out, without the white space at its end. */
static char *trim(char *start, char *end)
{
	while (end > start && strchr(SPACE, end[-1]))
		end--;
	*end = '\0';
	return end + 1;
}

/* Returns NULL when there is no '='. */
static const char *read_key(struct reader *r)
{
	char *key = r->out;
	size_t length = strcspn(r->p, "=" NEWLINE);

	memcpy(key, r->p, length);
	r->p += length;
	if (*r->p != '=') {
		note(r, "neither KEY=value nor a comment");
		return NULL;
	}
	r->p++;
	r->out = trim(key, key + length);
	if (length == 0 || key[strspn(key, LETTERS DIGITS)] || strchr(DIGITS, key[0]) ||
	    r->out != key + length + 1)
		note(r, "neither KEY=value nor a comment");
	return key;
}

/* What a backslash stands before, outside of quotes. */
static void read_escaped(struct reader *r)
{
	r->p++;
	if (!*r->p || strchr(NEWLINE, *r->p))
		note(r, "ends with a backslash");
	else
		*r->out++ = *r->p;
	if (*r->p)
		(void)take(r);
}

/* quote: ' or " */
static void read_quoted(struct reader *r, char quote)
{
	for (r->p++; *r->p && *r->p != quote;) {
		if (*r->p == '\n')
			note(r, "a quote is not closed");
		if (quote == '"' && strchr("$`", *r->p))
			note(r, "'$' and '`' need a backslash in double quotes");
		if (quote == '"' && *r->p == '\\') {
			r->p++;
			if (*r->p && !strchr("\"\\$`\n", *r->p))
				*r->out++ = '\\';
			if (*r->p == '\n' && take(r))
				continue;
			if (!*r->p)
				break;
		}
		*r->out++ = take(r);
	}
	if (*r->p)
		r->p++;
	else
		note(r, "a quote is not closed");
}

/* After the first character that is not quoted, quotes are characters like others. */
static void read_plain(struct reader *r)
{
	char *end = r->out; /* of what is not white space that may be at the end */

	while (*r->p && !strchr(NEWLINE, *r->p)) {
		if (*r->p == '\\') {
			read_escaped(r);
			end = r->out;
			continue;
		}
		if (strchr("'\"", *r->p))
			note(r, "a quote inside of a value");
		else if (strchr(";&|<>()$`", *r->p))
			note(r, "a value with a space or a special character needs quotes");
		*r->out++ = *r->p;
		if (!strchr(SPACE, *r->p++)) {
			if (r->out - 1 > end)
				note(r, "a value with a space or a special character needs quotes");
			end = r->out;
		}
	}
	r->out = end;
}

static const char *read_value(struct reader *r)
{
	const char *value = r->out;

	for (;;) {
		size_t spaces = strspn(r->p, " \t");

		r->p += spaces;
		if (!*r->p || strchr(NEWLINE, *r->p))
			break;
		if (spaces > 0)
			note(r, "a value with a space or a special character needs quotes");
		if (*r->p == '\'' || *r->p == '"') {
			read_quoted(r, *r->p);
		} else {
			read_plain(r);
			break;
		}
	}
	*r->out++ = '\0';
	return value;
}

static int add(struct pool *pool, struct os_release_line ***end, const char *key, const char *value,
	       unsigned line)
{
	struct os_release_line *added = pool_take(pool, sizeof *added);

	if (!added)
		return -ENOMEM;
	*added = (struct os_release_line){ .key = key, .value = value, .line = line };
	**end = added;
	*end = &added->next;
	return 0;
}

int os_release_read(struct pool *pool, const char *bytes, size_t size,
		    os_release_problem_fn *problem, void *userdata, struct os_release *ret)
{
	char *copy = pool_copy_bytes(pool, bytes, size);
	struct reader r = { .p = copy, .line = 1, .out = pool_take(pool, size + 2) };
	struct os_release_line **end = &ret->first;
	bool refused = false, is_text;

	ret->first = NULL;
	if (!copy || !r.out)
		return -ENOMEM;
	while (skip(&r, SPACE), *r.p) {
		const char *key = NULL, *value = "";

		r.start = r.line;
		r.what = NULL;
		if (strchr("#;", *r.p))
			skip_comment(&r);
		else if ((key = read_key(&r)))
			value = read_value(&r);
		if (key && add(pool, &end, key, value, r.start) < 0)
			return -ENOMEM;
		is_text = !key || (utf8_is_valid(key) && utf8_is_valid(value));
		if (!is_text)
			r.what = "not UTF-8";
		refused |= !is_text;
		if (r.what && problem)
			problem(userdata, r.start, r.what, !is_text);
	}
	if (r.p != copy + size) {
		refused = true;
		if (problem)
			problem(userdata, r.line, "contains a NUL byte", true);
	}
	ret->lines = r.line - (r.p > copy && r.p[-1] == '\n');
	return refused;
}

bool os_release_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = list; *p; p += strspn(p, SPACE)) {
		size_t n = strcspn(p, SPACE);

		if (n == length && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

const char *os_release_value(const struct os_release *file, const char *key)
{
	const char *value = NULL;

	for (const struct os_release_line *line = file->first; line; line = line->next)
		if (strcmp(line->key, key) == 0)
			value = line->value;
	return value && value[0] ? value : NULL;
}
