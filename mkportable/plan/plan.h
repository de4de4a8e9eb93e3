/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of an image: every entry that it will have, before a byte of it is
 * written.
 *
 * Paths are absolute and normalised ("/usr/bin/x"; the root is never an entry).
 * Symbolic links in the plan count: what is added below one lands where the link
 * points, as in a chroot. Missing parents are added as directories of mode 0755.
 * Everything is owned by root.
 *
 * Each entry has an origin: the words that begin a message about it, such as
 * "images/x/x.service:12". The functions that add log each failure once, after
 * the origin. Strings passed in are kept, not copied: they live in the pool.
 */
#ifndef PLAN_H
#define PLAN_H

#include "base/pool.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Far above any portable service; keeps a mistaken tree/ from being packed for hours. */
#define PLAN_ENTRIES_MAX 100000

enum plan_type {
	PLAN_DIRECTORY,
	PLAN_FILE,
	PLAN_SYMLINK,
	PLAN_OTHER, /* a device, FIFO or socket; only in images that were read, never in built ones */
};

/* What an entry of this type is called in a message: "a file". */
const char *plan_type_words(enum plan_type type);

struct plan_entry {
	const char *path;
	enum plan_type type;
	mode_t mode;        /* permission bits */
	const char *source; /* PLAN_FILE: the host's file; NULL when its bytes are here */
	const char *bytes;  /* PLAN_FILE without a source */
	size_t size;        /* of bytes, and in an image that was read of the file */
	const char *target; /* PLAN_SYMLINK */
	const char *origin;
	bool examined; /* a program that was looked at */

	/* In images that were read; all zero in built ones. */
	uid_t uid;
	gid_t gid;
	bool has_capability; /* security.capability is set */
	uint64_t node;       /* for fetch: how the reader of the image finds it */
};

struct plan;

/*
 * Brings the bytes of a file whose source and bytes are NULL, entry->size of them.
 * Returns 0 or a negative errno.
 */
typedef int plan_fetch_fn(void *userdata, const struct plan_entry *entry, char *ret_bytes);

struct plan {
	struct pool *pool; /* borrowed */
	void *index;       /* of tsearch(3), by path */
	size_t n;
	plan_fetch_fn *fetch; /* NULL: each file has bytes or a source */
	void *fetch_userdata;
};

/* The pool outlives the plan. */
void plan_open(struct plan *plan, struct pool *pool);
void plan_close(struct plan *plan);

/* The entry of exactly this path, or NULL. */
struct plan_entry *plan_find(const struct plan *plan, const char *path);

/*
 * Follows the symbolic links of the plan in an absolute path. Parts that are not
 * in the plan stand as they are; ".." ends at the root.
 *
 * follow_last: also a link that is the last part. ret is "/" for the root.
 * Returns 0, -ELOOP, -ENOTDIR (a file in the middle of the path), -ENAMETOOLONG.
 */
int plan_resolve(const struct plan *plan, const char *path, bool follow_last,
		 char ret[static PATH_MAX]);

/* Resolves the whole path and finds it. NULL when there is nothing, or no way there. */
struct plan_entry *plan_follow(const struct plan *plan, const char *path);

/*
 * A directory. One that is there stays, with the new mode when that is not 0755.
 * Anything else in its place is a conflict. Unlike the two below, the last part
 * is followed when it is a link.
 */
int plan_add_directory(struct plan *plan, const char *path, mode_t mode, const char *origin);

/* A file from the host, or from memory. Whatever is there already is a conflict. */
int plan_add_file(struct plan *plan, const char *path, mode_t mode, const char *source,
		  const char *origin);
int plan_add_bytes(struct plan *plan, const char *path, const char *bytes, size_t size,
		   const char *origin);

/* A symbolic link. The same link twice is no conflict. */
int plan_add_symlink(struct plan *plan, const char *path, const char *target, const char *origin);

/*
 * For readers of images: puts an entry in as it stands, its path copied, whatever
 * it is called and whether its directory is there or not. Logs nothing.
 *
 * entry.path: absolute and normalised. Returns 0, -EEXIST, -E2BIG above
 * PLAN_ENTRIES_MAX, -ENOMEM.
 */
int plan_put(struct plan *plan, struct plan_entry entry);

/*
 * Reads a file of the plan, wherever its bytes are; at most max. A NUL that does
 * not count stands behind them.
 *
 * Returns 0 and sets *ret_bytes (malloc'd, the caller's) and *ret_size; -EFBIG,
 * -EINVAL for what is no file, -ENOMEM, or what the source's file system says.
 */
int plan_read(const struct plan *plan, const struct plan_entry *entry, size_t max, char **ret_bytes,
	      size_t *ret_size);

/*
 * All entries, parents before what is in them, in byte order.
 * Returns an array of plan->n in the pool, or NULL without memory.
 */
struct plan_entry **plan_sorted(const struct plan *plan);

#endif
