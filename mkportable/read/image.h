/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads an image into a plan: a directory, a squashfs through libsquashfs, other formats
 * through systemd-dissect(1), which copies into a private directory.
 *
 * Images are hostile: nothing in them is followed or run, and sizes, numbers and times
 * have limits.
 */
#ifndef IMAGE_READER_H
#define IMAGE_READER_H

#include "base/child.h"
#include "base/scratch.h"
#include "disk/gpt.h"
#include "plan/plan.h"
#include "read/verity.h"

#include <stdint.h>

/* The exit status when an image cannot be read. */
#define EXIT_UNREADABLE 3

struct host_facts;

/* The host for which an image is read. */
struct image_host {
	unsigned systemd_version;              /* 0: any that we know */
	const char *machine;                   /* NULL: the one that we run on */
	const struct certificate *certificate; /* to verify a signature by; NULL: none */
	const struct host_facts *facts;        /* what else is known of it; NULL: nothing */
};

struct image_file {
	const char *path;        /* in a directory of versions, of the image that systemd takes */
	const char *real_path;   /* behind symbolic links */
	unsigned versions;       /* in that directory; 0: it is none */
	const char *format;      /* "directory", "squashfs", "gpt", "erofs", "ext2" to "ext4" */
	const char *file_system; /* the same, of the root of a GPT; NULL: squashfs, or unknown */
	const char *compression; /* NULL: not known */
	uint64_t size;           /* of the file; 0 for a directory */
	bool is_directory;
	bool is_writable; /* systemd can make mount points in it; since 257 it does in an ext4 */
	uint64_t root_offset, root_size; /* of the file system in the file */
	uint64_t root_used;              /* of that, by a squashfs; 0: not known */

	const char *machine; /* for which it was read */

	/* Of a GPT, in the pool; the partitions are those that systemd takes on this machine. */
	const struct gpt *gpt;                                 /* NULL: it is none */
	const struct gpt_partition *root, *verity, *signature; /* NULL: there is none */

	struct image_verity protection;

	/* Private. */
	int fd;
	struct child reader; /* of a squashfs */
	struct scratch copy; /* of systemd-dissect */
};

#define IMAGE_FILE_NONE ((struct image_file){ .fd = -1, .reader = CHILD_NONE })

/*
 * Returns 0, or a negative errno for what was logged. In both cases the caller releases
 * ret, after the last use of the plan.
 */
int image_file_read(struct plan *plan, const char *path, const struct image_host *host,
		    struct image_file *ret);
void image_file_release(struct image_file *file);

/* Logs why an image cannot be read. r: a negative errno of image_file_read() or the plan. */
void image_file_failure(const char *path, int r);

/*
 * The name of an image for portablectl, and the id of one that is built: the last
 * component of the path, resolved if that is "." or "..". In the pool; NULL with errno
 * set.
 */
const char *image_file_name(struct pool *pool, const char *path);

/*
 * The readers, for image_file_read(). They log nothing, and set *ret_why if the errno does
 * not tell the reason.
 */
int image_read_tree(struct plan *plan, const char *path, const char **ret_why);
int image_read_squashfs(struct plan *plan, struct image_file *file, const char **ret_why);
int image_read_dissect(struct plan *plan, struct image_file *file, const char **ret_why);

#endif
