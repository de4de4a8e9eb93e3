/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of an image: all of its entries, before any of it is written; or all entries
 * of an image that was read.
 *
 * Paths are absolute and normalised ("/usr/bin/x"; the root is never an entry).
 * Symbolic links of the plan are followed as in a chroot: what is added below one goes
 * where it points. Missing parents are added with the mode 0755. Root owns everything.
 *
 * Each entry has an origin, with which messages about it begin, such as
 * "images/x/x.service:12". The functions that add entries log each failure. They keep
 * the strings, which must live in the pool.
 */
#ifndef PLAN_H
#define PLAN_H

#include "pool.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More than any portable service has; a tree/ by mistake would be packed for hours. */
#define PLAN_ENTRIES_MAX 100000

enum plan_type {
	PLAN_DIRECTORY,
	PLAN_FILE,
	PLAN_SYMLINK,
	PLAN_OTHER, /* a device, FIFO or socket; only in images that were read */
};

/* What an entry of this type is called in a message: "a file". */
const char *plan_type_words(enum plan_type type);

struct plan_entry {
	const char *path;
	enum plan_type type;
	mode_t mode;                  /* permission bits */
	const char *source;           /* PLAN_FILE: a file of the host; or NULL */
	const struct plan_root *root; /* below which the source is; NULL: the host's own root */
	const char *bytes;            /* PLAN_FILE without a source */
	size_t size;                  /* of bytes; in an image that was read, of the file */
	const char *target;           /* PLAN_SYMLINK */
	const char *origin;
	const struct program_file *program; /* what is in it; NULL before programs_read() */
	const char *asked_by; /* what needs it first: "x.service:12", a path; NULL: nothing */
	bool reported;        /* a program in which something was found */
	bool offered;         /* not in the plan before something needs it */
	bool is_placed;       /* from the program path; of another source, see "root" */

	/* Only in images that were read, else 0. */
	uid_t uid;
	gid_t gid;
	bool has_capability;     /* security.capability is set */
	uint64_t node;           /* by which plan_fetch_fn finds it */
	const struct plan *from; /* whose plan_fetch_fn that is; NULL: of its own plan */
};

struct plan;

/*
 * Reads the bytes of a file whose source and bytes are NULL, entry->size of them.
 * Returns 0 or a negative errno.
 */
typedef int plan_fetch_fn(void *userdata, const struct plan_entry *entry, char *ret_bytes);

/* A directory of the host that is the root of its links; none of them leads out of it. */
struct plan_root {
	int fd;
	const char *shown; /* escaped, without a slash at its end; "" for "/" */
};

/*
 * Where a plan finds what it does not have. find() returns an entry of exactly this path
 * with "offered" set, always the same one, or NULL. take() puts one into the plan, whose
 * directory is there already; it returns as plan_put(). list() sets the names in a directory,
 * sorted, which end with NULL, in the pool; it returns 0 or a negative errno. link() offers a
 * symbolic link where nothing is, from then on; it returns as list().
 */
struct plan_offer {
	struct plan_entry *(*find)(void *userdata, const char *path);
	int (*take)(void *userdata, struct plan_entry *entry);
	int (*list)(void *userdata, const char *path, const char *const **ret);
	int (*link)(void *userdata, const char *path, const char *target);
	void *userdata;
};

struct plan {
	const struct plan_offer *offer; /* borrowed; NULL: none */
	struct pool *pool;              /* borrowed */
	void *index;                    /* of tsearch(3), by path */
	size_t n;
	plan_fetch_fn *fetch; /* NULL: each file has bytes or a source */
	void *fetch_userdata;
	mode_t root_mode; /* of the root directory, which is no entry; 0755 unless one was read */
};

/* The pool outlives the plan. */
void plan_open(struct plan *plan, struct pool *pool);
void plan_close(struct plan *plan);

/* The entry of exactly this path, in the plan or offered to it; or NULL. */
struct plan_entry *plan_find(const struct plan *plan, const char *path);

/*
 * Something ("by", as in asked_by) needs what is at this absolute path: all entries on the
 * way to it, links included, are taken into the plan if they are only offered.
 *
 * Returns 0, or as plan_resolve() and plan_put().
 */
int plan_use(const struct plan *plan, const char *path, const char *by);

/*
 * For a message: "; 'PATH' is there" with the offered path that is most like this one,
 * which is not there; or "". In the pool.
 */
const char *plan_nearest(const struct plan *plan, const char *path);

/* Returns -EINVAL, logged, for a path that no image should have: control characters and the like. */
int plan_check_path(const char *path, const char *origin);

/* Puts an entry itself into the plan, not a copy. Returns as plan_put(). */
int plan_adopt(struct plan *plan, struct plan_entry *entry);

/*
 * Opens the source of a file to be read, without waiting for the other end of a FIFO.
 * Returns the descriptor or a negative errno.
 */
int plan_open_source(const struct plan_entry *entry);

/*
 * Follows the symbolic links of the plan in an absolute path. Parts that are not in the
 * plan are taken as they are; ".." stops at the root.
 *
 * follow_last: follow the last part as well. ret is "/" for the root.
 * Returns 0, -ELOOP, -ENOTDIR (a file in the middle of the path), -ENAMETOOLONG.
 */
int plan_resolve(const struct plan *plan, const char *path, bool follow_last,
		 char ret[static PATH_MAX]);

/* The same among what a function finds: the entry of exactly this path, or NULL. */
typedef struct plan_entry *plan_find_fn(const void *userdata, const char *path);
int plan_resolve_by(plan_find_fn *find, const void *userdata, const char *path, bool follow_last,
		    char ret[static PATH_MAX]);

/* Resolves the whole path and finds its entry; or NULL. */
struct plan_entry *plan_follow(const struct plan *plan, const char *path);

/*
 * A directory. An existing one stays, and gets the mode if that is not 0755; any other
 * entry there is a conflict. Unlike below, the last part is followed.
 */
int plan_add_directory(struct plan *plan, const char *path, mode_t mode, const char *origin);

/* A file of the host, or from memory. Any entry there is a conflict. */
int plan_add_file(struct plan *plan, const char *path, mode_t mode, const char *source,
		  const char *origin);
int plan_add_bytes(struct plan *plan, const char *path, const char *bytes, size_t size,
		   const char *origin);

/* A symbolic link. Any other entry there than the same link is a conflict. */
int plan_add_symlink(struct plan *plan, const char *path, const char *target, const char *origin);

/*
 * For readers of images: adds an entry as it is, whatever its name is and whether its
 * directory exists or not. Copies the path. Logs nothing.
 *
 * entry.path: absolute and normalised. Returns 0, -EEXIST, -E2BIG above
 * PLAN_ENTRIES_MAX, -ENOMEM.
 */
int plan_put(struct plan *plan, struct plan_entry entry);

/*
 * Puts what another plan has below the directory over what is there, as an overlay does.
 * upper outlives the plan. Returns as plan_put().
 */
int plan_merge(struct plan *plan, const struct plan *upper, const char *directory);

/*
 * Reads a file of at most max bytes, and adds a NUL that does not count.
 *
 * Returns 0 and sets *ret_bytes (the caller frees it) and *ret_size; -EFBIG, -EINVAL for
 * what is not a file, -ENOMEM, or the errno of reading it.
 */
int plan_read(const struct plan *plan, const struct plan_entry *entry, size_t max, char **ret_bytes,
	      size_t *ret_size);

/*
 * All entries, parents before what is in them, in byte order.
 * Returns an array of plan->n in the pool, or NULL without memory.
 */
struct plan_entry **plan_sorted(const struct plan *plan);

#endif
