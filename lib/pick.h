/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of versions, "NAME.raw.v/" and "NAME.v/", and which of the images in them
 * systemd takes: systemd.v(7), vpick.c of systemd.
 */
#ifndef PICK_H
#define PICK_H

#include "pool.h"

#include <limits.h>
#include <stdbool.h>

/* Whether the path is called like a directory of versions. */
bool pick_has_versions(const char *path);

/* "NAME_VERSION[_ARCHITECTURE][+LEFT[-DONE]][.raw]", taken apart. */
struct pick_name {
	char version[NAME_MAX + 1];
	unsigned architecture;    /* 0: native, 1: its 32-bit kind, 2: any */
	unsigned long left, done; /* tries; ULONG_MAX: not counted */
	const char *file_name;    /* borrowed */
};

/*
 * name: in front of '_'. only_raw: the suffix .raw is required. systemd_version: 0 for any,
 * which allows what one of them allows. Returns false if it is none.
 */
bool pick_parse(const char *file_name, const char *name, bool only_raw, const char *native,
		unsigned systemd_version, struct pick_name *ret);

/* Greater than 0 if systemd prefers a. */
int pick_compare(const struct pick_name *a, const struct pick_name *b);

/*
 * The image in the directory that systemd takes on this machine, with its directory, in
 * the pool. *ret_n: how many there are to choose from.
 *
 * Returns 0, -ENOENT if there is none, or the errno of reading the directory.
 */
int pick(struct pool *pool, const char *directory, unsigned systemd_version, const char **ret,
	 unsigned *ret_n);

#endif
