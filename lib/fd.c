/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors: writing to one. */
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
