/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dm-verity needs for a file system that was written. */
#ifndef WRITE_PROTECTION_H
#define WRITE_PROTECTION_H

#include "disk/uuid.h"
#include "write/common.h"

/*
 * Every number in it is derived from the data, so that the same data is protected by the
 * same bytes.
 */
struct protection {
	unsigned char root_hash[DIGEST_SIZE];
	struct uuid root, verity, disk, signature_uuid; /* of the partitions and of their table */
	unsigned char *tree;                            /* with its superblock; NULL: no verity */
	size_t tree_size;
	struct signature signature; /* in the signer's pool; no bytes: nobody signed */
};

/*
 * Hashes the file system at this offset of a file, of a size in whole VERITY_BLOCK_SIZE;
 * sets *output->ret_root_hash. To be released in either case.
 *
 * Returns 0, or a negative errno for what was logged.
 */
int protect(const struct pack_output *output, int fd, size_t offset, uint64_t size,
	    struct protection *ret);
void protection_release(struct protection *protection);

/* The sidecar with the root hash. Returns as above. */
int protection_root_hash(const struct protection *protection, struct pack_sidecars *ret);

/* All sidecars of a bare file system. Returns as above. */
int protect_beside(const struct pack_output *output, int fd, uint64_t size,
		   struct pack_sidecars *ret);

#endif
