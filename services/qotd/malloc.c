/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small stand-in for malloc(3), which a linker prefers to that of libc: with musl's
 * the program has 8 KB more, for a few blocks at the start. Nothing else of the program
 * knows of it.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/*
 * Each block is a mapping of its own. It is meant for few and large ones: the files of
 * quotes, the limiter's table, the pool of connections.
 */
union block {
	size_t size; /* of the mapping */
	max_align_t align;
};

void *malloc(size_t size)
{
	union block *block;

	if (size > PTRDIFF_MAX - sizeof *block) {
		errno = ENOMEM;
		return NULL;
	}
	size += sizeof *block;
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	return block + 1;
}

void *calloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(total); /* a fresh mapping is all zeros */
}

void *realloc(void *bytes, size_t size)
{
	union block *block = bytes;

	if (!block)
		return malloc(size);
	if (size > PTRDIFF_MAX - sizeof *block) {
		errno = ENOMEM;
		return NULL;
	}
	block--;
	size += sizeof *block;
	block = mremap(block, block->size, size, MREMAP_MAYMOVE);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	return block + 1;
}

void free(void *bytes)
{
	union block *block = bytes;
	int saved = errno;

	if (!block)
		return;
	block--;
	(void)munmap(block, block->size);
	errno = saved;
}
