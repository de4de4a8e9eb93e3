/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/words.h"

#include <string.h>
#include <strings.h>

int word_find(const char *list, const char *word, size_t length)
{
	/* The analyzer takes the first NUL for the end of the list. */
	for (int i = 0; *list; i++, list += strlen(list) + 1) /* NOLINT(clang-analyzer-core.*) */
		if (strlen(list) == length && strncasecmp(list, word, length) == 0)
			return i;
	return -1;
}

const char *word_at(const char *list, int index)
{
	for (; *list;
	     index--, list += strlen(list) + 1) /* NOLINT(clang-analyzer-core.*): as above */
		if (index == 0)
			return list;
	return "?";
}

int word_index(const char *list, const char *word)
{
	int index = word_find(list, word, strlen(word));

	return index < 0 || strcmp(word_at(list, index), word) != 0 ? -1 : index;
}
