/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dm-verity needs for a file system. */
#include "write/protection.h"

#include "disk/hex.h"
#include "disk/verity.h"
#include "fd.h"
#include "log.h"
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORTION ((size_t)256 * 1024)

/* The digest of a file's bytes. */
static int digest_file(struct digest *digest, int fd, size_t offset, uint64_t size,
		       unsigned char *ret)
{
	unsigned char *portion = malloc(PORTION);
	int r = portion ? 0 : -ENOMEM;

	for (uint64_t left = size; left > 0 && r >= 0;) {
		size_t n = left < PORTION ? (size_t)left : PORTION;

		r = fd_read_at(fd, portion, n, (off_t)(offset + size - left));
		digest_add(digest, portion, n);
		left -= n;
	}
	free(portion);
	return r < 0 ? r : digest_end(digest, ret);
}

/* A number that depends on nothing but these bytes, and on what it is for. */
static int derive(struct digest *digest, const char *purpose, const unsigned char *from,
		  unsigned char *ret, size_t size)
{
	unsigned char all[DIGEST_SIZE];
	int r;

	digest_add(digest, purpose, strlen(purpose));
	digest_add(digest, from, DIGEST_SIZE);
	r = digest_end(digest, all);
	if (r >= 0)
		memcpy(ret, all, size);
	return r;
}

/* Superblock and tree. */
static int hash(struct protection *p, const struct verity *v, int fd, size_t offset)
{
	unsigned char *tree;
	int r = verity_hash(v, fd, (off_t)offset, &tree, p->root_hash);

	if (r < 0)
		return r;
	p->tree_size = (size_t)verity_size(v);
	p->tree = calloc(1, p->tree_size);
	if (p->tree) {
		verity_format(v, p->tree);
		if (tree)
			memcpy(p->tree + v->hash_block_size, tree,
			       p->tree_size - v->hash_block_size);
	}
	free(tree);
	return p->tree ? 0 : -ENOMEM;
}

static int compute(const struct pack_output *output, int fd, size_t offset, uint64_t size,
		   struct digest *digest, struct protection *p)
{
	struct verity v = { .data_block_size = VERITY_BLOCK_SIZE,
			    .hash_block_size = VERITY_BLOCK_SIZE,
			    .data_blocks = size / VERITY_BLOCK_SIZE,
			    .salt_size = DIGEST_SIZE };
	unsigned char data[DIGEST_SIZE];
	const unsigned char *last = data;
	int r;

	r = digest_file(digest, fd, offset, size, data);
	if (r >= 0)
		r = derive(digest, "root", data, p->root.bytes, UUID_SIZE);
	if (r >= 0 && output->verity) {
		r = derive(digest, "salt", data, v.salt, DIGEST_SIZE);
		if (r >= 0)
			r = derive(digest, "verity", data, v.uuid.bytes, UUID_SIZE);
		if (r >= 0)
			r = hash(p, &v, fd, offset);
		/* Since systemd 258 the root hash is guessed from these two. */
		memcpy(p->root.bytes, p->root_hash, UUID_SIZE);
		memcpy(p->verity.bytes, p->root_hash + DIGEST_SIZE - UUID_SIZE, UUID_SIZE);
		memcpy(output->ret_root_hash, p->root_hash, DIGEST_SIZE);
		last = p->root_hash;
	}
	if (r >= 0)
		r = derive(digest, "signature", last, p->signature_uuid.bytes, UUID_SIZE);
	if (r >= 0)
		r = derive(digest, "disk", last, p->disk.bytes, UUID_SIZE);
	return r;
}

int protect(const struct pack_output *output, int fd, size_t offset, uint64_t size,
	    struct protection *ret)
{
	struct digest *digest = digest_open();
	int r;

	*ret = (struct protection){ 0 };
	r = digest ? compute(output, fd, offset, size, digest, ret) : -ENOMEM;
	digest_close(digest);
	if (r == -EINTR)
		(void)pack_interrupted();
	else if (r < 0)
		log_failure(r, "cannot compute the hashes of '%s'", output->shown);
	else if (output->signer)
		r = signer_sign(output->signer, ret->root_hash, &ret->signature);
	return r;
}

void protection_release(struct protection *protection)
{
	free(protection->tree);
	*protection = (struct protection){ 0 };
}

int protection_root_hash(const struct protection *protection, struct pack_sidecars *ret)
{
	char *text = malloc(DIGEST_TEXT_SIZE);

	if (!text)
		return pool_exhausted();
	hex_encode(protection->root_hash, DIGEST_SIZE, text);
	text[DIGEST_TEXT_SIZE - 1] = '\n';
	ret->bytes[SIDECAR_ROOT_HASH] = (unsigned char *)text;
	ret->size[SIDECAR_ROOT_HASH] = DIGEST_TEXT_SIZE;
	return 0;
}

int protect_beside(const struct pack_output *output, int fd, uint64_t size,
		   struct pack_sidecars *ret)
{
	struct protection p;
	int r = protect(output, fd, 0, size, &p);

	if (r >= 0) {
		ret->bytes[SIDECAR_VERITY] = p.tree;
		ret->size[SIDECAR_VERITY] = p.tree_size;
		p.tree = NULL;
		r = protection_root_hash(&p, ret);
	}
	if (r >= 0 && p.signature.size > 0) {
		ret->bytes[SIDECAR_SIGNATURE] = malloc(p.signature.size);
		if (!ret->bytes[SIDECAR_SIGNATURE]) {
			r = pool_exhausted();
		} else {
			memcpy(ret->bytes[SIDECAR_SIGNATURE], p.signature.der, p.signature.size);
			ret->size[SIDECAR_SIGNATURE] = p.signature.size;
		}
	}
	protection_release(&p);
	return r;
}
