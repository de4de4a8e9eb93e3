/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What dpkg and Debian's packages say about themselves: /var/lib/dpkg/status, and the copyright
 * files of /usr/share/doc (DEP 5).
 *
 * Pure: bytes in, values out. Any bytes are accepted.
 */
#ifndef DPKG_H
#define DPKG_H

#include "pool.h"

#include <stddef.h>

/* A whole Debian has some megabytes. */
#define DPKG_STATUS_SIZE_MAX    ((size_t)64 * 1024 * 1024)
#define DPKG_COPYRIGHT_SIZE_MAX ((size_t)4 * 1024 * 1024)

/* Further ones are left out. */
#define DPKG_LICENSES_MAX 64

struct dpkg_license {
	struct dpkg_license *next;
	const char *name; /* a short name of DEP 5: "GPL-2+", "Expat" */
};

struct dpkg_package {
	struct dpkg_package *next;
	const char *name, *version, *architecture;
	struct dpkg_license *licenses;
};

/*
 * The packages that are unpacked, in the order of the file; those without a name, a version or
 * an architecture are left out. text: ends with a NUL, is changed, and outlives what is
 * returned. Returns 0 or -ENOMEM.
 */
int dpkg_read_status(struct pool *pool, char *text, struct dpkg_package **ret);

/*
 * The licenses that a copyright file names, each once, in its order; none of a file in another
 * form. As above.
 */
int dpkg_read_licenses(struct pool *pool, char *text, struct dpkg_license **ret);

#endif
