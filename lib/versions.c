/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Versions. */
#include "versions.h"

#include <string.h>

#define DIGITS        "0123456789"
#define LETTERS       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Compares a leading run of these characters, and steps over both. */
static int compare_run(const char **a, const char **b, const char *characters)
{
	size_t a_length = strspn(*a, characters), b_length = strspn(*b, characters);
	size_t length = a_length < b_length ? a_length : b_length;
	int d = strncmp(*a, *b, length);

	if (characters[0] == '0' && a_length != b_length)
		d = 0; /* of two numbers the longer is greater */
	*a += a_length;
	*b += b_length;
	return d ? d : COMPARE(a_length, b_length);
}

int version_compare(const char *a, const char *b)
{
	int d;

	for (;;) {
		a += strcspn(a, DIGITS LETTERS "~-^.");
		b += strcspn(b, DIGITS LETTERS "~-^.");
		if (*a != '~' && *b != '~' && (!*a || !*b))
			return COMPARE(*a != '\0', *b != '\0');
		/* The one that has the separator is older. */
		for (const char *separator = "~-^."; *separator; separator++) {
			if (*a != *separator && *b != *separator)
				continue;
			d = COMPARE(*a != *separator, *b != *separator);
			if (d != 0)
				return d;
			a++;
			b++;
			if (*separator == '~')
				break; /* both may end there */
		}
		if (!*a || !*b)
			continue;
		if (strchr(DIGITS, *a) || strchr(DIGITS, *b)) {
			d = COMPARE(strchr(DIGITS, *a) != NULL, strchr(DIGITS, *b) != NULL);
			if (d != 0)
				return d;
			a += strspn(a, "0");
			b += strspn(b, "0");
			d = compare_run(&a, &b, DIGITS);
		} else {
			d = compare_run(&a, &b, LETTERS);
		}
		if (d != 0)
			return d;
	}
}
