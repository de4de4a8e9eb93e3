/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is attached, by the files that systemd-portabled wrote below system.attached/. They tell
 * more than portablectl does, which calls each image attached whose name begins like that of an
 * attached one.
 */
#ifndef ATTACHED_H
#define ATTACHED_H

#include "pool.h"

#include <stdbool.h>

struct attached_unit {
	struct attached_unit *next; /* of the same image, by name */
	const char *name;           /* "x@.service" */
	const char *directory;      /* the one that its file is in */
	bool is_runtime;
	const char *root;         /* RootImage= or RootDirectory= of its drop-in; NULL: none */
	const char *profile;      /* its name; NULL: without one */
	const char *profile_path; /* of the file that is used; NULL: without one */
	bool profile_is_gone;     /* that is not there */
};

struct attached_image {
	struct attached_image *next; /* by path */
	const char *path;
	const char *name;       /* what the names of its units begin with */
	const char *extensions; /* paths with ':' between them; "": none */
	bool is_runtime;
	struct attached_unit *units;
};

/* Something below system.attached/ that belongs to no attached image. */
struct attached_leftover {
	struct attached_leftover *next;
	const char *path;
	const char *what; /* "a drop-in without its unit" */
};

struct attached {
	struct attached_image *images;
	struct attached_leftover *leftovers;
};

/*
 * root: the directory of another system; "" for this one. Returns 0, with *ret in the pool, or
 * a negative errno for what was logged.
 */
int attached_find(struct pool *pool, const char *root, struct attached *ret);

/* Whether an image is meant: by its prefix, its file's name with or without ".raw", or its path. */
bool attached_is(const struct attached_image *image, const char *name);

/*
 * Whether systemd would delete the image itself when it is detached. It removes its link to the
 * image, or its copy, from /etc/portables or /run/portables, and newer ones than 252 also the image
 * that lies there.
 */
bool attached_is_deleted(const struct attached_image *image);

/* The paths of its extensions; the last is NULL. In the pool; NULL without memory. */
const char *const *attached_extensions(struct pool *pool, const struct attached_image *image);

/*
 * The newest image beside the attached one: in its directory of versions the one that systemd
 * would take, in another directory the file of this name with the highest version.
 *
 * Returns 0 and *ret, in the pool; NULL if the attached image is that. Or a negative errno.
 */
int attached_newer(struct pool *pool, const struct attached_image *image, const char **ret);

#endif
