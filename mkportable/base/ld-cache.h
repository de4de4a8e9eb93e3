/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/ld.so.cache of ldconfig(8), in the form of glibc 2.2 and later (dl-cache.h). */
#ifndef LD_CACHE_H
#define LD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The next path of a library in the cache. Pure; any bytes are accepted.
 *
 * name: "libc.so.6". *position: 0 at first. Returns a string within bytes, or NULL at the
 * end.
 */
const char *ld_cache_next(const char *bytes, size_t size, bool big_endian, const char *name,
			  uint32_t *position);

#endif
