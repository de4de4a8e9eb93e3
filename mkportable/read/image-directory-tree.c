/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree/ of an image folder. */
#include "read/image-directory-tree.h"

#include "fd.h"
#include "log.h"
#include "read/image-directory.h"
#include "units/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tree {
	struct plan *plan;
	const char *folder; /* the path of tree/ itself */
};

/* Where systemd looks for units; below these, tree/ would smuggle some past the builder. */
static bool is_unit_folder(const char *path)
{
	for (size_t i = 0; i < sizeof unit_directories / sizeof *unit_directories; i++)
		if (strcmp(path, unit_directories[i]) == 0)
			return true;
	return false;
}

static int read_folder(struct tree *t, int parent_fd, const char *name, const char *path,
		       unsigned depth);

/* The target of a link, in the pool; NULL with errno set. */
static char *read_link(struct pool *pool, int folder_fd, const char *name)
{
	char target[PATH_MAX], *copy;
	ssize_t n = readlinkat(folder_fd, name, target, sizeof target);

	if (n < 0)
		return NULL;
	if ((size_t)n == sizeof target) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	copy = pool_copy_bytes(pool, target, (size_t)n);
	if (!copy)
		errno = ENOMEM;
	return copy;
}

static const char *entry_problem(const struct stat *st)
{
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode))
		return S_ISFIFO(st->st_mode)   ? "a FIFO cannot be part of an image"
		       : S_ISSOCK(st->st_mode) ? "a socket cannot be part of an image"
					       : "a device cannot be part of an image";
	if (st->st_mode & S_ISUID)
		return "has the set-user-ID bit";
	if (st->st_mode & S_ISGID)
		return "has the set-group-ID bit";
	if (!S_ISLNK(st->st_mode) && (st->st_mode & S_ISVTX))
		return "has the sticky bit";
	return NULL;
}

/* source: the host's path of it; path: its path in the image. */
static int read_entry(struct tree *t, int folder_fd, const char *name, const char *path,
		      const char *source, unsigned depth)
{
	char escaped[LOG_ESCAPED_SIZE];
	const char *shown, *target, *problem;
	struct stat st;
	int r;

	shown = pool_copy(t->plan->pool, log_escape(source, escaped));
	if (!shown)
		return pool_exhausted();
	if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot look at it", shown);
		return r;
	}
	problem = entry_problem(&st);
	if (problem) {
		log_error("%s: %s", shown, problem);
		return -EINVAL;
	}
	if (S_ISREG(st.st_mode))
		return plan_add_file(t->plan, path, st.st_mode & 0111 ? 0755 : 0644, source, shown);
	if (S_ISDIR(st.st_mode)) {
		r = plan_add_directory(t->plan, path, 0755, shown);
		return r < 0 ? r : read_folder(t, folder_fd, name, path, depth);
	}
	target = read_link(t->plan->pool, folder_fd, name);
	if (!target) {
		r = -errno;
		log_failure(r, "%s: cannot read the link", shown);
		return r;
	}
	return plan_add_symlink(t->plan, path, target, shown);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int read_entries(struct tree *t, int fd, const char *path, struct dirent **entries, int n,
			unsigned depth)
{
	struct pool *pool = t->plan->pool;
	const char *child, *source;
	int r = 0;

	for (int i = 0; i < n; i++) {
		child = pool_format(pool, "%s/%s", path, entries[i]->d_name);
		source = child ? pool_format(pool, "%s%s", t->folder, child) : NULL;
		if (!source)
			return pool_exhausted();
		if (is_unit_folder(path)) {
			char escaped[LOG_ESCAPED_SIZE];

			log_error("%s: units belong beside tree/, in the image folder itself",
				  log_escape(source, escaped));
			return -EINVAL;
		}
		r = read_entry(t, fd, entries[i]->d_name, child, source, depth);
		if (r < 0)
			return r;
	}
	return r;
}

/* path: "" for tree/ itself. */
static int read_folder(struct tree *t, int parent_fd, const char *name, const char *path,
		       unsigned depth)
{
	CLEANUP_FD int fd = -1;
	struct dirent **entries = NULL;
	char escaped[LOG_ESCAPED_SIZE];
	int n = -1, r;

	if (depth > TREE_DEPTH_MAX) {
		log_error("%s: '%s' is nested deeper than %d folders", t->folder,
			  log_escape(path, escaped), TREE_DEPTH_MAX);
		return -ELOOP;
	}
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		n = scandirat(fd, ".", &entries, no_dots, by_name);
	if (n < 0) {
		r = -errno;
		log_failure(r, "cannot read the folder '%s%s'", t->folder,
			    log_escape(path, escaped));
		return r;
	}
	r = read_entries(t, fd, path, entries, n, depth + 1);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return r;
}

int tree_read(struct plan *plan, int folder_fd, const char *folder)
{
	struct tree tree = { .plan = plan };

	tree.folder = pool_format(plan->pool, "%s/tree", folder);
	return tree.folder ? read_folder(&tree, folder_fd, "tree", "", 0) : pool_exhausted();
}
