/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small malloc: blocks are aligned, apart, as large as asked for, and used again. */
#include "check.h"

#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Under names of their own: the test, and the sanitizer, keep libc's. */
void *small_malloc(size_t size);
void *small_calloc(size_t n, size_t size);
void *small_realloc(void *bytes, size_t size);
void small_free(void *bytes);

#define malloc  small_malloc
#define calloc  small_calloc
#define realloc small_realloc
#define free    small_free
#include "../../lib/malloc.c"

#define LARGE (CHUNK_SIZE * 3)

static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 4096, 16367, 16368, 16369, 65536, LARGE };

static char *must(void *bytes)
{
	if (!bytes)
		abort();
	return bytes;
}

static bool is_all(const char *bytes, size_t size, char byte)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

static void blocks_are_aligned_and_lie_apart(void)
{
	char *blocks[ELEMENTS(sizes)][8];

	for (size_t i = 0; i < ELEMENTS(sizes); i++) {
		for (size_t k = 0; k < ELEMENTS(blocks[i]); k++) {
			blocks[i][k] = must(malloc(sizes[i]));
			CHECK((uintptr_t)blocks[i][k] % alignof(max_align_t) == 0);
			memset(blocks[i][k], (int)(i * 8 + k), sizes[i]);
		}
	}
	for (size_t i = 0; i < ELEMENTS(sizes); i++) {
		for (size_t k = 0; k < ELEMENTS(blocks[i]); k++) {
			CHECK(is_all(blocks[i][k], sizes[i], (char)(i * 8 + k)));
			free(blocks[i][k]);
		}
	}
}

static void a_freed_block_is_used_again(void)
{
	char *first = must(malloc(100)), *second;

	free(first);
	second = malloc(70); /* the next power of two is the same */
	CHECK(second == first);
	free(second);
}

static void calloc_gives_zeros_in_used_memory_too(void)
{
	for (size_t i = 0; i < ELEMENTS(sizes); i++) {
		char *bytes = must(malloc(sizes[i]));

		memset(bytes, 'x', sizes[i]);
		free(bytes);
		bytes = must(calloc(1, sizes[i]));
		CHECK(is_all(bytes, sizes[i], 0));
		free(bytes);
	}
}

static void realloc_keeps_what_was_there(void)
{
	char *bytes = must(realloc(NULL, 1));

	bytes[0] = 'a';
	for (size_t size = 2; size <= LARGE; size *= 2) {
		bytes = must(realloc(bytes, size));
		CHECK(is_all(bytes, size / 2, 'a'));
		memset(bytes, 'a', size);
	}
	bytes = must(realloc(bytes, 3));
	CHECK(is_all(bytes, 3, 'a'));
	free(bytes);
	free(NULL);
}

static void a_size_that_cannot_be_is_refused(void)
{
	char *bytes = malloc(1);

	errno = 0;
	CHECK(!malloc(SIZE_MAX) && errno == ENOMEM);
	errno = 0;
	CHECK(!calloc(SIZE_MAX / 2, 4) && errno == ENOMEM);
	errno = 0;
	CHECK(!realloc(bytes, SIZE_MAX) && errno == ENOMEM);
	free(bytes);
}

static void a_large_block_goes_back_to_the_kernel(void)
{
	unsigned char resident;
	char *bytes = must(malloc(LARGE));
	char *page = bytes - sizeof(union block);

	CHECK(mincore(page, 1, &resident) == 0);
	errno = EINTR;
	free(bytes);
	CHECK(errno == EINTR);
	CHECK(mincore(page, 1, &resident) < 0 && errno == ENOMEM);
}

int main(void)
{
	RUN(blocks_are_aligned_and_lie_apart);
	RUN(a_freed_block_is_used_again);
	RUN(calloc_gives_zeros_in_used_memory_too);
	RUN(realloc_keeps_what_was_there);
	RUN(a_size_that_cannot_be_is_refused);
	RUN(a_large_block_goes_back_to_the_kernel);
	return CHECK_STATUS();
}
