/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors: reading and writing. */
#include "fd.h"

int fd_write_all(int fd, const void *bytes, size_t size)
{
	const char *p = bytes;
	ssize_t n;

	while (size > 0) {
		n = write(fd, p, size);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int fd_write_at(int fd, const void *bytes, size_t size, off_t offset)
{
	return lseek(fd, offset, SEEK_SET) < 0 ? -errno : fd_write_all(fd, bytes, size);
}

int fd_read_at(int fd, void *ret, size_t size, off_t offset)
{
	char *p = ret;
	ssize_t n;

	while (size > 0) {
		n = pread(fd, p, size, offset);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ENODATA;
		if (n < 0)
			continue;
		p += n;
		offset += n;
		size -= (size_t)n;
	}
	return 0;
}
