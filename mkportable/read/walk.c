/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks over a directory of the host. */
#include "read/walk.h"

#include "fd.h"
#include "plan/plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct pool *pool;
	walk_fn *fn;
	void *userdata;
	const char *failed_path; /* NULL: fn failed */
};

struct paths {
	size_t n, room;
	const char **at;
};

static int add_path(struct paths *paths, const char *path)
{
	const char **larger;

	if (!path)
		return -ENOMEM;
	if (paths->n == PLAN_ENTRIES_MAX)
		return -E2BIG;
	if (paths->n == paths->room) {
		paths->room = paths->room ? paths->room * 2 : 16;
		larger = reallocarray(paths->at, paths->room, sizeof *paths->at);
		if (!larger)
			return -ENOMEM;
		paths->at = larger;
	}
	paths->at[paths->n++] = path;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of a directory's entries, sorted. */
static int read_paths(struct pool *pool, int fd, const char *parent, struct paths *paths)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), r = 0;
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!directory) {
		r = -errno;
		close_fd(&copy);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = add_path(paths, pool_format(pool, "%s/%s", parent, entry->d_name));
	if (r == 0)
		r = -errno;
	(void)closedir(directory);
	if (paths->n > 0)
		qsort(paths->at, paths->n, sizeof *paths->at, by_bytes);
	return r;
}

static int walk_directory(struct walk *w, int fd, const char *path, unsigned depth);

static int visit(struct walk *w, int directory_fd, const char *path, unsigned depth)
{
	struct walk_entry entry = { .directory_fd = directory_fd,
				    .name = strrchr(path, '/') + 1,
				    .path = path };
	CLEANUP_FD int fd = -1;
	int r;

	if (fstatat(directory_fd, entry.name, &entry.st, AT_SYMLINK_NOFOLLOW) < 0) {
		w->failed_path = path;
		return -errno;
	}
	r = w->fn(w->userdata, &entry);
	if (r != 0 || !S_ISDIR(entry.st.st_mode))
		return r < 0 ? r : 0;
	w->failed_path = path;
	if (depth == WALK_DEPTH_MAX)
		return -ELOOP;
	fd = openat(directory_fd, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : walk_directory(w, fd, path, depth + 1);
}

static int walk_directory(struct walk *w, int fd, const char *path, unsigned depth)
{
	struct paths paths = { 0 };
	int r;

	w->failed_path = path;
	r = read_paths(w->pool, fd, path, &paths);
	if (r == 0)
		w->failed_path = NULL;
	for (size_t i = 0; i < paths.n && r == 0; i++)
		r = visit(w, fd, paths.at[i], depth);
	free(paths.at);
	return r;
}

int walk(struct pool *pool, int directory_fd, walk_fn *fn, void *userdata, const char **ret_path)
{
	struct walk w = { .pool = pool, .fn = fn, .userdata = userdata };
	int r = walk_directory(&w, directory_fd, "", 1);

	if (r < 0 && w.failed_path)
		*ret_path = w.failed_path;
	return r;
}

int walk_read_link(struct pool *pool, const struct walk_entry *entry, const char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(entry->directory_fd, entry->name, target, sizeof target);

	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof target)
		return -ENAMETOOLONG;
	*ret = pool_copy_bytes(pool, target, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}
