/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exposure of a service, asked of systemd-analyze(1). */
#include "rules/exposure.h"

#include "base/child.h"
#include "fd.h"
#include "file.h"
#include "units/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* It takes 0.03 s; a busy machine takes longer. */
#define SECONDS_MAX    10
#define ANALYZE_MEMORY ((size_t)2 * 1024 * 1024 * 1024)

/* The table of all settings; its end is wanted. */
#define OUTPUT_MAX ((size_t)64 * 1024)

static int make_folders(struct exposure *x)
{
	const char *folder;

	for (const char *p = UNIT_DIRECTORY; (p = strchr(p + 1, '/'));) {
		folder = pool_format(x->judge->plan->pool, "%s%.*s", x->root.path,
				     (int)(p - UNIT_DIRECTORY), UNIT_DIRECTORY);
		if (!folder)
			return -ENOMEM;
		if (mkdir(folder, 0700) < 0)
			return -errno;
	}
	folder = pool_format(x->judge->plan->pool, "%s" UNIT_DIRECTORY, x->root.path);
	if (!folder)
		return -ENOMEM;
	return mkdir(folder, 0700) < 0 ? -errno : 0;
}

int exposure_open(struct exposure *x, struct judge *judge)
{
	CLEANUP_FD int folder_fd = -1;
	const char *folder;
	int r;

	*x = (struct exposure){ .judge = judge };
	r = scratch_make(&x->root, judge->plan->pool);
	if (r >= 0)
		r = make_folders(x);
	if (r < 0)
		return r;
	folder = pool_format(judge->plan->pool, "%s" UNIT_DIRECTORY, x->root.path);
	if (!folder)
		return -ENOMEM;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return -errno;
	/* The names were found valid: no slash, none that begins with a dot. */
	for (const struct unit *unit = judge->units; unit && r >= 0; unit = unit->next)
		r = file_replace(folder_fd, unit->name, unit->bytes, unit->size, 0600);
	return r;
}

void exposure_close(struct exposure *x)
{
	scratch_remove(&x->root);
}

/* "… for x.service: 0.3 SAFE :-)" */
static int read_level(const char *text, const char *unit, unsigned *ret_tenths)
{
	static const char mark[] = "Overall exposure level for ";
	const char *p = strstr(text, mark);
	unsigned whole = 0;

	if (!p)
		return -EOPNOTSUPP;
	p += strlen(mark);
	if (strncmp(p, unit, strlen(unit)) != 0 || strncmp(p + strlen(unit), ": ", 2) != 0)
		return -EOPNOTSUPP;
	for (p += strlen(unit) + 2; *p >= '0' && *p <= '9' && whole < 10; p++)
		whole = whole * 10 + (unsigned)(*p - '0');
	if (p[0] != '.' || p[1] < '0' || p[1] > '9')
		return -EOPNOTSUPP;
	*ret_tenths = whole * 10 + (unsigned)(p[1] - '0');
	return 0;
}

int exposure_measure(struct exposure *x, const struct unit *unit, const struct profile *profile,
		     unsigned *ret_tenths)
{
	struct pool *pool = x->judge->plan->pool;
	const char *root = pool_format(pool, "--root=%s", x->root.path), *profile_option = NULL;
	const char *name = unit->name;
	struct child child = CHILD_NONE;
	char *path = NULL, *text;
	size_t used = 0;
	ssize_t n = 0;
	int r;

	if (profile) {
		/* It takes a path only when it is absolute. */
		path = realpath(profile->path, NULL);
		path = path ? pool_adopt(pool, path) : NULL;
		profile_option = path ? pool_format(pool, "--profile=%s", path) : NULL;
	}
	if (unit_is_template(unit)) /* it counts instances only */
		name = pool_format(pool, "%.*s1%s", (int)(unit->suffix - unit->name), unit->name,
				   unit->suffix);
	text = pool_take(pool, OUTPUT_MAX + 1);
	if (!name || !root || !text || (profile && !profile_option))
		return -ENOMEM;
	const char *const arguments[] = { "systemd-analyze",
					  "security",
					  "--offline=yes",
					  "--no-pager",
					  root,
					  profile_option ? profile_option : "--threshold=100",
					  "--",
					  name,
					  NULL };

	r = child_start(&child, arguments, -1, SECONDS_MAX, ANALYZE_MEMORY);
	if (r < 0)
		return r == -ENOENT ? -EOPNOTSUPP : r;
	while (used < OUTPUT_MAX && (n = child_read(&child, text + used, OUTPUT_MAX - used)) > 0)
		used += (size_t)n;
	(void)child_end(&child);
	text[used] = '\0';
	return n < 0 ? (int)n : read_level(text, name, ret_tenths);
}
