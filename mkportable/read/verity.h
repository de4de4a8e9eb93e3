/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What protects an image by dm-verity: in partitions, or in files beside it. */
#ifndef READ_VERITY_H
#define READ_VERITY_H

#include "disk/gpt.h"
#include "disk/sidecar.h"
#include "disk/signature-text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * All data is hashed, at 1 GB/s or more; this takes half a minute. An image that is larger is
 * not checked, since a sparse file costs its maker nothing. Its machines share this.
 */
#define VERITY_CHECKED_MAX ((uint64_t)32 * 1024 * 1024 * 1024)

/* The tree is held in memory. Of so much data in blocks of 4 KiB it has 258 MiB. */
#define VERITY_TREE_MAX ((uint64_t)512 * 1024 * 1024)

struct image_verity {
	enum {
		TREE_NONE,
		TREE_DAMAGED,   /* its superblock, or it is shorter than that says */
		TREE_UNCHECKED, /* of another algorithm than SHA-256, or too large */
		TREE_DIFFERS,   /* from the data */
		TREE_FITS,
	} tree;
	uint64_t bad_block; /* TREE_DIFFERS: the first of the data that it does not fit */
	unsigned char root_hash[DIGEST_SIZE]; /* TREE_FITS */

	enum {
		SIGNATURE_NONE,
		SIGNATURE_MISSING, /* none, and a certificate was given */
		SIGNATURE_DAMAGED,
		SIGNATURE_UNCHECKED,
		SIGNATURE_VALID, /* by the certificate that was given */
		SIGNATURE_INVALID,
	} signature;
	struct signature_text signed_text; /* of a partition; of a sidecar without a root hash */

	/* Beside the image. systemd takes them instead of partitions. */
	bool has_sidecar[SIDECARS];
	bool sidecar_damaged;                    /* that with the root hash */
	unsigned char sidecar_hash[DIGEST_SIZE]; /* in that */
};

/* An image whose file system and partitions are known. */
struct verity_source {
	int fd;           /* borrowed */
	const char *path; /* behind symbolic links: sidecars are beside that */
	bool has_table;
	uint64_t offset, size;                          /* of the file system */
	uint64_t used;                                  /* of that; the tree must cover it */
	const struct gpt_partition *verity, *signature; /* NULL: there is none */
	unsigned machines;                              /* that the image is for; 1 or more */
};

/*
 * Reads what protects it. certificate: against which a
 * signature is verified; NULL: none. Returns 0, or a negative errno and *ret_why.
 */
int image_read_verity(const struct verity_source *source, const struct certificate *certificate,
		      struct pool *pool, struct image_verity *ret, const char **ret_why);

#endif
