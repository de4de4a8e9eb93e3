/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files: reads small ones, and replaces one as a whole. */
#include "file.h"

#include "fd.h"
#include "format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h> /* renameat(2) */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(int directory_fd, const char *path, size_t max, char **ret_bytes, size_t *ret_size)
{
	CLEANUP_FD int fd = -1;

	/* O_NONBLOCK: opening a FIFO without a writer would wait for ever. */
	fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : file_read_open(fd, max, ret_bytes, ret_size);
}

int file_read_open(int fd, size_t max, char **ret_bytes, size_t *ret_size)
{
	char *bytes, *larger;
	size_t size = 0, room;
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if ((uintmax_t)st.st_size > max)
		return -EFBIG;

	/* The size is only a first guess: files of /proc and /sys say 0, others grow. */
	room = (size_t)st.st_size + 1;
	bytes = malloc(room);
	if (!bytes)
		return -ENOMEM;
	for (;;) {
		n = read(fd, bytes + size, room - size);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			r = -errno;
			goto fail;
		}
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > max) {
			r = -EFBIG;
			goto fail;
		}
		if (size < room)
			continue;
		room = room < 4096 ? 4096 : room * 2;
		larger = realloc(bytes, room);
		if (!larger) {
			r = -ENOMEM;
			goto fail;
		}
		bytes = larger;
	}
	bytes[size] = '\0';
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;

fail:
	free(bytes);
	return r;
}

int replacement_begin(struct replacement *r, int directory_fd, const char *name, mode_t mode)
{
	int q;

	*r = REPLACEMENT_NONE;
	if (name[0] == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return -EINVAL;
	if (format_text(r->temporary, sizeof r->temporary, ".%s.new", name) >=
	    sizeof r->temporary) {
		r->temporary[0] = '\0';
		return -ENAMETOOLONG;
	}
	(void)format_text(r->name, sizeof r->name, "%s", name);

	r->directory_fd = fcntl(directory_fd, F_DUPFD_CLOEXEC, 0);
	if (r->directory_fd < 0)
		return -errno;
	/* Removed and created anew, because an existing one could be a link. */
	(void)unlinkat(r->directory_fd, r->temporary, 0);
	r->fd = openat(r->directory_fd, r->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (r->fd < 0 || fchmod(r->fd, mode) < 0) {
		q = -errno;
		if (r->fd < 0)
			r->temporary[0] = '\0'; /* not ours */
		replacement_abandon(r);
		return q;
	}
	return 0;
}

int replacement_commit(struct replacement *r)
{
	int q = 0;

	/* Without the first fsync a crash after the rename can leave an empty file. */
	if (fsync(r->fd) < 0 ||
	    renameat(r->directory_fd, r->temporary, r->directory_fd, r->name) < 0) {
		q = -errno;
	} else {
		r->temporary[0] = '\0';
		if (fsync(r->directory_fd) < 0)
			q = -errno;
	}
	replacement_abandon(r);
	return q;
}

void replacement_abandon(struct replacement *r)
{
	if (r->temporary[0] != '\0')
		(void)unlinkat(r->directory_fd, r->temporary, 0);
	r->temporary[0] = '\0';
	close_fd(&r->fd);
	close_fd(&r->directory_fd);
}

int file_replace(int directory_fd, const char *name, const void *bytes, size_t size, mode_t mode)
{
	struct replacement new = REPLACEMENT_NONE;
	int r;

	r = replacement_begin(&new, directory_fd, name, mode);
	if (r < 0)
		return r;
	r = fd_write_all(new.fd, bytes, size);
	if (r < 0) {
		replacement_abandon(&new);
		return r;
	}
	return replacement_commit(&new);
}
