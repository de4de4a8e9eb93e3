/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/units.h"

#include "fd.h"
#include "file.h"
#include "format.h"
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
	struct unit_link *link;

	while ((link = unit->links)) {
		unit->links = link->next;
		free(link);
	}
	if (unit->origin == UNIT_OF_FILE)
		unit_file_release(&unit->file);
	free(unit->name);
	*unit = (struct boot_unit){ 0 };
}

void units_release(struct units *units)
{
	while (units->n > 0) {
		unit_release(units->at[--units->n]);
		free(units->at[units->n]);
	}
	free(units->at);
	*units = (struct units){ 0 };
}

bool unit_is(const struct boot_unit *unit, const char *suffix)
{
	return strcmp(unit->suffix, suffix) == 0;
}

bool is_template(const struct boot_unit *unit)
{
	return unit->suffix > unit->name && unit->suffix[-1] == '@';
}

bool has_install(const struct boot_unit *unit)
{
	return unit_file_has_section(&unit->file, "Install");
}

bool unit_is_there(const struct boot_unit *unit)
{
	return unit->file.n > 0 && !unit->masked;
}

/* Where the unit of that name is, or would be. */
static size_t position(const struct units *units, const char *name)
{
	size_t low = 0, high = units->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(units->at[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct boot_unit *unit_find(const struct units *units, const char *name)
{
	size_t i = position(units, name);

	return i < units->n && strcmp(units->at[i]->name, name) == 0 ? units->at[i] : NULL;
}

/*
 * Sorted by name: a boot does not depend on the order of directory entries. Takes the unit,
 * also on failure.
 */
static struct boot_unit *insert(struct units *units, struct boot_unit unit)
{
	struct boot_unit *new = malloc(sizeof *new), **larger = units->at;
	size_t i = position(units, unit.name);

	if (units->n == units->room)
		larger = reallocarray(larger, units->room * 2 + 64, sizeof(struct boot_unit *));
	if (larger && units->n == units->room)
		units->room = units->room * 2 + 64;
	if (larger)
		units->at = larger;
	if (!new || !larger) {
		free(new);
		unit_release(&unit);
		return NULL;
	}
	*new = unit;
	memmove(larger + i + 1, larger + i, (units->n++ - i) * sizeof(struct boot_unit *));
	larger[i] = new;
	if (!units->first)
		units->end = &units->first;
	*units->end = new;
	units->end = &new->next;
	return new;
}

struct boot_unit *unit_add(struct units *units, const char *name, const char *bytes, size_t size)
{
	struct boot_unit unit;

	return unit_parse(name, bytes, size, &unit) < 0 ? NULL : insert(units, unit);
}

/* systemd.unit(5): letters, digits, ":-_.\\" and "@", and a type. */
static bool is_unit_name(const char *name)
{
	size_t length = strlen(name);
	const char *suffix = strrchr(name, '.');

	return length <= NAME_MAX && suffix && suffix > name &&
	       strspn(name, "0123456789:-_.\\@abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

/* The template of an instance, or NULL. */
static const struct boot_unit *template_of(const struct units *units, const char *name)
{
	const char *at = strchr(name, '@'), *suffix = strrchr(name, '.');
	char template[NAME_MAX + 2];

	if (!is_unit_name(name) || !at || suffix <= at + 1)
		return NULL;
	(void)format_text(template, sizeof template, "%.*s%s", (int)(at + 1 - name), name, suffix);
	return unit_find(units, template);
}

struct boot_unit *unit_get(struct units *units, const char *name)
{
	struct boot_unit *found = unit_find(units, name), unit;
	const struct boot_unit *template;

	if (found)
		return found;
	if (unit_parse(name, "", 0, &unit) < 0)
		return NULL;
	unit_file_release(&unit.file);
	unit.origin = UNIT_MISSING;
	template = template_of(units, name);
	if (template) {
		unit.file = template->file;
		unit.masked = template->masked;
		unit.origin = UNIT_INSTANCE;
	}
	return insert(units, unit);
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
	struct stat st;
	size_t size = 0;
	int r;

	if (unit_find(units, name) || is_alias(directory_fd, name))
		return 0;
	if (fstatat(directory_fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode)) {
		log_warning("%s: drop-ins and .wants/ links are not supported, ignoring",
			    log_escape(name, escaped));
		return 0;
	}
	if (!is_unit_name(name)) {
		log_warning("'%s': not a name of a unit, ignoring", log_escape(name, escaped));
		return 0;
	}
	/* A mask: /dev/null is no regular file, -EINVAL. */
	r = file_read(directory_fd, name, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r < 0 && r != -EINVAL)
		log_failure(r, "cannot read '%s', ignoring", log_escape(name, escaped));
	r = unit_add(units, name, bytes, size) ? 0 : -ENOMEM;
	free(bytes);
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
