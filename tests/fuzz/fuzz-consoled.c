/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes on the console, in portions of any size: nothing is read astray, no answer has a
 * control character, and what is kept can be written and read again.
 */
#include "../../services/consoled/commands.c" /* so that the fuzzer sees its branches */
#include "../../services/consoled/table.c"

#include "format.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hear(void *userdata, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void hear(void *userdata, const char *format, ...)
{
	char line[1024];
	va_list arguments;
	size_t length;

	(void)userdata;
	va_start(arguments, format);
	length = format_text_list(line, sizeof line, format, arguments);
	va_end(arguments);
	assert(length < sizeof line);
	for (size_t i = 0; i < length; i++)
		assert((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	assert(utf8_is_valid(line));
}

static int take(void *userdata, const char *line, size_t size)
{
	struct table *table = userdata;
	char *copy = NULL;
	enum command command;

	if (line) {
		copy = malloc(size); /* as tight as it is, for the sanitizer */
		assert((copy || size == 0) && size <= LINE_SIZE_MAX);
		if (size > 0)
			memcpy(copy, line, size);
	}
	command = command_run(table, copy, size, hear, NULL);
	free(copy);
	return command == COMMAND_STOP;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static char text[TABLE_TEXT_SIZE_MAX], again_text[TABLE_TEXT_SIZE_MAX];
	static struct table table, again;
	struct lines lines = { 0 };
	size_t portion = size > 0 ? 1 + bytes[0] : 1, written, again_written, line = 0;
	int r;

	table.n = again.n = 0;
	for (size_t i = 0; i < size; i += portion) {
		if (lines_feed(&lines, (const char *)bytes + i,
			       size - i < portion ? size - i : portion, take, &table) != 0)
			break;
		assert(lines.size <= LINE_SIZE_MAX);
	}
	written = table_write(&table, text);
	r = table_read(&again, text, written, &line);
	assert(r == 0 && again.n == table.n);
	again_written = table_write(&again, again_text);
	assert(again_written == written && memcmp(text, again_text, written) == 0);

	/* and any bytes as the file */
	again.n = 0;
	r = table_read(&again, (const char *)bytes, size, &line);
	assert(r == 0 || line > 0);
	return 0;
}
