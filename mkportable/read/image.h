/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads an image into a plan: a directory, a squashfs through unsquashfs(1), anything
 * else through systemd-dissect(1). Nothing is followed, run or written, but that
 * systemd-dissect copies into a private directory, which is removed at the end.
 *
 * Images are hostile until the contrary is shown: sizes, numbers and times have
 * limits.
 */
#ifndef IMAGE_READER_H
#define IMAGE_READER_H

#include "base/child.h"
#include "base/scratch.h"
#include "plan/plan.h"

#include <stdint.h>

/* An image cannot be read: the exit status. */
#define EXIT_UNREADABLE 3

struct image_file {
	const char *format;      /* "directory", "squashfs", "gpt", "erofs", "ext4" */
	const char *compression; /* NULL: not known */
	uint64_t size;           /* of the file; 0 for a directory */
	bool is_directory;

	/* For the reader itself. */
	int fd;
	struct child reader; /* of a squashfs */
	struct scratch copy; /* of systemd-dissect */
};

#define IMAGE_FILE_NONE ((struct image_file){ .fd = -1, .reader = CHILD_NONE })

/*
 * Returns 0, or a negative errno for what was logged. ret is to be released in
 * either case, after the plan was last used.
 */
int image_file_read(struct plan *plan, const char *path, struct image_file *ret);
void image_file_release(struct image_file *file);

/* Logs why an image cannot be read: a negative errno of image_file_read() or the plan. */
void image_file_failure(const char *path, int r);

/*
 * The name that portablectl sees, and the id of an image that is built: the last
 * component, of the whole path for "." and "..". In the pool; NULL with errno set.
 */
const char *image_file_name(struct pool *pool, const char *path);

/*
 * The readers, for image_file_read() alone. *ret_why says why in plain words where
 * the errno does not, and nothing is logged.
 */
int image_read_tree(struct plan *plan, const char *path, const char **ret_why);
int image_read_squashfs(struct plan *plan, struct image_file *file, const char **ret_why);
int image_read_dissect(struct plan *plan, struct image_file *file, const char **ret_why);

#endif
