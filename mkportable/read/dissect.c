/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a disk image (GPT, erofs, ext4) through systemd-dissect(1), which copies its files
 * into a private directory. That needs root, loop devices, and a kernel that knows the
 * file system.
 */
#include "base/child.h"
#include "read/image.h"

#include <errno.h>
#include <string.h>

/* Enough to copy some hundred MB. */
#define COPY_SECONDS_MAX 60

/* systemd-dissect needs little; its libraries need address space. */
#define DISSECT_MEMORY ((size_t)2 * 1024 * 1024 * 1024)

int image_read_dissect(struct plan *plan, struct image_file *file, const char **ret_why)
{
	const char *target;
	struct child child;
	int r;

	r = scratch_make(&file->copy, plan->pool);
	if (r < 0)
		return r;
	target = pool_format(plan->pool, "%s/root", file->copy.path);
	if (!target)
		return -ENOMEM;
	const char *const arguments[] = {
		"systemd-dissect", "--copy-from", CHILD_IMAGE, "/", target, NULL
	};

	r = child_start(&child, &(struct child_program){ .arguments = arguments,
							 .input_fd = -1,
							 .error_fd = -1,
							 .image_fd = file->fd,
							 .directory_fd = -1,
							 .seconds_max = COPY_SECONDS_MAX,
							 .memory = DISSECT_MEMORY,
							 .rights = CHILD_RIGHTS_MOUNT });
	if (r == -ENOENT)
		*ret_why =
			"only systemd-dissect reads this format; install it (Debian: systemd-container), or "
			"lint the directory that the image was made from";
	if (r < 0)
		return r;
	r = child_wait(&child);
	if (r == -EINTR)
		return r;
	if (r != 0) {
		*ret_why =
			"systemd-dissect cannot read this disk image; it needs root, loop devices "
			"and a kernel that knows the file system; else lint the directory that it was made from";
		return -EIO;
	}
	r = image_read_tree(plan, target, ret_why);
	plan->root_mode = 0755; /* that of the copy is ours */
	return r;
}
