/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The note by which a program says what it loads by dlopen(3). */
#include "base/dlopen-note.h"

#include <errno.h>
#include <string.h>

/* Values that are not of interest may be nested; none is in practice. */
#define DEPTH_MAX 16

/* No program has as many. */
#define ENTRIES_MAX 512

struct parser {
	struct pool *pool;
	const char *p, *end;
};

static void skip_space(struct parser *x)
{
	while (x->p < x->end && strchr(" \t\r\n", *x->p))
		x->p++;
}

/* Whether this character comes next; it is passed then. */
static bool next_is(struct parser *x, char c)
{
	skip_space(x);
	if (x->p == x->end || *x->p != c)
		return false;
	x->p++;
	return true;
}

/* The specification forbids control characters and \u in strings. */
static int read_string(struct parser *x, const char **ret)
{
	char *text, *out;
	size_t length = 0;

	if (!next_is(x, '"'))
		return -EBADMSG;
	while (x->p + length < x->end && x->p[length] != '"')
		length += x->p[length] == '\\' ? 2 : 1;
	if (length >= (size_t)(x->end - x->p))
		return -EBADMSG;
	text = out = pool_take(x->pool, length + 1);
	if (!text)
		return -ENOMEM;
	for (const char *stop = x->p + length; x->p < stop; x->p++) {
		if (*x->p == '\\' && !strchr("\"\\/", *++x->p))
			return -EBADMSG;
		if ((unsigned char)*x->p < ' ')
			return -EBADMSG;
		*out++ = *x->p;
	}
	x->p++;
	*ret = text;
	return 0;
}

/* Passes any value; numbers and words are not judged. */
static int skip_value(struct parser *x, unsigned depth)
{
	const char *text, *start;
	bool object;
	int r;

	skip_space(x);
	if (x->p == x->end || depth == DEPTH_MAX)
		return -EBADMSG;
	if (*x->p == '"')
		return read_string(x, &text);
	if (*x->p != '{' && *x->p != '[') {
		start = x->p;
		while (x->p < x->end && !strchr(" \t\r\n,]}\"{[:", *x->p))
			x->p++;
		return x->p > start ? 0 : -EBADMSG;
	}
	object = *x->p++ == '{';
	if (next_is(x, object ? '}' : ']'))
		return 0;
	do {
		r = object ? read_string(x, &text) : 0;
		if (r == 0 && object && !next_is(x, ':'))
			r = -EBADMSG;
		if (r == 0)
			r = skip_value(x, depth + 1);
	} while (r == 0 && next_is(x, ','));
	return r < 0 || next_is(x, object ? '}' : ']') ? r : -EBADMSG;
}

static int read_name(struct parser *x, struct dlopen_entry *entry)
{
	const char *name;
	int r = read_string(x, &name);

	if (r < 0)
		return r;
	if (!name[0] || strchr(name, '/') || entry->n == DLOPEN_NAMES_MAX)
		return -EBADMSG;
	entry->names[entry->n++] = name;
	return 0;
}

/* A name, or an array of names. */
static int read_names(struct parser *x, struct dlopen_entry *entry)
{
	int r;

	if (!next_is(x, '['))
		return read_name(x, entry);
	do
		r = read_name(x, entry);
	while (r == 0 && next_is(x, ','));
	return r < 0 || next_is(x, ']') ? r : -EBADMSG;
}

static int read_object(struct parser *x, struct dlopen_entry **list)
{
	struct dlopen_entry *entry = pool_take(x->pool, sizeof *entry);
	const char *key, *priority = "recommended"; /* the specification's default */
	int r;

	if (!entry)
		return -ENOMEM;
	if (!next_is(x, '{'))
		return -EBADMSG;
	do {
		r = read_string(x, &key);
		if (r == 0 && !next_is(x, ':'))
			r = -EBADMSG;
		if (r < 0)
			return r;
		if (strcmp(key, "soname") == 0 && entry->n == 0)
			r = read_names(x, entry);
		else if (strcmp(key, "priority") == 0)
			r = read_string(x, &priority);
		else
			r = skip_value(x, 1);
	} while (r == 0 && next_is(x, ','));
	if (r < 0)
		return r;
	if (!next_is(x, '}') || entry->n == 0)
		return -EBADMSG;
	entry->required = strcmp(priority, "required") == 0;
	if (strcmp(priority, "suggested") != 0) {
		entry->next = *list;
		*list = entry;
	}
	return 0;
}

int dlopen_note_read(struct pool *pool, const char *text, size_t size, struct dlopen_entry **list)
{
	struct parser x = { .pool = pool, .p = text, .end = text + strnlen(text, size) };
	struct dlopen_entry *longer = *list;
	unsigned n = 0;
	int r;

	if (next_is(&x, '[')) {
		do
			r = ++n > ENTRIES_MAX ? -EBADMSG : read_object(&x, &longer);
		while (r == 0 && next_is(&x, ','));
		if (r == 0 && !next_is(&x, ']'))
			r = -EBADMSG;
	} else {
		r = read_object(&x, &longer);
	}
	skip_space(&x);
	if (r == 0 && x.p != x.end)
		r = -EBADMSG;
	if (r == 0)
		*list = longer;
	return r;
}
