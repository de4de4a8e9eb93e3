/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is freed together: all that a verb reads and derives lives in one pool. */
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

/* Zeroed memory, aligned for any type. NULL without memory. */
void *pool_take(struct pool *pool, size_t size);

/* A copy of a string, or of its first bytes (no more than its length). NULL without memory. */
char *pool_copy(struct pool *pool, const char *text);
char *pool_copy_bytes(struct pool *pool, const char *text, size_t length);

/* A string as from printf(3). NULL without memory. */
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands memory from malloc(3) to the pool. Returns it; without memory frees it, and returns NULL. */
void *pool_adopt(struct pool *pool, void *memory);

/* Frees all memory; the pool is empty afterwards. */
void pool_release(struct pool *pool);

/* Logs that there is no memory. Returns -ENOMEM, to be passed on. */
int pool_exhausted(void);

#endif
