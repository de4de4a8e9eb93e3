/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of dm-verity. */
#include "disk/verity.h"

#include "base/signals.h"
#include "fd.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MIN 512
#define BLOCK_SIZE_MAX (64 * 1024) /* the largest page of any machine */

/* How much of the data is read at once; a multiple of all block sizes. */
#define PORTION ((size_t)256 * 1024)

/* 128 to the 9th are more blocks than 64 bits count bytes; blocks of 512 bytes hold 16 digests. */
#define LEVELS_MAX 16

static const char magic[8] = "verity\0";
static const char algorithm[32] = "sha256";

/* struct verity_sb of veritysetup: little-endian, without gaps. */
struct superblock {
	char magic[8];
	uint32_t version, hash_type;
	unsigned char uuid[UUID_SIZE];
	char algorithm[32];
	uint32_t data_block_size, hash_block_size;
	uint64_t data_blocks;
	uint16_t salt_size;
	char unused[6];
	unsigned char salt[VERITY_SALT_MAX];
	char rest[168];
};
_Static_assert(sizeof(struct superblock) == VERITY_SUPERBLOCK_SIZE, "there are no gaps");

/* The levels of a tree, from the data upwards: how many hash blocks each has. */
struct levels {
	unsigned n; /* 0: the root hash is that of the only data block */
	uint64_t blocks[LEVELS_MAX], all;
};

static struct levels levels_of(const struct verity *v)
{
	uint64_t per_block = v->hash_block_size / DIGEST_SIZE;
	struct levels levels = { 0 };

	for (uint64_t blocks = v->data_blocks; blocks > 1; levels.n++) {
		blocks = blocks / per_block + (blocks % per_block != 0);
		levels.blocks[levels.n] = blocks;
		levels.all += blocks;
	}
	return levels;
}

void verity_format(const struct verity *verity, unsigned char ret[static VERITY_SUPERBLOCK_SIZE])
{
	struct superblock sb = {
		.version = htole32(1),
		.hash_type = htole32(1),
		.data_block_size = htole32(verity->data_block_size),
		.hash_block_size = htole32(verity->hash_block_size),
		.data_blocks = htole64(verity->data_blocks),
		.salt_size = htole16((uint16_t)verity->salt_size),
	};

	memcpy(sb.magic, magic, sizeof magic);
	memcpy(sb.algorithm, algorithm, sizeof algorithm);
	memcpy(sb.uuid, verity->uuid.bytes, UUID_SIZE);
	memcpy(sb.salt, verity->salt, verity->salt_size);
	memcpy(ret, &sb, sizeof sb);
}

static bool is_block_size(uint32_t size)
{
	return size >= BLOCK_SIZE_MIN && size <= BLOCK_SIZE_MAX && (size & (size - 1)) == 0;
}

int verity_parse(const unsigned char bytes[static VERITY_SUPERBLOCK_SIZE], struct verity *ret)
{
	struct superblock sb;
	struct verity v;

	memcpy(&sb, bytes, sizeof sb);
	if (memcmp(sb.magic, magic, sizeof magic) != 0)
		return -ENXIO;
	if (le32toh(sb.version) != 1)
		return -EBADMSG;
	if (le32toh(sb.hash_type) != 1 || strncmp(sb.algorithm, algorithm, sizeof algorithm) != 0)
		return -EOPNOTSUPP;
	v = (struct verity){
		.data_block_size = le32toh(sb.data_block_size),
		.hash_block_size = le32toh(sb.hash_block_size),
		.data_blocks = le64toh(sb.data_blocks),
		.salt_size = le16toh(sb.salt_size),
	};
	if (!is_block_size(v.data_block_size) || !is_block_size(v.hash_block_size) ||
	    v.data_blocks == 0 || v.salt_size > VERITY_SALT_MAX)
		return -EBADMSG;
	memcpy(v.uuid.bytes, sb.uuid, UUID_SIZE);
	memcpy(v.salt, sb.salt, v.salt_size);
	*ret = v;
	return 0;
}

/* Of so many blocks; all block sizes are powers of two. */
static uint64_t bytes_of(uint64_t blocks, uint32_t block_size)
{
	return blocks > UINT64_MAX / block_size ? UINT64_MAX : blocks * block_size;
}

uint64_t verity_data_size(const struct verity *verity)
{
	return bytes_of(verity->data_blocks, verity->data_block_size);
}

uint64_t verity_size(const struct verity *verity)
{
	return bytes_of(levels_of(verity).all + 1, verity->hash_block_size);
}

static int hash_blocks(struct digest *digest, const struct verity *v, const unsigned char *blocks,
		       size_t block_size, uint64_t n, unsigned char *ret)
{
	int r = 0;

	for (; n > 0 && r >= 0; n--, blocks += block_size, ret += DIGEST_SIZE) {
		digest_add(digest, v->salt, v->salt_size);
		digest_add(digest, blocks, block_size);
		r = digest_end(digest, ret);
	}
	return r;
}

static int hash_data(struct digest *digest, const struct verity *v, int fd, off_t offset,
		     unsigned char *ret)
{
	size_t per_portion = PORTION / v->data_block_size;
	unsigned char *portion = malloc(PORTION);
	uint64_t left = v->data_blocks;
	int r = portion ? 0 : -ENOMEM;

	while (left > 0 && r >= 0) {
		size_t n = left < per_portion ? (size_t)left : per_portion;

		r = fd_read_at(fd, portion, n * v->data_block_size, offset);
		if (r >= 0)
			r = hash_blocks(digest, v, portion, v->data_block_size, n, ret);
		if (r >= 0 && signals_pending())
			r = -EINTR;
		offset += (off_t)(n * v->data_block_size);
		ret += n * DIGEST_SIZE;
		left -= n;
	}
	free(portion);
	return r;
}

int verity_hash(const struct verity *verity, int fd, off_t offset, unsigned char **ret_tree,
		unsigned char ret_root_hash[static DIGEST_SIZE])
{
	struct digest *digest = digest_open();
	struct levels levels = levels_of(verity);
	uint64_t size = bytes_of(levels.all, verity->hash_block_size);
	unsigned char *tree, *level;
	int r;

	/* The lowest level comes last. Its last block may have room for digests of no block. */
	tree = size < SIZE_MAX ? calloc(1, size + DIGEST_SIZE) : NULL;
	if (!digest || !tree) {
		digest_close(digest);
		free(tree);
		return -ENOMEM;
	}
	level = tree + size - (levels.n ? levels.blocks[0] * verity->hash_block_size : 0);
	r = hash_data(digest, verity, fd, offset, level);
	for (unsigned i = 0; i < levels.n && r >= 0; i++) {
		bool is_top = i + 1 == levels.n;
		unsigned char *above =
			is_top ? NULL : level - levels.blocks[i + 1] * verity->hash_block_size;

		r = hash_blocks(digest, verity, level, verity->hash_block_size, levels.blocks[i],
				is_top ? ret_root_hash : above);
		level = above;
	}
	if (levels.n == 0)
		memcpy(ret_root_hash, level, DIGEST_SIZE);
	digest_close(digest);
	if (r < 0 || size == 0) {
		free(tree);
		tree = NULL;
	}
	if (r >= 0)
		*ret_tree = tree;
	return r;
}
