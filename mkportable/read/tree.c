/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a folder that is an image. */
#include "fd.h"
#include "log.h"
#include "read/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* Nobody nests deeper by intention; each level holds a descriptor open. */
#define DEPTH_MAX 128

struct reading {
	struct plan *plan;
	const char *root; /* of the host */
	dev_t device;     /* what is mounted below is not the image */
	const char *why;
};

static int read_folder(struct reading *t, int parent_fd, const char *name, const char *path,
		       unsigned depth);

static int read_link(struct reading *t, int folder_fd, const char *name, const char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(folder_fd, name, target, sizeof target);

	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof target)
		return -ENAMETOOLONG;
	*ret = pool_copy_bytes(t->plan->pool, target, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

static int read_entry(struct reading *t, int folder_fd, const char *name, const char *path,
		      unsigned depth)
{
	struct plan_entry entry = { .path = path, .origin = "" };
	struct stat st;
	int r = 0;

	if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	entry.type = S_ISDIR(st.st_mode)   ? PLAN_DIRECTORY
		     : S_ISREG(st.st_mode) ? PLAN_FILE
		     : S_ISLNK(st.st_mode) ? PLAN_SYMLINK
					   : PLAN_OTHER;
	entry.mode = entry.type == PLAN_OTHER ? st.st_mode : st.st_mode & 07777;
	entry.uid = st.st_uid;
	entry.gid = st.st_gid;
	if (entry.type == PLAN_SYMLINK)
		r = read_link(t, folder_fd, name, &entry.target);
	if (entry.type == PLAN_FILE) {
		entry.size = (size_t)st.st_size;
		entry.source = pool_format(t->plan->pool, "%s%s", t->root, path);
		if (!entry.source)
			return -ENOMEM;
		entry.has_capability = lgetxattr(entry.source, "security.capability", NULL, 0) > 0;
	}
	if (r >= 0)
		r = plan_put(t->plan, entry);
	if (r == -E2BIG)
		t->why = "it has more entries than any portable service";
	if (r < 0 || entry.type != PLAN_DIRECTORY || st.st_dev != t->device)
		return r;
	return read_folder(t, folder_fd, name, path, depth);
}

/* path: "" for the root. Reads as it goes: a folder of a million entries is left at the limit. */
static int read_folder(struct reading *t, int parent_fd, const char *name, const char *path,
		       unsigned depth)
{
	CLEANUP_FD int fd = -1;
	char shown[LOG_ESCAPED_SIZE];
	struct dirent *entry;
	const char *child;
	int r = 0, copy;
	DIR *folder;

	if (depth > DEPTH_MAX) {
		t->why = "its folders are nested deeper than 128";
		return -ELOOP;
	}
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		/* Of thousands: which one. */
		t->why = pool_format(t->plan->pool, "its folder '%s': %s", log_escape(path, shown),
				     strerror(-r));
		return r;
	}
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	folder = copy < 0 ? NULL : fdopendir(copy);
	if (!folder) {
		r = -errno;
		if (copy >= 0)
			(void)close(copy);
		return r;
	}
	while (r >= 0 && (errno = 0, entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		child = pool_format(t->plan->pool, "%s/%s", path, entry->d_name);
		r = child ? read_entry(t, fd, entry->d_name, child, depth + 1) : -ENOMEM;
	}
	if (r >= 0 && errno != 0)
		r = -errno;
	(void)closedir(folder);
	return r;
}

int image_read_tree(struct plan *plan, const char *path, const char **ret_why)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct reading t = { .plan = plan, .root = path };
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	t.device = st.st_dev;
	r = read_folder(&t, fd, ".", "", 0);
	*ret_why = t.why;
	return r;
}
