/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of an image. */
#include "units/unit.h"

#include "elements.h"
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void unit_list_release(struct unit *units)
{
	for (; units; units = units->next)
		unit_file_release(&units->file);
}

const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units; units = units->next)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

const char *unit_value(const struct unit *unit, const char *section, const char *key)
{
	const char *value = unit_file_last(&unit->file, section, key);

	return value ? value : "";
}

bool unit_is_service(const struct unit *unit)
{
	return strcmp(unit->suffix, ".service") == 0;
}

bool unit_is_template(const struct unit *unit)
{
	return unit->suffix > unit->name && unit->suffix[-1] == '@';
}

__attribute__((format(printf, 4, 0))) static void report(const struct unit *unit, unsigned line,
							 bool undecided, const char *format,
							 va_list arguments)
{
	char message[LOG_LINE_MAX];

	(void)vsnprintf(message, sizeof message, format, arguments);
	if (unit->report)
		unit->report(unit->report_userdata, unit, line, undecided, message);
	else if (line > 0)
		log_error("%s:%u: %s", unit->shown, line, message);
	else
		log_error("%s: %s", unit->shown, message);
}

void unit_error(const struct unit *unit, unsigned line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(unit, line, false, format, arguments);
	va_end(arguments);
}

void unit_undecided(const struct unit *unit, unsigned line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(unit, line, true, format, arguments);
	va_end(arguments);
}

char *unit_origin(const struct unit *unit, unsigned line, struct pool *pool)
{
	return pool_format(pool, "%s:%u", unit->shown, line);
}

/* The value of a specifier, and its length. Returns false if it is known only at start. */
static bool meaning(const struct unit *unit, char letter, const char **ret, size_t *ret_length)
{
	/* Of the system manager, by file-hierarchy(7). */
	static const struct {
		char letter;
		const char *path;
	} fixed[] = {
		{ '%', "%" },    { 'S', "/var/lib" }, { 'C', "/var/cache" }, { 'L', "/var/log" },
		{ 'E', "/etc" }, { 't', "/run" },     { 'T', "/tmp" },       { 'V', "/var/tmp" },
	};
	size_t stem = (size_t)(unit->suffix - unit->name);

	for (size_t i = 0; i < ELEMENTS(fixed); i++) {
		if (fixed[i].letter == letter) {
			*ret = fixed[i].path;
			*ret_length = strlen(fixed[i].path);
			return true;
		}
	}
	if (letter == '\0' || !strchr("nNp", letter) || unit_is_template(unit))
		return false;
	*ret = unit->name;
	*ret_length = letter == 'n'   ? strlen(unit->name)
		      : letter == 'N' ? stem
				      : strcspn(unit->name, "@");
	if (letter == 'p' && *ret_length > stem)
		*ret_length = stem;
	return true;
}

int unit_expand(const struct unit *unit, const char *text, struct pool *pool, const char **ret,
		char *ret_letter)
{
	const char *replacement;
	size_t size = strlen(text) + 1, length, used = 0;
	char *out;

	for (const char *p = text; *p; p++)
		size += *p == '%' ? strlen(unit->name) + sizeof "/var/cache" : 0;
	out = pool_take(pool, size);
	if (!out)
		return -ENOMEM;
	for (const char *p = text; *p; p++) {
		if (*p != '%') {
			out[used++] = *p;
			continue;
		}
		p++;
		if (!meaning(unit, *p, &replacement, &length)) {
			*ret_letter = *p;
			return 1;
		}
		memcpy(out + used, replacement, length);
		used += length;
	}
	*ret = out;
	return 0;
}
