/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole files: reading small ones, and replacing one so that a crash leaves the
 * old or the new, never half of either.
 */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads a whole regular file, at most max bytes. A NUL that does not count
 * stands behind the bytes. Symbolic links are followed; devices, FIFOs and
 * sockets are refused without being waited for.
 *
 * directory_fd: as in openat(2), AT_FDCWD allowed.
 * Returns 0 and sets *ret_bytes (malloc'd, the caller's) and *ret_size; -EFBIG
 * when there is more than max, -EISDIR, -EINVAL for what is no regular file,
 * -ENOMEM, or the errno of openat(2) and read(2).
 */
int file_read(int directory_fd, const char *path, size_t max, char **ret_bytes, size_t *ret_size);

/* A new file that is to take the place of another, or of none, in the same folder. */
struct replacement {
	int directory_fd; /* owned */
	int fd;           /* owned; written to by the caller, who may read it again */
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1]; /* the file's name until the commit; "" after it */
};

#define REPLACEMENT_NONE ((struct replacement){ .directory_fd = -1, .fd = -1 })

/*
 * Makes ".NAME.new" with exactly that mode; what an earlier crash left under
 * this name is removed. Two writers at once must be kept apart by a lock of
 * their own.
 *
 * directory_fd: an open folder (O_PATH will not do: it is fsynced); borrowed.
 * name: one path component. Returns 0, -EINVAL for another kind of name,
 * -ENAMETOOLONG, or the errno of openat(2) and fchmod(2).
 */
int replacement_begin(struct replacement *r, int directory_fd, const char *name, mode_t mode);

/*
 * File to disk, rename, folder to disk; the struct is empty then. Returns 0 or a negative errno:
 * the old file still stands, unless it was the last fsync that failed.
 */
int replacement_commit(struct replacement *r);

/* Removes the new file, unless it was committed. Safe on REPLACEMENT_NONE, and twice. */
void replacement_abandon(struct replacement *r);

/* The three in one, for bytes that are already there. Errors as above. */
int file_replace(int directory_fd, const char *name, const void *bytes, size_t size, mode_t mode);

#endif
