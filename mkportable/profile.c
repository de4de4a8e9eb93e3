/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of portablectl(1). */
#include "profile.h"

#include "file.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* portable_profile_dirs() of systemd, in its order. */
static const char *const folders[] = {
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

static int find(struct pool *pool, const char *name, const char **ret)
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
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		path = pool_format(pool, "%s/%s/service.conf", folders[i], name);
		if (!path)
			return -ENOMEM;
		if (stat(path, &st) == 0) {
			*ret = path;
			return 0;
		}
	}
	return -ENOENT;
}

int profile_read(struct pool *pool, const char *name, struct profile *ret)
{
	struct profile profile = { .name = name };
	unsigned problems = 0;
	char *bytes;
	size_t size;
	int r;

	r = find(pool, name, &profile.path);
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

int profiles_read(struct pool *pool, const char *const *names, size_t n, struct profile *profiles)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	for (size_t i = 0; i < n; i++) {
		r = profile_read(pool, names[i], &profiles[i]);
		if (r == -ENOENT)
			log_error("there is no profile '%s': portablectl would attach without one",
				  log_escape(names[i], shown));
		else if (r == -EINVAL)
			log_error("the profile '%s' has lines that systemd would skip",
				  log_escape(names[i], shown));
		else if (r < 0)
			log_failure(r, "cannot read the profile '%s'", log_escape(names[i], shown));
		if (r < 0)
			return r;
	}
	return 0;
}
