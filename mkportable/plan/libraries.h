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

/* What a process has in its memory. */
struct loaded_object {
	const char *path;
	const struct elf_facts *facts;
};

struct loaded {
	bool is_musl; /* the loader, and with it the C library */
	size_t n;     /* 0: a static program, or one that cannot be loaded */
	const struct loaded_object
		*objects; /* the program, the loader, the libraries; in the pool */
};

/*
 * path: of the program in the image, resolved. What it finds is used, as in plan_use().
 *
 * *ret_problems: all that keeps the program from being loaded, escaped, for the end of a
 * message, in the pool; NULL: nothing. *ret_loaded: what is loaded then. Returns 0, -ENOMEM, or the errno of reading a file.
 */
int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    const struct surroundings *surroundings, struct library_cache *cache,
		    struct loaded *ret_loaded, const char **ret_problems);

#endif
