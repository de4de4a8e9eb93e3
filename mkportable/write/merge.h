/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk image out of several: the partitions of each, as they are, in one table. */
#ifndef WRITE_MERGE_H
#define WRITE_MERGE_H

#include "disk/gpt.h"
#include "write/pack.h"

struct merged_disk {
	struct gpt gpt;
	/* Where the bytes of its partitions come from, in their order. */
	struct merged_source {
		int fd; /* borrowed */
		uint64_t offset;
	} sources[GPT_ENTRIES];
};

/* Adds a partition. Returns 0, or -E2BIG if the table is full. */
int merge_add(struct merged_disk *disk, const struct gpt_partition *partition, int fd);

/* For pack(), with output->disk and without a plan. The disk's UUID is derived from the others. */
extern const struct pack_format merge_format;

#endif
