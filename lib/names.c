/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of images, units and users. */
#include "names.h"

#include "elements.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* UNIT_NAME_MAX of systemd, with the NUL. */
#define UNIT_NAME_SIZE 256

/* valid_user_group_name() of systemd, for what it makes itself. */
#define DYNAMIC_USER_NAME_MAX 31

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

const char *image_id_problem(const char *id)
{
	if (id[0] == '\0')
		return "is empty";
	if (strlen(id) > IMAGE_ID_MAX)
		return "is longer than 64 characters";
	if (strchr(id, '_'))
		return "contains '_', where portablectl cuts the image's name; use '-'";
	if (id[strspn(id, LETTERS DIGITS "-.")] != '\0')
		return "may contain only letters, digits, '-' and '.'";
	if (!strchr(LETTERS DIGITS, id[0]))
		return "must begin with a letter or a digit";
	if (ends_with(id, ".raw") || ends_with(id, ".v"))
		return "ends with '.raw' or '.v', which portablectl removes";
	return NULL;
}

const char *image_version_problem(const char *version)
{
	if (version[0] == '\0')
		return "is empty";
	if (strlen(version) > IMAGE_VERSION_MAX)
		return "is longer than 64 characters";
	if (strchr(version, '_'))
		return "contains '_', which separates the parts of an image's file name";
	if (strchr(version, '+'))
		return "contains '+', which begins systemd's count of tries; use '.' or '^'";
	if (version[strspn(version, LETTERS DIGITS ".-~^")] != '\0')
		return "may contain only letters, digits, '.', '-', '~' and '^'";
	return NULL;
}

size_t image_prefix_length(const char *name)
{
	static const char *const suffixes[] = { ".raw.v", ".raw", ".v" };
	size_t length = strcspn(name, "_");

	if (name[length] == '_')
		return length;
	for (size_t i = 0; i < ELEMENTS(suffixes); i++)
		if (ends_with(name, suffixes[i]))
			return length - strlen(suffixes[i]);
	return length;
}

bool unit_belongs(const char *unit, const char *id)
{
	size_t length = id ? strlen(id) : 0;

	return !id || (strncmp(unit, id, length) == 0 && unit[length] != '\0' &&
		       strchr("-.@", unit[length]));
}

const char *unit_suffix(const char *name)
{
	return strrchr(name, '.');
}

bool unit_name_is_valid(const char *name)
{
	const char *suffix = unit_suffix(name);

	return suffix && suffix > name && name[0] != '@' && strlen(name) < UNIT_NAME_SIZE &&
	       name[strspn(name, LETTERS DIGITS ":-_.\\@")] == '\0';
}

bool user_name_is_valid(const char *name, bool is_dynamic)
{
	size_t length = strspn(name, is_dynamic ? LETTERS DIGITS "_-" : LETTERS DIGITS "_-.");

	return name[0] && strchr(LETTERS "_", name[0]) && name[length] == '\0' &&
	       (length <= DYNAMIC_USER_NAME_MAX || !is_dynamic);
}
