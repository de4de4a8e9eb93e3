/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit files of this system, and what their names and specifiers say. */
#include "units/units.h"

#include "fd.h"
#include "file.h"
#include "log.h"
#include "units/values.h"

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

/* Keeps them sorted, so that what a boot does depends on no file system's order. */
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

static bool is_there(const struct units *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (strcmp(units->at[i].name, name) == 0)
			return true;
	return false;
}

/* A link to a file of another name is an alias. /dev/null masks and is no alias. */
static bool is_alias(int folder_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(folder_fd, name, target, sizeof target - 1);
	const char *slash;

	if (length < 0)
		return false;
	target[length] = '\0';
	if (strcmp(target, "/dev/null") == 0)
		return false;
	slash = strrchr(target, '/');
	return strcmp(slash ? slash + 1 : target, name) != 0;
}

static int read_unit(int folder_fd, const char *name, struct units *units)
{
	char escaped[LOG_ESCAPED_SIZE], *bytes = NULL;
	struct boot_unit unit;
	struct stat st;
	size_t size = 0;
	int r;

	if (is_there(units, name) || is_alias(folder_fd, name))
		return 0;
	if (fstatat(folder_fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode)) {
		/* A folder of drop-ins or of links is not read; what it says does not hold. */
		log_warning("%s: drop-ins and .wants/ links are not read, ignoring",
			    log_escape(name, escaped));
		return 0;
	}
	/* /dev/null is no regular file: that is the mask. */
	r = file_read(folder_fd, name, UNIT_FILE_SIZE_MAX, &bytes, &size);
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

static int read_folder(const char *path, struct units *units)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!folder)
		return 0;
	while (r == 0 && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && strchr(entry->d_name, '.'))
			r = read_unit(dirfd(folder), entry->d_name, units);
	(void)closedir(folder);
	return r;
}

int units_read(const char *const folders[], struct units *ret)
{
	int r = 0;

	*ret = (struct units){ 0 };
	for (; *folders && r == 0; folders++)
		r = read_folder(*folders, ret);
	return r;
}

/* What one specifier stands for. Returns its length, or -1. */
static ssize_t meaning(const struct boot_unit *unit, const char *instance, char letter,
		       const char **ret)
{
	/* file-hierarchy(7); those of a system manager are fixed. */
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
			length = p[1] ? meaning(unit, instance, *++p, &part) : -1;
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
