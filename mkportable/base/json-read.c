/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads JSON. */
#include "base/json-read.h"

#include <errno.h>
#include <string.h>

/* Values that are not of interest may be nested; none is in practice. */
#define DEPTH_MAX 16

static void skip_space(struct json_reader *x)
{
	while (x->p < x->end && strchr(" \t\r\n", *x->p))
		x->p++;
}

void json_reader_open(struct json_reader *reader, struct pool *pool, const char *text, size_t size)
{
	*reader = (struct json_reader){ pool, text, text + strnlen(text, size) };
}

bool json_next_is(struct json_reader *x, char c)
{
	skip_space(x);
	if (x->p == x->end || *x->p != c)
		return false;
	x->p++;
	return true;
}

bool json_at_end(struct json_reader *x)
{
	skip_space(x);
	return x->p == x->end;
}

int json_read_string(struct json_reader *x, const char **ret)
{
	char *text, *out;
	size_t length = 0;

	if (!json_next_is(x, '"'))
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

int json_read_name(struct json_reader *x, const char **ret)
{
	int r = json_read_string(x, ret);

	return r == 0 && !json_next_is(x, ':') ? -EBADMSG : r;
}

static int skip_value(struct json_reader *x, unsigned depth)
{
	const char *text, *start;
	bool object;
	int r;

	skip_space(x);
	if (x->p == x->end || depth == DEPTH_MAX)
		return -EBADMSG;
	if (*x->p == '"')
		return json_read_string(x, &text);
	if (*x->p != '{' && *x->p != '[') {
		start = x->p;
		while (x->p < x->end && !strchr(" \t\r\n,]}\"{[:", *x->p))
			x->p++;
		return x->p > start ? 0 : -EBADMSG;
	}
	object = *x->p++ == '{';
	if (json_next_is(x, object ? '}' : ']'))
		return 0;
	do {
		r = object ? json_read_name(x, &text) : 0;
		if (r == 0)
			r = skip_value(x, depth + 1);
	} while (r == 0 && json_next_is(x, ','));
	return r < 0 || json_next_is(x, object ? '}' : ']') ? r : -EBADMSG;
}

int json_skip_value(struct json_reader *x)
{
	return skip_value(x, 0);
}
