/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of texts. */
#include "text-list.h"

#include <errno.h>
#include <string.h>

int text_list_add(struct pool *pool, struct text_list **list, const char *text)
{
	struct text_list *added;

	while (*list) {
		if (strcmp((*list)->text, text) == 0)
			return 0;
		list = &(*list)->next;
	}
	added = pool_take(pool, sizeof *added);
	if (!added)
		return -ENOMEM;
	added->text = pool_copy(pool, text);
	if (!added->text)
		return -ENOMEM;
	*list = added;
	return 0;
}

const char *const *text_list_array(struct pool *pool, const struct text_list *list)
{
	const char **array;
	size_t n = 1;

	for (const struct text_list *entry = list; entry; entry = entry->next)
		n++;
	array = pool_take(pool, n * sizeof *array);
	for (n = 0; array && list; list = list->next)
		array[n++] = list->text;
	return array;
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (; list; list = list->next)
		if (strcmp(list->text, text) == 0)
			return true;
	return false;
}
