/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/ld.so.conf. */
#include "base/ld-conf.h"

#include <string.h>

#define SPACE " \t\r\f\v"

const char *ld_conf_next(const char **text, size_t *ret_length, bool *ret_is_include)
{
	static const char include[] = "include", hwcap[] = "hwcap";
	const char *line = *text, *next;
	size_t length;

	for (; *line; line = next) {
		line += strspn(line, SPACE "\n");
		length = strcspn(line, "#\n");
		next = line + length;
		next += strcspn(next, "\n");
		*ret_is_include = strncmp(line, include, strlen(include)) == 0 &&
				  strchr(SPACE, line[strlen(include)]) && line[strlen(include)];
		if (*ret_is_include) {
			/* Patterns of one line, one by one: the rest of the line begins with them. */
			line += strlen(include);
			line += strspn(line, SPACE);
			length = strcspn(line, SPACE "#\n");
		} else {
			/* "DIRECTORY=TYPE" is of libc5. */
			length = strcspn(line, SPACE "#\n:,=");
		}
		if (length == 0 || strncmp(line, hwcap, strlen(hwcap)) == 0)
			continue;
		*ret_length = length;
		/* Further directories of the line are separated by space, ':' or ','. */
		next = line + length;
		if (*next == '=' || *ret_is_include)
			next += strcspn(next, "\n");
		else
			next += strspn(next, SPACE ":,");
		*text = next;
		return line;
	}
	*text = line;
	return NULL;
}
