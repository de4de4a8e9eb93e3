/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the note of an upgrade: what is read can be written, and is the same when it is
 * read again. And as the path of an image: a count of tries that is put into it is found there.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "text-list.c" /* so that the fuzzer sees their branches */
#include "transaction.c"
#include "tries.c"
#include "unit-file.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_and_write(const char *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct transaction first, second;
	const char *text, *again;

	if (transaction_read(&pool, bytes, size, &first) == 0) {
		assert(first.old[0] == '/' && first.new[0] == '/');
		if (transaction_write(&pool, &first, &text) == 0) {
			int r = transaction_read(&pool, text, strlen(text), &second);

			assert(r == 0);
			r = transaction_write(&pool, &second, &again);
			assert(r == 0 && strcmp(text, again) == 0);
		}
	}
	pool_release(&pool);
}

static void count(const char *path)
{
	const struct tries tries = { 2, 1 };
	struct pool pool = POOL_EMPTY;
	const char *counted = tries_path(&pool, path, &tries);
	const char *slash = strrchr(path, '/');
	struct tries found;

	assert(counted);
	/* A file needs a name in front of its count. */
	if (slash ? slash[1] : path[0]) {
		bool counts = tries_read(counted, &found);

		assert(counts && found.left == 2 && found.done == 1);
	}
	assert(strlen(tries_path_without(&pool, path)) <= strlen(path));
	pool_release(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);

	read_and_write((const char *)bytes, size);
	if (text && size < 4096)
		count(text);
	free(text);
	return 0;
}
