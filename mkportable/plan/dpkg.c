/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dpkg and Debian's packages say about themselves. */
#include "plan/dpkg.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The value of a field, without white space around it; NULL: the line is another one. */
static char *value_of(char *line, const char *field)
{
	size_t length = strlen(field);
	char *end;

	if (strncasecmp(line, field, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	line += strspn(line, " \t");
	end = line + strlen(line);
	while (end > line && strchr(" \t\r", end[-1]))
		end--;
	*end = '\0';
	return line;
}

/* "install ok installed"; of what was removed, only files in /etc may be left. */
static bool is_unpacked(const char *status)
{
	const char *state = strrchr(status, ' ');

	return state && strcmp(state, " not-installed") != 0 && strcmp(state, " config-files") != 0;
}

int dpkg_read_status(struct pool *pool, char *text, struct dpkg_package **ret)
{
	struct dpkg_package *first = NULL, **end = &first, package = { 0 };
	bool unpacked = false, at_end;
	char *line, *value;

	do {
		line = strsep(&text, "\n");
		at_end = !line;
		if (!at_end && line[0]) {
			if ((value = value_of(line, "Package")))
				package.name = value;
			else if ((value = value_of(line, "Version")))
				package.version = value;
			else if ((value = value_of(line, "Architecture")))
				package.architecture = value;
			else if ((value = value_of(line, "Status")))
				unpacked = is_unpacked(value);
			continue;
		}
		if (unpacked && package.name && package.name[0] && package.version &&
		    package.architecture) {
			*end = pool_take(pool, sizeof package);
			if (!*end)
				return -ENOMEM;
			**end = package;
			end = &(*end)->next;
		}
		package = (struct dpkg_package){ 0 };
		unpacked = false;
	} while (!at_end);
	*ret = first;
	return 0;
}

int dpkg_read_licenses(struct pool *pool, char *text, struct dpkg_license **ret)
{
	struct dpkg_license *first = NULL, **end;
	unsigned n = 0;
	char *line, *name;

	/* Its first field, which no free text begins with. */
	if (strncasecmp(text, "Format:", strlen("Format:")) != 0)
		text = NULL;
	while ((line = strsep(&text, "\n"))) {
		name = value_of(line, "License");
		if (!name || !name[0])
			continue;
		for (end = &first; *end && strcmp((*end)->name, name) != 0;)
			end = &(*end)->next;
		if (*end || ++n > DPKG_LICENSES_MAX)
			continue;
		*end = pool_take(pool, sizeof **end);
		if (!*end)
			return -ENOMEM;
		(*end)->name = name;
	}
	*ret = first;
	return 0;
}
