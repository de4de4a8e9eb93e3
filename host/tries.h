/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tries that are left of a version, in the name of its file: "x_2+3-0.raw" has three, and
 * systemd prefers any other version to "x_2+0-3.raw" (systemd.v(7)). Pure: names in, names out.
 */
#ifndef TRIES_H
#define TRIES_H

#include "pool.h"

#include <stdbool.h>

struct tries {
	unsigned long left, done;
};

/* Whether the name of the file counts tries; if so, sets *ret. */
bool tries_read(const char *path, struct tries *ret);

/* The path with this count, with another one replaced or without one. NULL without memory. */
char *tries_path(struct pool *pool, const char *path, const struct tries *tries);
char *tries_path_without(struct pool *pool, const char *path);

#endif
