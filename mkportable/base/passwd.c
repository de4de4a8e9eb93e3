/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/passwd and /etc/group: "NAME:PASSWORD:NUMBER:…". */
#include "base/passwd.h"

#include <string.h>

static bool is_field(const char *field, const char *name)
{
	size_t length = strcspn(field, ":\n");

	return field[length] == ':' && length == strlen(name) && strncmp(field, name, length) == 0;
}

/* The field behind this one; at the end of the line, that end. */
static const char *next_field(const char *field)
{
	field += strcspn(field, ":\n");
	return field + (*field == ':');
}

bool passwd_has(const char *text, const char *name)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		text += strspn(text, " \t");
		if (*text == '#') /* glibc skips these */
			continue;
		if (is_field(text, name) || is_field(next_field(next_field(text)), name))
			return true;
	}
	return false;
}
