/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/users.h"

#include "file.h"
#include "format.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* More than the users of an image need; a larger file is not read. */
#define FILE_SIZE_MAX ((size_t)1024 * 1024)

bool user_is_dynamic(uid_t uid)
{
	return uid >= USER_DYNAMIC_MIN && uid <= USER_DYNAMIC_MAX;
}

uid_t user_next(uid_t uid)
{
	return uid == USER_DYNAMIC_MAX ? USER_DYNAMIC_MIN : uid + 1;
}

void user_name(const struct service *service, char ret[static USER_NAME_SIZE])
{
	const struct boot_unit *unit = service->unit;

	if (service->user)
		(void)format_text(ret, USER_NAME_SIZE, "%s", service->user);
	else /* all instances of a template share one */
		(void)format_text(ret, USER_NAME_SIZE, "%.*s", (int)strcspn(unit->name, "@."),
				  unit->name);
}

/* FNV-1a: good enough to spread names over four thousand numbers. */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619;
	return value;
}

/* Takes one field off a line. */
static void next_field(const char **line, const char **ret, size_t *ret_length)
{
	*ret = *line;
	*ret_length = strcspn(*line, ":\n");
	*line += *ret_length;
	if (**line == ':')
		(*line)++;
}

int user_look_up(const char *file, const char *name, uint64_t *ret, uint64_t *ret_group)
{
	const char *line, *field, *third, *fourth;
	size_t size, length, name_length = strlen(name), third_length, fourth_length;
	char *bytes;
	int r = -ESRCH;

	if (file_read(AT_FDCWD, file, FILE_SIZE_MAX, &bytes, &size) < 0)
		return -ESRCH;
	for (line = bytes; *line && r < 0; line += strcspn(line, "\n"), line += *line == '\n') {
		bool same;

		next_field(&line, &field, &length);
		same = length == name_length && memcmp(field, name, length) == 0;
		next_field(&line, &field, &length);
		next_field(&line, &third, &third_length);
		next_field(&line, &fourth, &fourth_length);
		if (!same || parse_uint_bytes(third, third_length, 0, UINT32_MAX - 1, ret) < 0)
			continue;
		if (!ret_group ||
		    parse_uint_bytes(fourth, fourth_length, 0, UINT32_MAX - 1, ret_group) == 0)
			r = 0;
	}
	free(bytes);
	return r;
}

int user_find(const struct service *service, uid_t *ret)
{
	char name[USER_NAME_SIZE];
	uint64_t number;

	if (service->user) {
		if (parse_uint(service->user, 0, UINT32_MAX - 1, &number) == 0 ||
		    user_look_up("/etc/passwd", service->user, &number, NULL) == 0) {
			*ret = (uid_t)number;
			return 0;
		}
		if (strcmp(service->user, "root") == 0) {
			*ret = 0;
			return 0;
		}
		if (!service->dynamic_user)
			return -ESRCH;
	}
	user_name(service, name);
	*ret = USER_DYNAMIC_MIN + hash(name) % USER_DYNAMIC_N;
	return 0;
}
