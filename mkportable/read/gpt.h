/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The root partition of a GPT, as systemd chooses it: the Discoverable Partitions
 * Specification, dissect-image.c of systemd.
 */
#ifndef GPT_H
#define GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attributes of the specification. */
#define GPT_GROW      ((uint64_t)1 << 59)
#define GPT_READ_ONLY ((uint64_t)1 << 60)
#define GPT_NO_AUTO   ((uint64_t)1 << 63)

struct gpt_partition {
	bool is_root; /* of a type for root partitions, not only for Linux in general */
	uint64_t offset, size;
	uint64_t attributes;
};

/* The header and the table that tools write: 34 sectors of 512 bytes. */
#define GPT_SIZE ((size_t)34 * 512)

/*
 * Finds it in the first GPT_SIZE bytes of an image. Pure.
 *
 * Returns 0, -ENXIO if there is none or more than one, or -EBADMSG for a damaged table.
 */
int gpt_find_root(const unsigned char bytes[static GPT_SIZE], uint64_t image_size,
		  struct gpt_partition *ret);

#endif
