/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of portablectl(1). */
#include "units/profile.h"

#include "elements.h"
#include "file.h"
#include "log.h"
#include "units/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* portable_profile_dirs() of systemd, in its order. */
static const char *const directories[] = {
	"/etc/systemd/portable/profile",
	"/run/systemd/portable/profile",
	"/usr/local/lib/systemd/portable/profile",
	"/usr/lib/systemd/portable/profile",
};

static void count(void *userdata, unsigned line, const char *what)
{
	(void)line;
	(void)what;
	++*(unsigned *)userdata;
}

static int find(struct pool *pool, const char *root, const char *name, const char **ret)
{
	const char *path;
	struct stat st;

	if (strchr(name, '/')) {
		path = stat(name, &st) == 0 && S_ISDIR(st.st_mode)
			       ? pool_format(pool, "%s/service.conf", name)
			       : pool_copy(pool, name);
		*ret = path;
		return path ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		path = pool_format(pool, "%s%s/%s/service.conf", root, directories[i], name);
		if (!path)
			return -ENOMEM;
		/* lstat(2): systemd takes a dangling link for the profile as well. */
		if (lstat(path, &st) == 0) {
			*ret = path;
			return 0;
		}
	}
	return -ENOENT;
}

int profile_read(struct pool *pool, const char *root, const char *name, struct profile *ret)
{
	struct profile profile = { .name = name };
	unsigned problems = 0;
	char *bytes;
	size_t size;
	int r;

	r = find(pool, root, name, &profile.path);
	if (r < 0)
		return r;
	r = file_read(AT_FDCWD, profile.path, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	r = unit_file_parse(bytes, size, count, &problems, &profile.settings);
	free(bytes);
	if (r < 0)
		return r;
	if (problems > 0) {
		unit_file_release(&profile.settings);
		return -EINVAL;
	}
	*ret = profile;
	return 0;
}

void profile_release(struct profile *profile)
{
	unit_file_release(&profile->settings);
}

/* The profiles that exist: " (there are 'a', 'b')"; or "". */
static const char *others(struct pool *pool)
{
	const char *text = "", *last = "";
	struct profile_file *file = NULL;
	char shown[LOG_ESCAPED_SIZE];

	(void)profile_files_find(pool, "", &file);
	for (; file && text; file = file->next) {
		if (strcmp(file->type, "service") != 0 || strcmp(file->profile, last) == 0)
			continue;
		last = file->profile;
		text = pool_format(pool, "%s%s'%s'", text, text[0] ? ", " : " (there are ",
				   log_escape(last, shown));
	}
	if (!text || !text[0])
		return "";
	text = pool_format(pool, "%s)", text);
	return text ? text : "";
}

int profiles_read(struct pool *pool, const struct texts *names, struct profile *profiles)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	for (size_t i = 0; i < names->n; i++) {
		r = profile_read(pool, "", names->at[i], &profiles[i]);
		if (r == -ENOENT)
			log_error(
				"there is no profile '%s': portablectl would attach without one%s",
				log_escape(names->at[i], shown), others(pool));
		else if (r == -EINVAL)
			log_error("the profile '%s' has lines that systemd would ignore",
				  log_escape(names->at[i], shown));
		else if (r < 0)
			log_failure(r, "cannot read the profile '%s'",
				    log_escape(names->at[i], shown));
		if (r < 0)
			return r;
	}
	return 0;
}

/* "service" for "service.conf"; NULL for files that systemd does not read. */
static const char *file_type(const char *name)
{
	size_t length = strcspn(name, ".");

	for (const struct unit_type *type = unit_types; type->suffix; type++)
		if (type->is_extracted && strncmp(type->suffix + 1, name, length) == 0 &&
		    type->suffix[1 + length] == '\0' && strcmp(name + length, ".conf") == 0)
			return type->suffix + 1;
	return NULL;
}

/* Sorted by name and type; those of the same name and type stay in order. */
static void insert(struct profile_file **first, struct profile_file *new)
{
	struct profile_file **place = first;
	int order;

	for (; *place; place = &(*place)->next) {
		order = strcmp((*place)->profile, new->profile);
		if (order == 0)
			order = strcmp((*place)->type, new->type);
		if (order > 0)
			break;
		if (order == 0 && !new->shadowed_by)
			new->shadowed_by = (*place)->path;
	}
	new->next = *place;
	*place = new;
}

/* Adds the files of one profile in one directory. */
static int find_files(struct pool *pool, const char *directory, const char *name,
		      struct profile_file **first)
{
	const char *path = pool_format(pool, "%s/%s", directory, name);
	struct dirent *entry;
	DIR *d;
	int r = 0;

	if (!path)
		return -ENOMEM;
	d = opendir(path);
	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while (r == 0 && (entry = readdir(d))) {
		const char *type = file_type(entry->d_name);
		struct profile_file *file;

		if (!type)
			continue;
		file = pool_take(pool, sizeof *file);
		if (file)
			*file = (struct profile_file){
				.profile = pool_copy(pool, name),
				.type = type,
				.path = pool_format(pool, "%s/%s", path, entry->d_name),
			};
		if (file && file->profile && file->path)
			insert(first, file);
		else
			r = -ENOMEM;
	}
	(void)closedir(d);
	return r;
}

int profile_files_find(struct pool *pool, const char *root, struct profile_file **ret)
{
	struct profile_file *first = NULL;
	int r = 0;

	for (size_t i = 0; i < ELEMENTS(directories) && r == 0; i++) {
		const char *directory = pool_format(pool, "%s%s", root, directories[i]);
		struct dirent *entry;
		DIR *d;

		if (!directory)
			return -ENOMEM;
		d = opendir(directory);
		if (!d && errno != ENOENT && errno != ENOTDIR)
			return -errno;
		while (d && r == 0 && (entry = readdir(d)))
			if (entry->d_name[0] != '.')
				r = find_files(pool, directory, entry->d_name, &first);
		if (d)
			(void)closedir(d);
	}
	if (r == 0)
		*ret = first;
	return r;
}
