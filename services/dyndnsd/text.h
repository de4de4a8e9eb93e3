/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text that grows. A failure sticks, so only text_finish() has to be checked. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes;
	size_t size, room;
	bool failed;
};

#define TEXT_EMPTY ((struct text){ 0 })

/* More than the longest name with its escapes and the text around it. */
#define TEXT_PIECE_MAX 2048

/* Adds at most TEXT_PIECE_MAX bytes. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns 0 and hands the malloc'd bytes over, or -ENOMEM; the text is empty then. */
int text_finish(struct text *text, char **ret, size_t *ret_size);

#endif
