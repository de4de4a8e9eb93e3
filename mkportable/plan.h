/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of an image: every entry that it will have, before a byte of it is
 * written.
 *
 * Paths are absolute and normalised ("/usr/bin/x"; the root is never an entry).
 * Symbolic links in the plan count: what is added below one lands where the link
 * points, as in a chroot. Missing parents are added as folders of mode 0755.
 * Everything is owned by root.
 *
 * Each entry has an origin: the words that begin a message about it, such as
 * "images/x/x.service:12". The functions that add log each failure once, after
 * the origin. Strings passed in are kept, not copied: they live in the pool.
 */
#ifndef PLAN_H
#define PLAN_H

#include "pool.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Far above any portable service; keeps a mistaken tree/ from being packed for hours. */
#define PLAN_ENTRIES_MAX 100000

enum plan_type {
	PLAN_DIRECTORY,
	PLAN_FILE,
	PLAN_SYMLINK,
};

struct plan_entry {
	const char *path;
	enum plan_type type;
	mode_t mode;        /* permission bits */
	const char *source; /* PLAN_FILE: the host's file; NULL when its bytes are here */
	const char *bytes;  /* PLAN_FILE without a source */
	size_t size;        /* of bytes */
	const char *target; /* PLAN_SYMLINK */
	const char *origin;
	bool examined; /* a program that was found good */
};

struct plan {
	struct pool *pool; /* borrowed */
	void *index;       /* of tsearch(3), by path */
	size_t n;
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
 * A folder. One that is there stays, with the new mode when that is not 0755.
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
 * All entries, parents before what is in them, in byte order.
 * Returns an array of plan->n in the pool, or NULL without memory.
 */
struct plan_entry **plan_sorted(const struct plan *plan);

#endif
