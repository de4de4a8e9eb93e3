/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A GUID partition table of sectors of 512 bytes, with 128 entries: the header and the
 * table at both ends of an image (UEFI 2.10, chapter 5), read and written.
 */
#ifndef GPT_H
#define GPT_H

#include "disk/types.h"
#include "disk/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attributes of UAPI.2. */
#define GPT_GROW      ((uint64_t)1 << 59)
#define GPT_READ_ONLY ((uint64_t)1 << 60)
#define GPT_NO_AUTO   ((uint64_t)1 << 63)

#define GPT_SECTOR     ((size_t)512)
#define GPT_ENTRIES    128 /* that all tools write */
#define GPT_LABEL_SIZE 37  /* 36 characters of UTF-16, as ASCII */

/* The table at the beginning: the protective MBR, the header and the entries. At the end: */
#define GPT_HEAD_SIZE ((size_t)34 * GPT_SECTOR)
#define GPT_TAIL_SIZE ((size_t)33 * GPT_SECTOR) /* the entries and the header */

/* Partitions begin at pages, so that those of a loop device are pages of the file. */
#define GPT_ALIGNMENT 4096

struct gpt_partition {
	unsigned number;                   /* of the entry, from 1 */
	const struct partition_type *type; /* NULL: none of ours */
	enum partition_role role;
	struct uuid uuid;
	uint64_t offset, size; /* in bytes */
	uint64_t attributes;
	char label[GPT_LABEL_SIZE]; /* what is not ASCII is '?' */
};

struct gpt {
	struct uuid uuid;
	unsigned n;
	struct gpt_partition partitions[GPT_ENTRIES];

	/* Of one that was read. */
	bool first_damaged, last_damaged; /* then the other one was read */
	bool differ;                      /* they are whole, and not the same */
	unsigned overlapping; /* number of a partition that overlaps another one; 0: none */
	unsigned outside;     /* of one outside of the usable sectors, left out; 0: none */
};

/*
 * Adds a partition of this role, behind the others. It is read-only, of a size in whole
 * sectors, and labelled as systemd-repart does. Returns it.
 */
struct gpt_partition *gpt_add(struct gpt *gpt, const struct partition_type *type,
			      enum partition_role role, uint64_t size);

/* How large an image with these partitions is; its end is the second table. */
uint64_t gpt_image_size(const struct gpt *gpt);

/* Writes the tables at the beginning and at the end of the image. */
void gpt_format(const struct gpt *gpt, unsigned char ret_head[static GPT_HEAD_SIZE],
		unsigned char ret_tail[static GPT_TAIL_SIZE]);

/*
 * Reads them, as the kernel and libblkid do: the one at the end counts if the first one is
 * damaged. Accepts all UUIDs, attributes and places, and no other size of entries.
 *
 * Returns 0, -ENXIO without the protective MBR that the kernel demands, or -EBADMSG if both
 * are damaged. On failure *ret is undefined.
 */
int gpt_parse(const unsigned char head[static GPT_HEAD_SIZE],
	      const unsigned char tail[static GPT_TAIL_SIZE], uint64_t image_size, struct gpt *ret);

/*
 * The partition of this role that systemd takes on a machine of this architecture: of its
 * own type, or else of another one, and of several the one with the newest label. Of the
 * type for Linux in general it takes one as the root if there is no other partition that
 * serves. uuid: only one with this UUID counts; NULL: each does. NULL if there is none.
 */
const struct gpt_partition *gpt_find(const struct gpt *gpt, enum partition_role role,
				     const char *architecture, const struct uuid *uuid);

/*
 * The architectures that have a root partition of their own, each once, in the order of the
 * table. Returns how many.
 */
unsigned gpt_architectures(const struct gpt *gpt, const char *ret[static GPT_ENTRIES]);

#endif
