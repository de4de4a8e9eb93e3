/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a dynamic program finds its loader and its libraries in the image, as the
 * loaders of glibc (ld.so(8)) and of musl search for them.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "base/elf.h"
#include "plan/programs.h"

/* More objects than any process loads; limits hostile chains of libraries. */
#define LIBRARIES_MAX 1024

/* The caches of the loaders in an image, read when the first program needs them. */
struct library_cache {
	bool is_read;
	const char *bytes; /* of /etc/ld.so.cache, in the pool; NULL: there is none */
	size_t size;
	const char *
		configured; /* "/opt/lib:/usr/local/lib" of an offered ld.so.conf; NULL: not read */
	unsigned configured_n;
	bool is_offered; /* the cache is not in the image before a library is found only by it */
};

/*
 * path: of the program in the image, resolved. What it finds is used, as in plan_use().
 *
 * *ret_problems: all that keeps the program from being loaded, escaped, for the end of a
 * message, in the pool; NULL: nothing. Returns 0, -ENOMEM, or the errno of reading a file.
 */
int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    const struct surroundings *surroundings, struct library_cache *cache,
		    const char **ret_problems);

#endif
