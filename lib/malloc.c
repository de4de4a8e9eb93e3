/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small malloc(3) for programs that allocate little: musl's adds 8 KB to the program
 * and 5 KB to its image. A program takes it with a line in its module.mk; nothing in
 * its code shows it. The linker prefers it to libc's.
 *
 * Small blocks have sizes of powers of two; freed ones wait in a list of their size, and
 * their memory is never returned. Large blocks are mappings of their own.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Small blocks are cut from mappings of this size, shared by those of all sizes. */
#define CHUNK_SIZE ((size_t)64 * 1024)

/* 1 << shift bytes, header included: 32 bytes to a quarter of a chunk. */
#define SHIFT_MIN 5
#define SHIFT_MAX 14

union block {
	alignas(max_align_t) union block *next; /* while it is free */
	size_t size;                            /* while it is in use: with this header */
};

static union block *unused[SHIFT_MAX + 1]; /* by shift */
static char *chunk;                        /* the rest of it */
static size_t chunk_size;

static void *map(size_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return bytes == MAP_FAILED ? NULL : bytes; /* ENOMEM, from mmap(2) */
}

/* The smallest size that holds so many bytes. */
static unsigned shift_for(size_t size)
{
	unsigned shift = SHIFT_MIN;

	while (((size_t)1 << shift) < size)
		shift++;
	return shift;
}

static union block *take(unsigned shift)
{
	size_t size = (size_t)1 << shift;
	union block *block = unused[shift];

	if (block) {
		unused[shift] = block->next;
		return block;
	}
	if (size > chunk_size) {
		chunk = map(CHUNK_SIZE);
		chunk_size = chunk ? CHUNK_SIZE : 0;
		if (!chunk)
			return NULL;
	}
	block = (union block *)(void *)chunk;
	chunk += size;
	chunk_size -= size;
	return block;
}

static void *allocate(size_t size, bool zeroed)
{
	union block *block;

	if (size > PTRDIFF_MAX - sizeof *block) {
		errno = ENOMEM;
		return NULL;
	}
	size += sizeof *block;
	if (size > (size_t)1 << SHIFT_MAX) {
		block = map(size); /* zeros, and no page of it is touched */
	} else {
		block = take(shift_for(size));
		size = (size_t)1 << shift_for(size);
		if (block && zeroed)
			memset(block, 0, size);
	}
	if (!block)
		return NULL;
	block->size = size;
	return block + 1;
}

void *malloc(size_t size)
{
	return allocate(size, false);
}

void *calloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return allocate(total, true);
}

void free(void *bytes)
{
	union block *block = bytes;
	int saved = errno; /* POSIX.1-2024: free() preserves it */

	if (!block)
		return;
	block--;
	if (block->size > (size_t)1 << SHIFT_MAX) {
		(void)munmap(block, block->size);
		errno = saved;
	} else {
		union block **list = &unused[shift_for(block->size)];

		block->next = *list;
		*list = block;
	}
}

void *realloc(void *bytes, size_t size)
{
	size_t room = bytes ? ((union block *)bytes)[-1].size - sizeof(union block) : 0;
	void *larger;

	if (bytes && size <= room)
		return bytes;
	larger = allocate(size, false);
	if (larger && bytes) {
		memcpy(larger, bytes, room);
		free(bytes);
	}
	return larger;
}
