/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees of distributions. */
#include "plan/trees.h"

#include "base/root.h"
#include "fd.h"
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_path(const void *a, const void *b)
{
	const struct plan_entry *one = a, *other = b;

	return strcmp(one->path, other->path);
}

static const char *read_link(struct pool *pool, int fd)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof target);

	return n <= 0 || (size_t)n == sizeof target ? NULL
						    : pool_copy_bytes(pool, target, (size_t)n);
}

/* A name that is too long for the file system is in no directory of it. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENAMETOOLONG;
}

/* What a tree has at a path; or NULL. */
static struct plan_entry *look(struct trees *trees, const struct plan_root *root, const char *path)
{
	CLEANUP_FD int fd = root_open(root->fd, path, O_PATH | O_NOFOLLOW);
	struct pool *pool = trees->plan->pool;
	struct plan_entry *entry;
	char shown[LOG_ESCAPED_SIZE];
	struct stat st;

	if (fd < 0 && !is_absent(fd) && trees->failed == 0) {
		trees->failed = fd;
		log_failure(fd, "--root: cannot look at '%s%s'", root->shown,
			    log_escape(path, shown));
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	entry = pool_take(pool, sizeof *entry);
	if (!entry)
		return NULL;
	*entry = (struct plan_entry){
		.path = pool_copy(pool, path),
		.origin = pool_format(pool, "%s%s", root->shown, log_escape(path, shown)),
		.type = PLAN_OTHER,
		.offered = true,
	};
	if (S_ISDIR(st.st_mode)) {
		entry->type = PLAN_DIRECTORY;
		entry->mode = 0755;
	} else if (S_ISLNK(st.st_mode)) {
		entry->type = PLAN_SYMLINK;
		entry->mode = 0777;
		entry->target = read_link(pool, fd);
	} else if (S_ISREG(st.st_mode)) {
		entry->type = PLAN_FILE;
		entry->mode = st.st_mode & 0755;
		entry->source = entry->path;
		entry->root = root;
	}
	return entry->path && entry->origin && (entry->type != PLAN_SYMLINK || entry->target)
		       ? entry
		       : NULL;
}

static struct plan_entry *find(void *userdata, const char *path)
{
	struct trees *trees = userdata;
	struct plan_entry key = { .path = path }, *entry = NULL;
	void *node = tfind(&key, &trees->index, by_path);

	if (node)
		return *(struct plan_entry **)node;
	for (size_t i = 0; i < trees->n && !entry; i++)
		entry = look(trees, &trees->roots[i], path);
	if (entry && !tsearch(entry, &trees->index, by_path))
		return NULL;
	return entry;
}

static int take(void *userdata, struct plan_entry *entry)
{
	const struct trees *trees = userdata;
	int r = plan_check_path(entry->path, entry->origin);

	if (r < 0)
		return r;
	entry->offered = false;
	return plan_adopt(trees->plan, entry);
}

struct names {
	size_t n, room;
	const char **at;
};

static int add_name(struct pool *pool, struct names *names, const char *name)
{
	const char **larger;

	if (names->n == PLAN_ENTRIES_MAX)
		return -E2BIG;
	if (names->n + 1 >= names->room) {
		names->room = names->room ? names->room * 2 : 64;
		larger = pool_take(pool, names->room * sizeof *larger);
		if (!larger)
			return -ENOMEM;
		if (names->n > 0)
			memcpy(larger, names->at, names->n * sizeof *larger);
		names->at = larger;
	}
	names->at[names->n] = pool_copy(pool, name);
	return names->at[names->n++] ? 0 : -ENOMEM;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the names in a directory of one tree. What is no directory has none. */
static int list_one(struct pool *pool, const struct plan_root *root, const char *path,
		    struct names *names)
{
	int fd = root_open(root->fd, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK), r = 0;
	DIR *directory;
	struct dirent *entry;

	if (fd < 0)
		return is_absent(fd) ? 0 : fd;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		close_fd(&fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = add_name(pool, names, entry->d_name);
	if (r == 0)
		r = -errno;
	(void)closedir(directory);
	return r;
}

static int list(void *userdata, const char *path, const char *const **ret)
{
	const struct trees *trees = userdata;
	struct names names = { 0 };
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < trees->n && r == 0; i++)
		r = list_one(trees->plan->pool, &trees->roots[i], path, &names);
	if (r < 0)
		return r;
	if (names.n > 0)
		qsort(names.at, names.n, sizeof *names.at, by_bytes);
	else
		names.at = pool_take(trees->plan->pool, sizeof *names.at);
	if (!names.at)
		return -ENOMEM;
	for (size_t i = 0; i < names.n; i++)
		if (n == 0 || strcmp(names.at[n - 1], names.at[i]) != 0)
			names.at[n++] = names.at[i];
	names.at[n] = NULL;
	*ret = names.at;
	return 0;
}

static int link_to(void *userdata, const char *path, const char *target)
{
	struct trees *trees = userdata;
	struct plan_entry *entry = pool_take(trees->plan->pool, sizeof *entry);

	if (!entry)
		return -ENOMEM;
	*entry = (struct plan_entry){ .path = pool_copy(trees->plan->pool, path),
				      .type = PLAN_SYMLINK,
				      .mode = 0777,
				      .target = pool_copy(trees->plan->pool, target),
				      .origin = "--root",
				      .offered = true };
	return entry->path && entry->target && tsearch(entry, &trees->index, by_path) ? 0 : -ENOMEM;
}

static int open_tree(struct trees *trees, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];
	struct plan_root *root = &trees->roots[trees->n];
	size_t length = strlen(log_escape(path, shown));

	while (length > 0 && shown[length - 1] == '/')
		length--;
	root->shown = pool_copy_bytes(trees->plan->pool, shown, length);
	if (!root->shown)
		return pool_exhausted();
	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		int r = -errno;

		log_failure(r, "--root: cannot open the tree '%s'", log_escape(path, shown));
		return r;
	}
	trees->n++;
	return 0;
}

int trees_open(struct trees *trees, struct plan *plan, const struct texts *paths)
{
	int r = 0;

	*trees = (struct trees){ .plan = plan,
				 .offer = { .find = find,
					    .take = take,
					    .list = list,
					    .link = link_to,
					    .userdata = trees } };
	trees->roots = pool_take(plan->pool, (paths->n + 1) * sizeof *trees->roots);
	if (!trees->roots)
		return pool_exhausted();
	for (size_t i = 0; i < paths->n && r == 0; i++)
		r = open_tree(trees, paths->at[i]);
	if (r == 0 && trees->n > 0)
		plan->offer = &trees->offer;
	return r;
}

static void leave_alone(void *entry)
{
	(void)entry; /* in the pool */
}

void trees_close(struct trees *trees)
{
	if (trees->index)
		tdestroy(trees->index, leave_alone);
	for (size_t i = 0; i < trees->n; i++)
		close_fd(&trees->roots[i].fd);
	*trees = (struct trees){ 0 };
}
