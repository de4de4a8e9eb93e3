/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is freed together. */
#include "pool.h"

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
	struct pool_block *next;
	void *adopted; /* from malloc(3); or NULL */
	max_align_t bytes[];
};

static struct pool_block *add_block(struct pool *pool, size_t size)
{
	struct pool_block *block;

	if (size > SIZE_MAX - sizeof *block)
		return NULL;
	block = calloc(1, sizeof *block + size);
	if (!block)
		return NULL;
	block->next = pool->blocks;
	pool->blocks = block;
	return block;
}

void *pool_take(struct pool *pool, size_t size)
{
	struct pool_block *block = add_block(pool, size);

	return block ? block->bytes : NULL;
}

char *pool_copy_bytes(struct pool *pool, const char *text, size_t length)
{
	char *copy = pool_take(pool, length + 1);

	return copy ? memcpy(copy, text, length) : NULL;
}

char *pool_copy(struct pool *pool, const char *text)
{
	return pool_copy_bytes(pool, text, strlen(text));
}

char *pool_format(struct pool *pool, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	return n < 0 ? NULL : pool_adopt(pool, text);
}

void *pool_adopt(struct pool *pool, void *memory)
{
	struct pool_block *block = add_block(pool, 0);

	if (!block) {
		free(memory);
		return NULL;
	}
	block->adopted = memory;
	return memory;
}

void pool_release(struct pool *pool)
{
	struct pool_block *block = pool->blocks, *next;

	for (; block; block = next) {
		next = block->next;
		free(block->adopted);
		free(block);
	}
	*pool = (struct pool)POOL_EMPTY;
}

int pool_exhausted(void)
{
	log_error("out of memory");
	return -ENOMEM;
}
