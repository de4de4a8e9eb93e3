/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small stand-in for malloc(3), which the linker prefers to musl's: that one is a
 * quarter of the size that this program may have. Blocks come in sizes of powers of
 * two, and go back to a list of their size; what was taken from the kernel is kept,
 * and is soon enough for all that ever runs at a time. Nothing else knows of it.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* At a time from the kernel; a larger block is one of its own. */
#define CHUNK ((size_t)64 * 1024)

/* Smaller blocks would not hold the link to the next one. */
#define SHIFT_MIN 5

union block {
	union block *next; /* while it is free */
	unsigned shift;    /* while it is in use: 1 << shift bytes, this one included */
	max_align_t align;
};

static union block *unused[64]; /* by their shift */
static char *chunk;             /* the rest of it */
static size_t chunk_size;

void *malloc(size_t size)
{
	unsigned shift = SHIFT_MIN;
	union block *block;

	while (shift < 48 && ((size_t)1 << shift) - sizeof *block < size)
		shift++;
	size = (size_t)1 << shift;
	block = unused[shift];
	if (block) {
		unused[shift] = block->next;
	} else {
		if (size > chunk_size) {
			size_t room = size > CHUNK ? size : CHUNK;
			char *fresh = mmap(NULL, room, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (fresh == MAP_FAILED)
				return NULL; /* ENOMEM, from mmap(2) */
			chunk = fresh;
			chunk_size = room;
		}
		block = (union block *)(void *)chunk;
		chunk += size;
		chunk_size -= size;
	}
	block->shift = shift;
	return block + 1;
}

void free(void *bytes)
{
	union block *block = bytes;
	unsigned shift;

	if (!block)
		return;
	block--;
	shift = block->shift;
	block->next = unused[shift];
	unused[shift] = block;
}

void *calloc(size_t n, size_t size)
{
	void *bytes;

	if (__builtin_mul_overflow(n, size, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	bytes = malloc(size);
	return bytes ? memset(bytes, 0, size) : NULL;
}

void *realloc(void *bytes, size_t size)
{
	union block *block = bytes;
	void *larger;
	size_t room;

	if (!block)
		return malloc(size);
	room = ((size_t)1 << block[-1].shift) - sizeof *block;
	if (size <= room)
		return bytes;
	larger = malloc(size);
	if (larger) {
		memcpy(larger, bytes, room);
		free(bytes);
	}
	return larger;
}
