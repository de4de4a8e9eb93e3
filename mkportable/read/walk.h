/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks over a directory of the host, and follows no link. */
#ifndef WALK_H
#define WALK_H

#include "base/pool.h"

#include <sys/stat.h>

/* Nobody nests deeper by intention; each level holds a descriptor open. */
#define WALK_DEPTH_MAX 128

struct walk_entry {
	int directory_fd; /* of the directory that it is in */
	const char *name; /* in that directory */
	const char *path; /* below the start of the walk: "/usr/bin/x"; the pool's */
	struct stat st;
};

/* Returns 0, WALK_SKIP for a directory that is not to be entered, or a negative errno to end the walk. */
typedef int walk_fn(void *userdata, const struct walk_entry *entry);
#define WALK_SKIP 1

/*
 * Calls fn for each entry below a directory: in byte order, each directory before what
 * is in it. directory_fd is borrowed.
 *
 * Returns 0, or what fn returned. A failure of the walk itself sets *ret_path to the
 * entry that it happened at: the errno of reading it, -ELOOP below WALK_DEPTH_MAX,
 * -E2BIG for a directory of more than PLAN_ENTRIES_MAX entries.
 */
int walk(struct pool *pool, int directory_fd, walk_fn *fn, void *userdata, const char **ret_path);

/* The target of a symbolic link, in the pool. Returns 0 or a negative errno. */
int walk_read_link(struct pool *pool, const struct walk_entry *entry, const char **ret);

#endif
