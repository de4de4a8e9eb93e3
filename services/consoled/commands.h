/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes in on the console, as lines, and what they do to the table. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "table.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest command, "set" with its key and value, and room for blanks and mistakes. */
#define LINE_SIZE_MAX 512

struct lines {
	char bytes[LINE_SIZE_MAX];
	size_t size;
	bool too_long; /* the line that is coming in, which is dropped */
};

/*
 * Takes bytes as they come, and hands out each line without its line feed. One that is
 * longer than LINE_SIZE_MAX is handed out as NULL, once.
 *
 * Stops when take() returns anything but 0, and returns that; what follows is lost.
 */
int lines_feed(struct lines *lines, const char *bytes, size_t size,
	       int (*take)(void *userdata, const char *line, size_t size), void *userdata);

enum command {
	COMMAND_DONE, /* nothing is left to do */
	COMMAND_SAVE,
	COMMAND_STOP, /* save, and end */
};

/* Says one line of an answer. Text that came from the console is valid, or escaped. */
typedef void say_line(void *userdata, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Does what one line says, as in consoled(8). line: NULL for one that was too long. */
enum command command_run(struct table *table, const char *line, size_t size, say_line *say,
			 void *userdata);

#endif
