/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What protects an image by dm-verity. */
#include "read/verity.h"

#include "base/child.h"
#include "disk/hex.h"
#include "disk/verity.h"
#include "fd.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One line; systemd reads no more. */
#define ROOT_HASH_FILE_MAX 4096

/* libcrypto needs little to verify a signature. */
#define SIGNATURE_SECONDS_MAX 10
#define SIGNATURE_HEAP        ((size_t)32 * 1024 * 1024)

/* How much of a stored tree is compared at once. */
#define PORTION ((size_t)64 * 1024)

/* Where the tree is: in a partition of the image, or in a file. */
struct place {
	int fd; /* borrowed */
	uint64_t offset, size;
};

/* --- the tree --- */

/* Which block of data the tree does not fit: the lowest level has a digest of each, and is last. */
static uint64_t block_of(const struct verity *v, uint64_t difference, uint64_t size)
{
	uint64_t lowest = (v->data_blocks + v->hash_block_size / DIGEST_SIZE - 1) /
			  (v->hash_block_size / DIGEST_SIZE) * v->hash_block_size;

	return difference < size - lowest ? 0 : (difference - (size - lowest)) / DIGEST_SIZE;
}

/* Compares the tree that the data has with the one that is stored. */
static int compare(const struct verity *v, const struct place *place, const unsigned char *tree,
		   struct image_verity *ret)
{
	uint64_t size = verity_size(v) - v->hash_block_size, i = 0;
	unsigned char stored[PORTION];
	int r;

	for (uint64_t done = 0; done < size; done += i) {
		size_t n = size - done < sizeof stored ? (size_t)(size - done) : sizeof stored;

		r = fd_read_at(place->fd, stored, n,
			       (off_t)(place->offset + v->hash_block_size + done));
		if (r < 0)
			return r;
		for (i = 0; i < n && stored[i] == tree[done + i];)
			i++;
		if (i < n) {
			ret->tree = TREE_DIFFERS;
			ret->bad_block = block_of(v, done + i, size);
			return 0;
		}
	}
	ret->tree = TREE_FITS;
	return 0;
}

static int check_tree(const struct verity_source *source, const struct place *place,
		      struct image_verity *ret)
{
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE], *tree;
	struct verity v;
	int r = place->size < sizeof superblock
			? -ENXIO
			: fd_read_at(place->fd, superblock, sizeof superblock,
				     (off_t)place->offset);

	if (r == 0)
		r = verity_parse(superblock, &v);
	if (r == -EOPNOTSUPP) {
		ret->tree = TREE_UNCHECKED;
		return 0;
	}
	ret->tree = TREE_DAMAGED;
	if (r != 0)
		return r == -ENXIO || r == -EBADMSG ? 0 : r;
	if (verity_data_size(&v) > source->size || verity_data_size(&v) < source->used ||
	    verity_size(&v) > place->size)
		return 0;
	if (verity_data_size(&v) > VERITY_CHECKED_MAX / source->machines ||
	    verity_size(&v) > VERITY_TREE_MAX) {
		ret->tree = TREE_UNCHECKED;
		return 0;
	}
	r = verity_hash(&v, source->fd, (off_t)source->offset, &tree, ret->root_hash);
	if (r < 0)
		return r;
	r = compare(&v, place, tree, ret);
	free(tree);
	return r;
}

/* --- the signature --- */

struct question {
	const struct signature *signature;
	const struct certificate *certificate;
	const unsigned char *root_hash;
};

enum answer {
	ANSWER_VALID = 10, /* no status of a process that failed */
	ANSWER_INVALID,
	ANSWER_DAMAGED,
};

/* In a child without rights: a bug of a parser of ASN.1 must not be one of root's. */
static int answer(int fd, void *userdata)
{
	const struct question *q = userdata;

	(void)fd;
	if (!signature_is_one(q->signature))
		return ANSWER_DAMAGED;
	return signature_verify(q->signature, q->certificate, q->root_hash) ? ANSWER_VALID
									    : ANSWER_INVALID;
}

static int check_signature(struct image_verity *v, const struct certificate *certificate)
{
	struct question question = { .signature = &v->signed_text.signature,
				     .certificate = certificate,
				     .root_hash = v->signed_text.root_hash };
	struct child child;
	int r;

	v->signature = SIGNATURE_UNCHECKED;
	if (!certificate)
		return 0;
	signature_prepare(certificate);
	r = child_fork(&child, answer, &question, SIGNATURE_SECONDS_MAX, SIGNATURE_HEAP);
	if (r < 0)
		return r;
	r = child_wait(&child);
	if (r == -EINTR)
		return r;
	v->signature = r == ANSWER_VALID     ? SIGNATURE_VALID
		       : r == ANSWER_INVALID ? SIGNATURE_INVALID
					     : SIGNATURE_DAMAGED;
	return 0;
}

static int read_signature(const struct verity_source *source, struct pool *pool,
			  struct image_verity *v)
{
	const struct gpt_partition *p = source->signature;
	char *bytes;
	int r;

	v->signature = SIGNATURE_DAMAGED;
	if (p->size > SIGNATURE_TEXT_MAX)
		return 0;
	bytes = pool_take(pool, p->size);
	if (!bytes)
		return -ENOMEM;
	r = fd_read_at(source->fd, bytes, p->size, (off_t)p->offset);
	if (r == 0)
		r = signature_text_parse(bytes, p->size, pool, &v->signed_text);
	if (r == 0)
		v->signature = SIGNATURE_UNCHECKED;
	return r == -EBADMSG ? 0 : r;
}

