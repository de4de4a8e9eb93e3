/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a dynamic program finds its loader and its libraries in the image:
 * ld.so(8), without $LD_LIBRARY_PATH and without ld.so.cache.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "elf-file.h"
#include "plan.h"

/* More objects than any process loads; a bound for cycles that are none by name. */
#define LIBRARIES_MAX 1024

/*
 * path: of the program in the image, resolved. origin begins the messages.
 *
 * Returns 0, or a negative errno for what was logged.
 */
int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    const char *origin);

#endif
