/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd-portabled does: org.freedesktop.portable1(5). Failures are logged. */
#ifndef PORTABLED_H
#define PORTABLED_H

#include "bus.h"
#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

struct portabled_image {
	const char *path;              /* absolute, or a name that systemd-portabled searches */
	const char *const *extensions; /* the last is NULL */
	const char *const *prefixes;   /* the same; none: that of its name */
	const char *profile;
	bool is_runtime;
};

/* A unit of an image, as it is in there. */
struct portabled_unit {
	struct portabled_unit *next; /* by name */
	const char *name;
	const char *bytes;
	size_t size;
};

/* What it did to a file. */
struct portabled_change {
	struct portabled_change *next;
	const char *type; /* "copy", "symlink", "write", "unlink", "mkdir" */
	const char *path, *source;
};

/*
 * Each returns 0 with what it did in the pool, or a negative errno. Inspecting reads the image
 * and changes nothing. *ret_path: that of the image that attaching would take.
 */
int portabled_inspect(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		      const char **ret_path, struct portabled_unit **ret);
int portabled_attach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		     struct portabled_change **ret);
int portabled_reattach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		       struct portabled_change **ret_removed, struct portabled_change **ret_added);
int portabled_detach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		     struct portabled_change **ret);

/*
 * Whether there is a profile of this name: systemd would attach without it, and without a word.
 * Returns 0, or a negative errno for what was logged: -ENOENT.
 */
int portabled_check_profile(sd_bus *bus, const char *profile);

#endif
