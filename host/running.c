/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which image a process runs from. */
#include "running.h"

#include "elements.h"
#include "fd.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOUNTINFO_SIZE_MAX ((size_t)16 * 1024 * 1024)

/* A partition of a loop device, and dm-verity over it. */
#define LAYERS_MAX 4

const char *running_root_device(struct pool *pool, const char *mountinfo)
{
	const char *found = NULL;
	size_t length = 0;

	/* proc(5): id, parent, major:minor, root, mount point. The last one covers the others. */
	for (const char *line = mountinfo; *line; line = strchrnul(line, '\n')) {
		const char *word = line + (*line == '\n'), *device = NULL;
		int i = 0;

		line = word;
		for (; i < 4 && word; i++) {
			size_t end = strcspn(word, " \n");

			if (i == 2) {
				device = word;
				length = end;
			}
			word = word[end] == ' ' ? word + end + 1 : NULL;
		}
		if (i == 4 && word && word[0] == '/' && word[1] == ' ')
			found = pool_copy_bytes(pool, device, length);
		if (!*line)
			break;
	}
	return found;
}

/* What /sys/dev/block/… says lies below; the loop device's own directory, or NULL. */
static const char *loop_of(struct pool *pool, const char *device)
{
	const char *directory = pool_format(pool, "/sys/dev/block/%s", device);

	for (int i = 0; i < LAYERS_MAX && directory; i++) {
		const char *loop = pool_format(pool, "%s/loop", directory);
		const char *whole = pool_format(pool, "%s/../loop", directory);
		const char *slaves = pool_format(pool, "%s/slaves", directory);
		struct dirent *entry;
		DIR *stream;

		if (!loop || !whole || !slaves)
			return NULL;
		if (access(loop, F_OK) == 0)
			return directory;
		if (access(whole, F_OK) == 0)
			return pool_format(pool, "%s/..", directory);
		stream = opendir(slaves);
		if (!stream)
			return NULL;
		while ((entry = readdir(stream)) && entry->d_name[0] == '.')
			;
		directory = entry ? pool_format(pool, "%s/%s", slaves, entry->d_name) : NULL;
		(void)closedir(stream);
	}
	return NULL;
}

/* The first line of a file; NULL. */
static const char *read_line(struct pool *pool, const char *path)
{
	char *bytes;
	size_t size;

	if (!path || file_read(AT_FDCWD, path, PATH_MAX + 64, &bytes, &size) < 0)
		return NULL;
	bytes = pool_adopt(pool, bytes);
	if (bytes)
		bytes[strcspn(bytes, "\n")] = '\0';
	return bytes;
}

/*
 * Whether the loop device has this file, under any name: 1 or 0; -1 if only its name can be
 * compared.
 */
static int has_file(struct pool *pool, const char *loop, const char *image)
{
	char real[PATH_MAX];
	const char *name = realpath(loop, real) ? strrchr(real, '/') : NULL;
	const char *device = name ? pool_format(pool, "/dev%s", name) : NULL;
	CLEANUP_FD int fd = device ? open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct loop_info64 info;
	struct stat st;

	if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return -1;
	return stat(image, &st) == 0 && info.lo_inode == st.st_ino && info.lo_device == st.st_dev;
}

static void judge_loop(struct pool *pool, const char *loop, const char *image, enum running *ret,
		       const char **ret_other)
{
	const char *file = read_line(pool, pool_format(pool, "%s/loop/backing_file", loop));
	int same = has_file(pool, loop, image);
	char real[PATH_MAX];
	size_t length;

	if (!file)
		return;
	if (!realpath(image, real))
		(void)snprintf(real, sizeof real, "%s", image);
	length = strlen(real);
	if (same > 0)
		*ret = RUNNING_SAME; /* also after a link of another name was removed */
	else if (strncmp(file, real, length) == 0 && strcmp(file + length, " (deleted)") == 0)
		*ret = RUNNING_REPLACED;
	else if (strcmp(file, real) != 0)
		*ret = RUNNING_OTHER;
	else
		*ret = same < 0 ? RUNNING_SAME : RUNNING_REPLACED;
	*ret_other = file;
}

/* Before it executes a program, a child of systemd sets up its sandbox. */
static bool is_starting(struct pool *pool, pid_t pid)
{
	static const char *const programs[] = {
		"/usr/lib/systemd/systemd-executor",
		"/usr/lib/systemd/systemd",
		"/lib/systemd/systemd",
	};
	const char *link = pool_format(pool, "/proc/%d/exe", pid);
	char target[PATH_MAX];
	ssize_t length = link ? readlink(link, target, sizeof target - 1) : -1;

	if (length < 0)
		return false;
	target[length] = '\0';
	for (size_t i = 0; i < ELEMENTS(programs); i++)
		if (strcmp(target, programs[i]) == 0)
			return true;
	return false;
}

/* A directory, or the root of the host. */
static void judge_directory(const char *root, const char *image, enum running *ret,
			    const char **ret_other)
{
	struct stat own, named, host;

	if (stat(root, &own) < 0 || stat("/", &host) < 0)
		return;
	if (own.st_dev == host.st_dev && own.st_ino == host.st_ino) {
		*ret = RUNNING_HOST;
	} else if (stat(image, &named) == 0 && own.st_dev == named.st_dev &&
		   own.st_ino == named.st_ino) {
		*ret = RUNNING_SAME;
	} else {
		*ret = RUNNING_OTHER;
		*ret_other = "another directory";
	}
}

int running_image(struct pool *pool, pid_t pid, const char *image, enum running *ret,
		  const char **ret_other)
{
	const char *mountinfo = pool_format(pool, "/proc/%d/mountinfo", pid);
	const char *root = pool_format(pool, "/proc/%d/root", pid), *device, *loop;
	char *bytes;
	size_t size;

	if (!mountinfo || !root)
		return -ENOMEM;
	*ret = RUNNING_UNKNOWN;
	/* Of a process of another user, root alone may read it. */
	if (file_read(AT_FDCWD, mountinfo, MOUNTINFO_SIZE_MAX, &bytes, &size) < 0)
		return 0;
	device = running_root_device(pool, bytes);
	free(bytes);
	loop = device ? loop_of(pool, device) : NULL;
	if (loop)
		judge_loop(pool, loop, image, ret, ret_other);
	else
		judge_directory(root, image, ret, ret_other);
	if (*ret == RUNNING_HOST && is_starting(pool, pid))
		*ret = RUNNING_STARTING;
	return 0;
}
