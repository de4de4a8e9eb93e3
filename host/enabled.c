/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units are enabled. */
#include "enabled.h"

#include "elements.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "unit-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *path;
	bool is_runtime;
} directories[] = {
	{ "/etc/systemd/system", false },
	{ "/run/systemd/system", true },
};

static int fail(int r, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];

	log_failure(r, "cannot read '%s'", log_escape(path, shown));
	return r;
}

static bool is_of_links(const char *name)
{
	static const char *const suffixes[] = { ".wants", ".requires", ".upholds" };
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; i < ELEMENTS(suffixes) && suffix; i++)
		if (strcmp(suffix, suffixes[i]) == 0)
			return true;
	return false;
}

static int add(struct pool *pool, const char *path, bool is_runtime, bool is_alias,
	       struct enabling_link **links)
{
	struct enabling_link *link = pool_take(pool, sizeof *link);
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof target);

	if (length < 0) /* it is no link, or it just went */
		return 0;
	if (!link)
		return pool_exhausted();
	*link = (struct enabling_link){
		.next = *links,
		.path = path,
		.name = strrchr(path, '/') + 1,
		.target = pool_copy_bytes(pool, target, (size_t)length),
		.is_runtime = is_runtime,
		.is_alias = is_alias,
	};
	if (!link->target)
		return pool_exhausted();
	*links = link;
	return 0;
}

/* depth: 0 for the directory of units itself, 1 for one of links in it. */
static int read_links(struct pool *pool, const char *directory, bool is_runtime, int depth,
		      struct enabling_link **links)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return errno == ENOENT ? 0 : fail(-errno, directory);
	while (r >= 0 && (entry = readdir(stream))) {
		bool is_directory = entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
				    is_of_links(entry->d_name);
		const char *path;

		if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN && !is_directory)
			continue;
		path = pool_format(pool, "%s/%s", directory, entry->d_name);
		if (!path)
			r = pool_exhausted();
		else if (!is_directory)
			r = add(pool, path, is_runtime, depth == 0, links);
		else if (depth == 0)
			r = read_links(pool, path, is_runtime, depth + 1, links);
	}
	(void)closedir(stream);
	return r;
}

int enabling_links(struct pool *pool, const char *root, struct enabling_link **ret)
{
	struct enabling_link *links = NULL;

	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		const char *path = pool_format(pool, "%s%s", root, directories[i].path);
		int r = path ? read_links(pool, path, directories[i].is_runtime, 0, &links)
			     : pool_exhausted();

		if (r < 0)
			return r;
	}
	*ret = links;
	return 0;
}

/* "x@1.service" is an instance of "x@.service". */
static bool is_instance(const char *name, const char *unit)
{
	size_t length = strcspn(unit, "@") + 1;

	return unit[length - 1] == '@' && unit[length] == '.' && strncmp(name, unit, length) == 0 &&
	       strrchr(name, '.') && strcmp(strrchr(name, '.'), unit + length) == 0;
}

bool enables(const struct enabling_link *link, const char *unit)
{
	const char *target = strrchr(link->target, '/');

	if (link->is_alias)
		return target && strcmp(target + 1, unit) == 0 && strcmp(link->name, unit) != 0;
	return strcmp(link->name, unit) == 0 || is_instance(link->name, unit);
}

static bool has_install(const char *directory, const char *unit, bool *ret)
{
	CLEANUP_FD int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct unit_file file;
	char *bytes;
	size_t size;
	int r;

	if (fd < 0 || file_read(fd, unit, UNIT_FILE_SIZE_MAX, &bytes, &size) < 0)
		return false;
	r = unit_file_parse(bytes, size, NULL, NULL, &file);
	free(bytes);
	if (r < 0)
		return false;
	*ret = unit_file_has_section(&file, "Install") != 0;
	unit_file_release(&file);
	return true;
}

const char *enabled_state(const struct enabling_link *links, const char *directory,
			  const char *unit)
{
	bool enabled = false, at_run_time = false, installs;

	for (; links; links = links->next) {
		if (links->is_alias && strcmp(links->name, unit) == 0 &&
		    strcmp(links->target, "/dev/null") == 0)
			return "masked";
		if (!enables(links, unit))
			continue;
		enabled |= !links->is_runtime;
		at_run_time |= links->is_runtime;
	}
	if (enabled || at_run_time)
		return enabled ? "enabled" : "enabled-runtime";
	return !has_install(directory, unit, &installs) ? NULL : installs ? "disabled" : "static";
}
