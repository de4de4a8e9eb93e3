/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/nsswitch.conf. */
#include "base/nsswitch.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\r\f\v"

/* What ends the services of a line. */
#define END "#\n"

const char *nsswitch_find(const char *text, const char *database)
{
	size_t length = strlen(database), name;
	const char *found = NULL;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		text += strspn(text, SPACE);
		name = strcspn(text, SPACE ":" END);
		/* Of two lines, the last one counts. */
		if (name == length && strncmp(text, database, length) == 0 && text[name] &&
		    !strchr(END, text[name]))
			found = text + name + strspn(text + name, SPACE ":");
	}
	return found;
}

/* Whether "[!STATUS=ACTION ...]" ends the search where a module is missing: UNAVAIL. */
static bool read_actions(const char *text, size_t length, bool ends)
{
	static const char unavail[] = "UNAVAIL", stop[] = "return";
	const char *end = text + length;

	while (text < end) {
		const char *equals = memchr(text, '=', (size_t)(end - text));
		const char *action;
		bool negated, is_unavail;

		text += strspn(text, SPACE);
		negated = *text == '!';
		text += negated;
		if (!equals || equals < text)
			break;
		is_unavail = strncasecmp(text, unavail, strlen(unavail)) == 0;
		action = equals + 1 + strspn(equals + 1, SPACE);
		if (action < end && is_unavail != negated)
			ends = strncasecmp(action, stop, strlen(stop)) == 0;
		text = action < end ? action : end;
		while (text < end && !strchr(SPACE, *text))
			text++;
	}
	return ends;
}

bool nsswitch_next(const char **services, struct nsswitch_service *ret)
{
	const char *text = *services + strspn(*services, SPACE);
	size_t length = strcspn(text, SPACE "[" END);

	*services = text;
	if (length == 0)
		return false;
	*ret = (struct nsswitch_service){ .name = text, .length = length };
	text += length + strspn(text + length, SPACE);
	while (*text == '[') {
		length = strcspn(++text, "]" END);
		ret->ends = read_actions(text, length, ret->ends);
		text += length;
		text += *text == ']';
		text += strspn(text, SPACE);
	}
	*services = text;
	return true;
}