/* --- files beside the image --- */

/* Returns 0 with *ret_fd -1 if there is none. */
static int open_sidecar(const char *image_path, enum sidecar sidecar, int *ret_fd)
{
	char name[NAME_MAX + 1], path[PATH_MAX];
	const char *image = strrchr(image_path, '/') + 1;
	struct stat st;
	int r = sidecar_name(image, sidecar, name);

	*ret_fd = -1;
	if (r < 0 || snprintf(path, sizeof path, "%.*s%s", (int)(image - image_path), image_path,
			      name) >= (int)sizeof path)
		return 0;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*ret_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(*ret_fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	close_fd(ret_fd);
	return -EINVAL;
}

/* The first line of the file. */
static void parse_root_hash(const char *bytes, size_t size, struct image_verity *ret)
{
	const char *end = memchr(bytes, '\n', size);

	ret->sidecar_damaged = hex_decode(bytes, end ? (size_t)(end - bytes) : size,
					  ret->sidecar_hash, DIGEST_SIZE) < 0;
}

/* Reads all of a small one. */
static int read_whole(int fd, struct pool *pool, size_t max, char **ret, size_t *ret_size)
{
	struct stat st;
	char *bytes;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > (off_t)max)
		return -EFBIG;
	bytes = pool_take(pool, (size_t)st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	r = fd_read_at(fd, bytes, (size_t)st.st_size, 0);
	if (r < 0)
		return r;
	*ret = bytes;
	*ret_size = (size_t)st.st_size;
	return 0;
}

/* *ret_at: which one failed. */
static int read_sidecars(const char *image_path, struct pool *pool, int fds[static SIDECARS],
			 struct image_verity *v, enum sidecar *ret_at)
{
	char *bytes = NULL;
	size_t size = 0;
	int r = 0;

	for (enum sidecar i = 0; i < SIDECARS && r >= 0; i++) {
		*ret_at = i;
		r = open_sidecar(image_path, i, &fds[i]);
		v->has_sidecar[i] = fds[i] >= 0;
	}
	if (r >= 0 && v->has_sidecar[SIDECAR_ROOT_HASH]) {
		*ret_at = SIDECAR_ROOT_HASH;
		r = read_whole(fds[SIDECAR_ROOT_HASH], pool, ROOT_HASH_FILE_MAX, &bytes, &size);
		if (r >= 0 && bytes)
			parse_root_hash(bytes, size, v);
		v->sidecar_damaged |= r == -EFBIG;
		r = r == -EFBIG ? 0 : r;
	}
	/* Without a root hash systemd does not look for it. */
	if (r < 0 || !v->has_sidecar[SIDECAR_ROOT_HASH] || !v->has_sidecar[SIDECAR_SIGNATURE])
		return r;
	v->signature = SIGNATURE_DAMAGED;
	*ret_at = SIDECAR_SIGNATURE;
	r = read_whole(fds[SIDECAR_SIGNATURE], pool, SIGNATURE_TEXT_MAX, &bytes, &size);
	if (r >= 0 && size > 0) {
		v->signed_text.signature =
			(struct signature){ .der = (unsigned char *)bytes, .size = size };
		memcpy(v->signed_text.root_hash, v->sidecar_hash, DIGEST_SIZE);
		v->signature = SIGNATURE_UNCHECKED;
	}
	return r == -EFBIG ? 0 : r;
}

static const char *sidecar_problem(struct pool *pool, enum sidecar sidecar, int r)
{
	char suffix[NAME_MAX + 1];

	(void)sidecar_name("", sidecar, suffix);
	return pool_format(pool, "the file '%s' beside it: %s", suffix,
			   r == -EINVAL ? "it is not a regular file" : strerror(-r));
}

int image_read_verity(const struct verity_source *source, const struct certificate *certificate,
		      struct pool *pool, struct image_verity *ret, const char **ret_why)
{
	int fds[SIDECARS] = { -1, -1, -1 }, r;
	struct place place = { .fd = -1 };
	enum sidecar at = SIDECAR_VERITY;
	struct stat st;

	*ret = (struct image_verity){ 0 };
	r = read_sidecars(source->path, pool, fds, ret, &at);
	if (r < 0)
		*ret_why = sidecar_problem(pool, at, r);
	if (r >= 0 && source->signature && ret->signature == SIGNATURE_NONE)
		r = read_signature(source, pool, ret);
	if (source->verity)
		place = (struct place){ source->fd, source->verity->offset, source->verity->size };
	else if (!source->has_table && fds[SIDECAR_VERITY] >= 0 &&
		 fstat(fds[SIDECAR_VERITY], &st) == 0)
		place = (struct place){ fds[SIDECAR_VERITY], 0, (uint64_t)st.st_size };
	if (r >= 0 && place.fd >= 0)
		r = check_tree(source, &place, ret);
	if (r >= 0 && ret->signature == SIGNATURE_UNCHECKED)
		r = check_signature(ret, certificate);
	if (certificate && ret->signature == SIGNATURE_NONE)
		ret->signature = SIGNATURE_MISSING;
	for (enum sidecar i = 0; i < SIDECARS; i++)
		close_fd(&fds[i]);
	return r;
}
