/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of texts, in a pool. */
#ifndef TEXT_LIST_H
#define TEXT_LIST_H

#include "pool.h"

#include <stdbool.h>

struct text_list {
	struct text_list *next;
	const char *text;
};

/* Adds a copy at the end, unless it is there. Returns 0 or -ENOMEM. */
int text_list_add(struct pool *pool, struct text_list **list, const char *text);

/* The same texts in an array, of which the last is NULL. NULL without memory. */
const char *const *text_list_array(struct pool *pool, const struct text_list *list);

bool text_list_has(const struct text_list *list, const char *text);

#endif
