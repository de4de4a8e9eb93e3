/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/units.h"

#include "fd.h"
#include "file.h"
#include "log.h"
#include "units/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void report(void *userdata, unsigned line, const char *what)
{
	const struct boot_unit *unit = userdata;

	log_warning("%s:%u: %s, ignoring", unit->name, line, what);
}

int unit_parse(const char *name, const char *bytes, size_t size, struct boot_unit *ret)
{
	struct boot_unit unit = { .name = strdup(name) };
	int r;

	if (!unit.name)
		return -ENOMEM;
	unit.suffix = strrchr(unit.name, '.');
	if (!unit.suffix)
		unit.suffix = unit.name + strlen(unit.name);
	r = unit_file_parse(bytes, size, report, &unit, &unit.file);
	if (r < 0) {
		free(unit.name);
		return r;
	}
	*ret = unit;
	return 0;
}

void unit_release(struct boot_unit *unit)
{
	unit_file_release(&unit->file);
	free(unit->name);
	*unit = (struct boot_unit){ 0 };
}

void units_release(struct units *units)
{
	while (units->n > 0)
		unit_release(&units->at[--units->n]);
	free(units->at);
	units->at = NULL;
}

bool unit_is(const struct boot_unit *unit, const char *suffix)
{
	return strcmp(unit->suffix, suffix) == 0;
}

bool is_template(const struct boot_unit *unit)
{
	return unit->suffix > unit->name && unit->suffix[-1] == '@';
}

/* Sorted by name: a boot does not depend on the order of directory entries. */
static int insert(struct units *units, struct boot_unit unit)
{
	struct boot_unit *larger = reallocarray(units->at, units->n + 1, sizeof *larger);
	size_t i = units->n;

	if (!larger)
		return -ENOMEM;
	units->at = larger;
	for (; i > 0 && strcmp(larger[i - 1].name, unit.name) > 0; i--)
		larger[i] = larger[i - 1];
	larger[i] = unit;
	units->n++;
	return 0;
}

static bool has_unit(const struct units *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (strcmp(units->at[i].name, name) == 0)
			return true;
	return false;
}

/* A link to a file of another name is an alias; a link to /dev/null is not: it masks. */
static bool is_alias(int directory_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(directory_fd, name, target, sizeof target - 1);
	const char *slash;

	if (length < 0)
		return false;
	target[length] = '\0';
	if (strcmp(target, "/dev/null") == 0)
		return false;
	slash = strrchr(target, '/');
	return strcmp(slash ? slash + 1 : target, name) != 0;
}

static int read_unit(int directory_fd, const char *name, struct units *units)
{
	char escaped[LOG_ESCAPED_SIZE], *bytes = NULL;
	struct boot_unit unit;
	struct stat st;
	size_t size = 0;
	int r;

	if (has_unit(units, name) || is_alias(directory_fd, name))
		return 0;
	if (fstatat(directory_fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode)) {
		log_warning("%s: drop-ins and .wants/ links are not supported, ignoring",
			    log_escape(name, escaped));
		return 0;
	}
	/* A mask: /dev/null is no regular file, -EINVAL. */
	r = file_read(directory_fd, name, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r < 0 && r != -EINVAL)
		log_failure(r, "cannot read '%s', ignoring", log_escape(name, escaped));
	r = unit_parse(name, bytes, size, &unit);
	free(bytes);
	if (r < 0)
		return r;
	r = insert(units, unit);
	if (r < 0)
		unit_release(&unit);
	return r;
}

static int read_directory(const char *path, struct units *units)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return 0;
	while (r == 0 && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && strchr(entry->d_name, '.'))
			r = read_unit(dirfd(directory), entry->d_name, units);
	(void)closedir(directory);
	return r;
}

int units_read(const char *const directories[], struct units *ret)
{
	int r = 0;

	*ret = (struct units){ 0 };
	for (; *directories && r == 0; directories++)
		r = read_directory(*directories, ret);
	return r;
}

/* Sets *ret to the text of a specifier. Returns its length, or -1. */
static ssize_t look_up_specifier(const struct boot_unit *unit, const char *instance, char letter,
				 const char **ret)
{
	/* systemd.unit(5): those of the system manager. */
	static const char letters[] = "SCLEtTV";
	static const char paths[] = "/var/lib\0/var/cache\0/var/log\0/etc\0/run\0/tmp\0/var/tmp\0";
	const char *found = strchr(letters, letter), *at;

	if (found) {
		*ret = word_at(paths, (int)(found - letters));
		return (ssize_t)strlen(*ret);
	}
	at = memchr(unit->name, '@', (size_t)(unit->suffix - unit->name));
	*ret = unit->name;
	switch (letter) {
	case '%':
		*ret = "%";
		return 1;
	case 'p':
		return (at ? at : unit->suffix) - unit->name;
	case 'i':
	case 'I':
		*ret = instance ? instance : at ? at + 1 : "";
		return instance ? (ssize_t)strlen(instance) : at ? unit->suffix - *ret : 0;
	case 'n':
		return instance ? -1 : (ssize_t)strlen(unit->name);
	case 'N':
		return instance ? -1 : unit->suffix - unit->name;
	default:
		return -1;
	}
}

int expand_specifiers(const struct boot_unit *unit, const char *instance, const char *text,
		      char **ret)
{
	const char *part;
	size_t size = strlen(text) + 1, used = 0, widest;
	ssize_t length;
	char *out;

	widest = strlen(unit->name) + (instance ? strlen(instance) : 0) + sizeof "/var/cache";
	for (const char *p = text; *p; p++)
		size += *p == '%' ? widest : 0;
	out = malloc(size);
	if (!out)
		return -ENOMEM;
	for (const char *p = text; *p; p++) {
		part = p;
		length = 1;
		if (*p == '%') {
			length = p[1] ? look_up_specifier(unit, instance, *++p, &part) : -1;
			if (length < 0) {
				free(out);
				return -EINVAL;
			}
		}
		memcpy(out + used, part, (size_t)length);
		used += (size_t)length;
	}
	out[used] = '\0';
	*ret = out;
	return 0;
}
