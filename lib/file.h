/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole files: reads small ones, and replaces one so that a crash leaves the old or
 * the new one, never half of it.
 */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads a whole regular file, at most max bytes. A NUL that does not
 * count follows the bytes. Symbolic links are followed; devices, FIFOs and sockets are
 * refused without waiting.
 *
 * directory_fd: as in openat(2), AT_FDCWD allowed.
 * Returns 0 and sets *ret_bytes (malloc'd, the caller's) and *ret_size; -EFBIG
 * when there is more than max, -EISDIR, -EINVAL for another kind of file,
 * -ENOMEM, or the errno of openat(2) and read(2).
 */
int file_read(int directory_fd, const char *path, size_t max, char **ret_bytes, size_t *ret_size);

/* The same for a file that is open, from where it stands; fd is borrowed. */
int file_read_open(int fd, size_t max, char **ret_bytes, size_t *ret_size);

/* A new file that will replace another one in the same directory, if there is one. */
struct replacement {
	int directory_fd; /* owned */
	int fd;           /* owned; the caller writes to it, and may read it */
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1]; /* the file's name until the commit; "" after it */
};

#define REPLACEMENT_NONE ((struct replacement){ .directory_fd = -1, .fd = -1 })

/*
 * Makes ".NAME.new" with exactly that mode; removes what an earlier crash left
 * under this name. Two writers at a time need a lock of their own.
 *
 * directory_fd: an open directory (not O_PATH: it is fsynced); borrowed.
 * name: one path component. Returns 0, -EINVAL for another name,
 * -ENAMETOOLONG, or the errno of openat(2) and fchmod(2).
 */
int replacement_begin(struct replacement *r, int directory_fd, const char *name, mode_t mode);

/*
 * Syncs the file, renames it, syncs the directory; then the struct is empty. Returns 0
 * or a negative errno: the old file is still there, unless the last fsync failed.
 */
int replacement_commit(struct replacement *r);

/* Removes the new file, unless it was committed. Safe on REPLACEMENT_NONE, and twice. */
void replacement_abandon(struct replacement *r);

/* All three at once, for bytes in memory. Errors as above. */
int file_replace(int directory_fd, const char *name, const void *bytes, size_t size, mode_t mode);

#endif
