/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes may be a superblock of dm-verity: it is refused, or its sizes are what they are,
 * without overflow, and it is written as it was read.
 */
#include "disk/verity.c" /* so that the fuzzer sees its branches */

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE] = "", written[VERITY_SUPERBLOCK_SIZE];
	struct verity v, again;
	struct levels levels;
	uint64_t above = 1;

	memcpy(superblock, bytes, size < sizeof superblock ? size : sizeof superblock);
	if (verity_parse(superblock, &v) < 0)
		return 0;
	levels = levels_of(&v);
	assert(levels.n <= LEVELS_MAX);
	assert(levels.n == 0 ? v.data_blocks == 1 : levels.blocks[levels.n - 1] == 1);
	for (unsigned i = levels.n; i > 0; above = levels.blocks[--i])
		assert(levels.blocks[i - 1] >= above);
	assert(levels.all <= v.data_blocks);
	assert(verity_size(&v) >= v.hash_block_size && verity_data_size(&v) >= v.data_block_size);
	verity_format(&v, written);
	if (verity_parse(written, &again) < 0)
		abort();
	assert(again.data_blocks == v.data_blocks);
	assert(again.salt_size == v.salt_size && memcmp(again.salt, v.salt, v.salt_size) == 0);
	return 0;
}
