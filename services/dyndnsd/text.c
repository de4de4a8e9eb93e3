/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text that grows. */
#include "text.h"

#include "format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	size_t n;

	if (text->room - text->size <= TEXT_PIECE_MAX) {
		size_t wanted = text->room * 2 + (size_t)2 * TEXT_PIECE_MAX;
		char *larger = realloc(text->bytes, wanted);

		if (!larger) {
			text->failed = true;
			return;
		}
		text->bytes = larger;
		text->room = wanted;
	}
	va_start(arguments, format);
	n = format_text_list(text->bytes + text->size, TEXT_PIECE_MAX, format, arguments);
	va_end(arguments);
	if (n >= TEXT_PIECE_MAX)
		text->failed = true;
	else
		text->size += n;
}

int text_finish(struct text *text, char **ret, size_t *ret_size)
{
	int r = text->failed || !text->bytes ? -ENOMEM : 0;

	if (r == 0) {
		*ret = text->bytes;
		*ret_size = text->size;
	} else {
		free(text->bytes);
	}
	*text = TEXT_EMPTY;
	return r;
}
