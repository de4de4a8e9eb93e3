/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of an image. */
#include "units/unit.h"

#include "elements.h"
#include "log.h"

#include <ctype.h>
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
	return line > 0 ? pool_format(pool, "%s:%u", unit->shown, line)
			: pool_copy(pool, unit->shown);
}

/* The kernel's limit of one argument or assignment (MAX_ARG_STRLEN). */
#define EXPANDED_SIZE_MAX 131072

/* systemd's unit_name_unescape(): '-' is '/', "\xNN" a byte. */
static const char *unescape(struct pool *pool, const char *text)
{
	char *kept = pool_copy(pool, text), *out = kept;

	for (const char *p = text; kept && *p; p++) {
		unsigned byte;

		if (p[0] == '\\' && p[1] == 'x' && isxdigit((unsigned char)p[2]) &&
		    isxdigit((unsigned char)p[3])) {
			const char digits[] = { p[2], p[3], '\0' };

			byte = (unsigned)strtoul(digits, NULL, 16);
			p += 3;
			*out++ = (char)byte;
		} else {
			*out++ = *p == '-' ? '/' : *p;
		}
	}
	if (kept)
		*out = '\0';
	return kept;
}

/*
 * The value of a specifier. Returns 0 and *ret, 1 if it is known only at start, or
 * -ENOMEM.
 */
static int meaning(const struct unit *unit, char letter, struct pool *pool, const char **ret)
{
	/* Of the system manager, by file-hierarchy(7). */
	static const struct {
		char letter;
		const char *path;
	} fixed[] = {
		{ '%', "%" },    { 'S', "/var/lib" }, { 'C', "/var/cache" }, { 'L', "/var/log" },
		{ 'E', "/etc" }, { 't', "/run" },     { 'T', "/tmp" },       { 'V', "/var/tmp" },
	};
	size_t stem = (size_t)(unit->suffix - unit->name), prefix = strcspn(unit->name, "@");
	const char *part = NULL, *dash;

	for (size_t i = 0; i < ELEMENTS(fixed); i++) {
		if (fixed[i].letter == letter) {
			*ret = fixed[i].path;
			return 0;
		}
	}
	if (letter == '\0' || !strchr("nNpPjJiI", letter) ||
	    (strchr("nNiI", letter) && unit_is_template(unit)))
		return 1;
	prefix = prefix > stem ? stem : prefix;
	switch (letter) {
	case 'n':
		part = unit->name;
		break;
	case 'N':
		part = pool_copy_bytes(pool, unit->name, stem);
		break;
	case 'i':
	case 'I':
		part = pool_copy_bytes(pool, unit->name + prefix + (prefix < stem),
				       stem - prefix - (prefix < stem));
		break;
	default:
		part = pool_copy_bytes(pool, unit->name, prefix);
		dash = part && strchr("jJ", letter) ? strrchr(part, '-') : NULL;
		part = dash ? dash + 1 : part;
	}
	if (part && strchr("PJI", letter))
		part = unescape(pool, part);
	*ret = part;
	return part ? 0 : -ENOMEM;
}

int unit_expand(const struct unit *unit, const char *text, struct pool *pool, const char **ret,
		char *ret_letter)
{
	const char *percent;
	char *value = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&value, &size);
	int r = file ? 0 : -ENOMEM;

	for (; r == 0 && (percent = strchr(text, '%')); text = percent + 1 + (percent[1] != '\0')) {
		const char *replacement;

		r = meaning(unit, percent[1], pool, &replacement);
		if (r == 0) {
			(void)fwrite(text, 1, (size_t)(percent - text), file);
			(void)fputs(replacement, file);
		}
		if (r > 0 || ftello(file) > EXPANDED_SIZE_MAX) {
			*ret_letter = percent[1];
			r = 1;
		}
	}
	if (r == 0)
		(void)fputs(text, file);
	if (file && fclose(file) != 0)
		r = -ENOMEM;
	if (r != 0) {
		free(value);
		return r;
	}
	*ret = pool_adopt(pool, value);
	return *ret ? 0 : -ENOMEM;
}
