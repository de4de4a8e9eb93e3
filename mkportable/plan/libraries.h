/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a dynamic program finds its loader and its libraries in the image:
 * ld.so(8), without $LD_LIBRARY_PATH and without ld.so.cache.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "base/elf.h"
#include "plan/plan.h"

/* More objects than any process loads; a bound for cycles that are none by name. */
#define LIBRARIES_MAX 1024

struct library_gap {
	const char *object; /* the file in the image that cannot be loaded */
	const char *kind;   /* "its loader" or "the library" */
	const char *name;   /* what is missing */
};

/*
 * path: of the program in the image, resolved.
 *
 * Returns 0, 1 and *ret for the first thing that is missing (its strings are the
 * pool's or facts'), -E2BIG above LIBRARIES_MAX, -ENOMEM, or the errno of reading
 * a library.
 */
int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    struct library_gap *ret);

#endif
