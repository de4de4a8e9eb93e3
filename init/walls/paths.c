/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/paths.h"

#include "fd.h"
#include "format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* As many as the kernel follows: path_resolution(7). */
#define LINKS_MAX 40

/* Each level needs two descriptors; no service nests deeper. */
#define DEPTH_MAX 64

static int open_root(const char *root)
{
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Copies a path without slashes at its end. Returns 0 or -ENAMETOOLONG. */
static int copy_path(const char *path, char ret[static PATH_MAX])
{
	size_t length = format_text(ret, PATH_MAX, "%s", path);

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	while (length > 0 && ret[length - 1] == '/')
		ret[--length] = '\0';
	return 0;
}

/* Takes the last component off a path. */
static int cut_name(char path[static PATH_MAX], char ret[static NAME_MAX + 1])
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (format_text(ret, NAME_MAX + 1, "%s", name) > NAME_MAX)
		return -ENAMETOOLONG;
	*name = '\0';
	return *ret ? 0 : -EINVAL;
}

/* Puts the target of an open link in front of the rest of the path. */
static int splice_link(int fd, const char *rest, char path[static PATH_MAX])
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof target);

	if (length < 0)
		return -errno;
	if (format_text(whole, sizeof whole, "%.*s/%s", (int)length, target, rest) >= sizeof whole)
		return -ENAMETOOLONG;
	memcpy(path, whole, sizeof whole);
	return 0;
}

static int open_component(int fd, const char *name, bool create, mode_t mode)
{
	int next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (next < 0 && errno == ENOENT && create &&
	    (mkdirat(fd, name, mode) == 0 || errno == EEXIST))
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return next < 0 ? -errno : next;
}

int path_open(const char *root, const char *path, unsigned flags, mode_t mode, char *ret_name)
{
	CLEANUP_FD int fd = open_root(root);
	char text[PATH_MAX], *rest = text;
	/* Whether all directories so far are root's alone. */
	bool trusted = flags & PATH_LINKS;
	unsigned links = 0;
	struct stat st;
	int r;

	/* With an empty /var there is no /var/lib. */
	if (fd < 0 && errno == ENOENT && flags & PATH_CREATE)
		fd = path_open("/", root, PATH_CREATE | PATH_LINKS, 0755, NULL);
	else if (fd < 0)
		fd = -errno;
	if (fd < 0)
		return TAKE_FD(fd);
	r = copy_path(path, text);
	if (r == 0 && ret_name)
		r = cut_name(text, ret_name);
	while (r == 0 && *(rest += strspn(rest, "/"))) {
		char *name = rest;
		CLEANUP_FD int next = -1;

		rest += strcspn(rest, "/");
		if (*rest)
			*rest++ = '\0';
		/* Only links of root have them. */
		if (!(trusted && links > 0) && (strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
			return -EINVAL;
		next = open_component(fd, name, flags & PATH_CREATE, *rest ? 0755 : mode);
		if (next < 0)
			return next;
		if (fstat(next, &st) < 0)
			return -errno;
		if (S_ISLNK(st.st_mode)) {
			if (!trusted || ++links > LINKS_MAX)
				return -ELOOP;
			r = splice_link(next, rest, text);
			rest = text;
			if (*text != '/')
				continue;
			close_fd(&next);
			next = open_root(root);
		} else {
			trusted = trusted && st.st_uid == 0 && !(st.st_mode & 022);
		}
		close_fd(&fd);
		fd = TAKE_FD(next);
	}
	return r < 0 ? r : TAKE_FD(fd);
}

const char *fd_path(int fd, char ret[static FD_PATH_SIZE])
{
	(void)format_text(ret, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return ret;
}

/*
 * Hands over, or, with ids NULL, removes an entry and all that is in it.
 *
 * device: of the directory; what is on another one stays as it is.
 */
static int walk(int parent_fd, const char *name, dev_t device, unsigned depth, const uid_t *ids)
{
	CLEANUP_FD int fd = openat(parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = NULL;
	struct dirent *entry;
	struct stat st;
	int r = 0, list_fd;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (st.st_dev != device)
		return 0;
	if (depth == 0)
		return -ELOOP;
	if (S_ISDIR(st.st_mode)) {
		list_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		directory = list_fd < 0 ? NULL : fdopendir(list_fd);
		if (!directory) {
			r = -errno;
			close_fd(&list_fd);
			return r;
		}
	}
	while (directory && r == 0 && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = walk(fd, entry->d_name, device, depth - 1, ids);
	if (directory)
		(void)closedir(directory);
	if (r < 0)
		return r;
	if (ids)
		r = fchownat(fd, "", ids[0], ids[1], AT_EMPTY_PATH);
	else
		r = unlinkat(parent_fd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	return r < 0 ? -errno : 0;
}

static int walk_from(int fd, const char *name, const uid_t *ids)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0
		       ? -errno
		       : walk(fd, name, st.st_dev, DEPTH_MAX, ids);
}

int path_hand_over(int fd, uid_t uid, gid_t gid)
{
	const uid_t ids[] = { uid, gid };

	return walk_from(fd, ".", ids);
}

int path_remove(int parent_fd, const char *name)
{
	return walk_from(parent_fd, name, NULL);
}
