/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a request say. */
#include "headers.h"

#include "elements.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define WHITE " \t"

/*
 * qvalue of RFC 9110 12.4.2, in thousandths: "1", "0.5", "1.000". Returns -1 for
 * anything else.
 */
static int parse_quality(const char *text, size_t length)
{
	int value, digit = 100;

	if (length == 0 || (text[0] != '0' && text[0] != '1'))
		return -1;
	value = (text[0] - '0') * 1000;
	if (length > 1 && text[1] != '.')
		return -1;
	if (length > 5) /* three digits after the point */
		return -1;
	for (size_t i = 2; i < length; i++, digit /= 10) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value += (text[i] - '0') * digit;
	}
	return value <= 1000 ? value : -1;
}

static void trim(const char **text, size_t *length)
{
	while (*length > 0 && strchr(WHITE, **text)) {
		(*text)++;
		(*length)--;
	}
	while (*length > 0 && strchr(WHITE, (*text)[*length - 1]))
		(*length)--;
}

static bool word_is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* One element of the header: a media range and its quality, 1 if it has none. */
static int parse_range(const char *element, size_t size, const char **ret_range, size_t *ret_length)
{
	const char *parameter;
	size_t length = 0, used;
	int quality = 1000;

	while (length < size && element[length] != ';')
		length++;
	*ret_range = element;
	*ret_length = length;
	for (used = length; used < size; used += length) {
		parameter = element + ++used; /* after the semicolon */
		for (length = 0; used + length < size && parameter[length] != ';';)
			length++;
		size_t trimmed = length;

		trim(&parameter, &trimmed);
		if (trimmed >= 2 && strncasecmp(parameter, "q=", 2) == 0)
			quality = parse_quality(parameter + 2, trimmed - 2);
	}
	trim(ret_range, ret_length);
	return quality;
}

/* The quality of media ranges, from the least to the most specific. -1: not mentioned. */
struct weights {
	int any, any_text, html, plain, other;
};

/* other: a type of which only its own name counts, or NULL. */
static struct weights weigh(const char *accept, const char *other)
{
	struct weights w = { -1, -1, -1, -1, -1 };
	const struct {
		const char *range;
		int *weight;
	} known[] = {
		{ "*/*", &w.any },
		{ "text/*", &w.any_text },
		{ "text/html", &w.html },
		{ "text/plain", &w.plain },
		{ other ? other : "", &w.other },
	};

	for (; accept && *accept; accept += *accept == ',') {
		size_t size = strcspn(accept, ","), length;
		const char *range;
		int quality = parse_range(accept, size, &range, &length);

		/* Of several versions of a type, the one that is liked best. */
		for (size_t i = 0; i < ELEMENTS(known); i++)
			if (word_is(range, length, known[i].range) && quality > *known[i].weight)
				*known[i].weight = quality;
		accept += size;
	}
	if (w.any_text < 0)
		w.any_text = w.any;
	if (w.html < 0)
		w.html = w.any_text;
	if (w.plain < 0)
		w.plain = w.any_text;
	return w;
}

bool accept_prefers_html(const char *accept)
{
	struct weights w = weigh(accept, NULL);

	return w.html > 0 && w.html > w.plain;
}

bool accept_names(const char *accept, const char *type)
{
	struct weights w = weigh(accept, type);

	return w.other > 0 && w.other >= w.plain;
}

bool host_is_valid(const char *host)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~!$&'()*+,;=%:[]";

	return host[strspn(host, allowed)] == '\0';
}

const char *target_path(const char *target)
{
	const char *authority = NULL;

	if (strncasecmp(target, "http://", strlen("http://")) == 0)
		authority = target + strlen("http://");
	else if (strncasecmp(target, "https://", strlen("https://")) == 0)
		authority = target + strlen("https://");
	if (!authority)
		return target;
	target = strchr(authority, '/');
	return target ? target : "/";
}
