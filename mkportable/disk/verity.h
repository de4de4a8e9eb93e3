/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The format of dm-verity, version 1, with SHA-256: a superblock, then a tree of hashes
 * (Documentation/admin-guide/device-mapper/verity.rst of Linux; the superblock is that of
 * veritysetup(8)).
 */
#ifndef VERITY_H
#define VERITY_H

#include "disk/digest.h"
#include "disk/uuid.h"

#include <stdint.h>
#include <sys/types.h>

/* How much of a partition is the superblock; the tree begins at the next hash block. */
#define VERITY_SUPERBLOCK_SIZE ((size_t)512)

#define VERITY_BLOCK_SIZE 4096 /* of what we write: a page, as systemd-repart */
#define VERITY_SALT_MAX   256

/* A superblock. */
struct verity {
	struct uuid uuid;
	uint32_t data_block_size, hash_block_size; /* powers of two from 512 to 64 KiB */
	uint64_t data_blocks;                      /* 1 or more */
	size_t salt_size;
	unsigned char salt[VERITY_SALT_MAX];
};

void verity_format(const struct verity *verity, unsigned char ret[static VERITY_SUPERBLOCK_SIZE]);

/*
 * Returns 0, -ENXIO if there is none, -EBADMSG if it is damaged, or -EOPNOTSUPP if it is of
 * another algorithm or version. On failure *ret is untouched.
 */
int verity_parse(const unsigned char bytes[static VERITY_SUPERBLOCK_SIZE], struct verity *ret);

/* How many bytes there are of data, and of superblock and tree. UINT64_MAX: more than that. */
uint64_t verity_data_size(const struct verity *verity);
uint64_t verity_size(const struct verity *verity);

/*
 * Hashes the data at this offset of a file. *ret_tree: the tree, of verity_size() without
 * the block of the superblock, malloc'd, the caller's; NULL with one block of data.
 *
 * Returns 0, -ENOMEM, -ENODATA if the file ends before, -EINTR when a signal that ends the
 * program is pending, or the errno of pread(2).
 */
int verity_hash(const struct verity *verity, int fd, off_t offset, unsigned char **ret_tree,
		unsigned char ret_root_hash[static DIGEST_SIZE]);

#endif
