/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a dynamic program finds its loader and its libraries in the image, as ld.so(8)
 * searches without $LD_LIBRARY_PATH and ld.so.cache.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "base/elf.h"
#include "plan/plan.h"

/* More objects than any process loads; limits hostile chains of libraries. */
#define LIBRARIES_MAX 1024

struct library_gap {
	const char *object; /* the file in the image that cannot be loaded */
	const char *kind;   /* "its loader" or "the library" */
	const char *name;   /* what is missing */
};

/*
 * path: of the program in the image, resolved.
 *
 * Returns 0, 1 and *ret for the first missing file (its strings are in the pool or of
 * facts), -E2BIG above LIBRARIES_MAX, -ENOMEM, or the errno of reading
 * a library.
 */
int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    struct library_gap *ret);

#endif
