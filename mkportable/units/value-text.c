/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts, as the checkers of values read them. */
#include "units/value-text.h"

#include <string.h>

bool value_consists_of(const char *text, const char *characters)
{
	return text[0] && text[strspn(text, characters)] == '\0';
}

/* What follows a beginning; NULL if the text begins with something else. */
const char *value_after(const char *text, const char *beginning)
{
	size_t length = strlen(beginning);

	return strncmp(text, beginning, length) == 0 ? text + length : NULL;
}

/*
 * The text before a separator, in the pool; *ret_rest: what follows, NULL without one. A
 * backslash takes its meaning from a ':'.
 */
const char *value_cut(struct checked *c, const char *text, char separator, const char **ret_rest)
{
	const char *end = strchrnul(text, separator), *part;

	while (separator == ':' && *end && end > text && end[-1] == '\\')
		end = strchrnul(end + 1, separator);
	part = pool_copy_bytes(c->pool, text, (size_t)(end - text));
	*ret_rest = *end ? end + 1 : NULL;
	c->no_memory |= !part;
	return part ? part : "";
}

/* words: separated by spaces. */
bool value_is_one_of(const char *text, const char *words)
{
	size_t length = strlen(text);

	for (; *words; words += strspn(words, " ")) {
		size_t word = strcspn(words, " ");

		if (word == length && strncmp(text, words, length) == 0)
			return true;
		words += word;
	}
	return false;
}

bool value_has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}
