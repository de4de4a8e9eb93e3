/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks over a directory of the host, and follows no link. */
#ifndef WALK_H
#define WALK_H

#include "pool.h"

#include <sys/stat.h>

/* Deeper trees are mistakes; each level needs a descriptor. */
#define WALK_DEPTH_MAX 128

struct walk_entry {
	int directory_fd; /* of the directory that it is in */
	const char *name; /* in that directory */
	const char *path; /* below the start: "/usr/bin/x"; in the pool */
	struct stat st;
};

/* Returns 0, WALK_SKIP not to enter a directory, or a negative errno to end the walk. */
typedef int walk_fn(void *userdata, const struct walk_entry *entry);
#define WALK_SKIP 1

/*
 * Calls fn for each entry below a directory, in byte order, each directory before its
 * entries. directory_fd is borrowed.
 *
 * Returns 0 or the negative errno of fn. If the walk itself fails, sets *ret_path to where
 * it did, and returns the errno, -ELOOP above WALK_DEPTH_MAX, or -E2BIG for a directory of
 * more than PLAN_ENTRIES_MAX entries.
 */
int walk(struct pool *pool, int directory_fd, walk_fn *fn, void *userdata, const char **ret_path);

/* The target of a symbolic link, in the pool. Returns 0 or a negative errno. */
int walk_read_link(struct pool *pool, const struct walk_entry *entry, const char **ret);

#endif
