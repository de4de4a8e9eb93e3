/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that ends together: everything that one run of a verb reads and
 * derives lives in one pool and is released at its end.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

struct pool_block;

struct pool {
	struct pool_block *blocks;
};

#define POOL_EMPTY \
	{          \
		0  \
	}

/* Zeroed memory, aligned for anything. NULL when there is none. */
void *pool_take(struct pool *pool, size_t size);

/* A copy of a string, or of its first bytes (no more than its length). NULL without memory. */
char *pool_copy(struct pool *pool, const char *text);
char *pool_copy_bytes(struct pool *pool, const char *text, size_t length);

/* A string as from printf(3). NULL without memory. */
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes memory from malloc(3) the pool's. Returns it, or NULL without memory;
 * it is freed then.
 */
void *pool_adopt(struct pool *pool, void *memory);

/* Frees all of it; the pool is empty then. */
void pool_release(struct pool *pool);

/* Says that there is no memory. Returns -ENOMEM, so that it can be passed on. */
int pool_exhausted(void);

#endif
