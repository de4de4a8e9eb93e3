/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors: those that close themselves at the end of their scope, reading and writing.
 *
 * The empty descriptor is -1 everywhere; 0 is a descriptor like any other.
 */
#ifndef FD_H
#define FD_H

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#define CLEANUP_FD __attribute__((cleanup(cleanup_fd_)))

/* Returns the descriptor and leaves -1 behind, so that the scope no longer closes it. */
#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* errno stays: this runs after the return value was computed. */
static inline void cleanup_fd_(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* never retried: on Linux the fd is gone even after EINTR */
	*fd = -1;
	errno = saved;
}

/* Writes all of the bytes, however many write(2) takes at a time. Returns 0 or a negative errno. */
int fd_write_all(int fd, const void *bytes, size_t size);

/* The same, at a place in a file; leaves the offset of the descriptor behind it. */
int fd_write_at(int fd, const void *bytes, size_t size, off_t offset);

/*
 * Reads exactly so many bytes from a place in a file. Returns 0, -ENODATA if it ends before,
 * or the errno of pread(2).
 */
int fd_read_at(int fd, void *ret, size_t size, off_t offset);

/* Closes a descriptor that is kept in a struct, and marks it as closed. */
static inline void close_fd(int *fd)
{
	cleanup_fd_(fd);
}

#endif
