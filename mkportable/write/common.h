/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the packers have in common. */
#ifndef WRITE_COMMON_H
#define WRITE_COMMON_H

#include "disk/digest.h"
#include "disk/gpt.h"
#include "disk/sidecar.h"
#include "file.h"
#include "plan/plan.h"
#include "write/signer.h"

#include <stdint.h>

struct merged_disk;
struct oci;

/* A squashfs in a file. */
struct squashfs_place {
	int fd; /* borrowed */
	uint64_t offset, size;
};

/* Where the output goes, and what protects it. */
struct pack_output {
	const char *shown; /* as messages name it */
	const char *name;  /* one component, in the directory */
	int directory_fd;  /* open for reading; -1: it is not */

	/* Of what is merged: its partitions. */
	struct merged_disk *disk;

	/* Of a disk around a squashfs that is there: its place. Then there is no plan. */
	const struct squashfs_place *squashfs;

	/* Of an image for container engines: all of it. */
	const struct oci *oci;

	/* For images that are disks; partition_types_for() knows it. */
	const char *architecture;

	/* In a disk, or beside a squashfs. */
	bool verity;
	unsigned char *ret_root_hash; /* DIGEST_SIZE bytes */
	const struct signer *signer;  /* of the root hash; NULL: nobody */
};

/*
 * Opens the directory of the path; the texts are in the pool. To be closed in either case.
 * Returns 0, or a negative errno for what was logged.
 */
int pack_output_open(struct pool *pool, const char *path, struct pack_output *ret);
void pack_output_close(struct pack_output *output);

/* What is written beside an image. */
struct pack_sidecars {
	unsigned char *bytes[SIDECARS]; /* malloc'd; NULL: none */
	size_t size[SIDECARS];
};

/* Writes to the new file, and sets what goes beside it; what fails is logged. */
typedef int pack_write_fn(const struct plan *plan, const struct pack_output *output,
			  const struct replacement *new, uint32_t seconds,
			  struct pack_sidecars *ret_sidecars);

/*
 * Replaces the output and its sidecars with new files, if all were written whole and no
 * signal came.
 */
int pack_file(const struct plan *plan, const struct pack_output *output, uint32_t seconds,
	      pack_write_fn *write);

/*
 * Opens an entry's source to be read. Returns the descriptor and sets *ret_size, or
 * returns a negative errno for what was logged.
 */
int pack_open_source(const struct plan_entry *entry, size_t *ret_size);

/* Returns -EINTR, logged, when a signal that ends the program is pending, else 0. */
int pack_interrupted(void);

/* Writes both copies of the partition table. Returns 0 or the negative errno of pwrite(2). */
int pack_write_tables(int fd, const struct gpt *gpt);

#endif
