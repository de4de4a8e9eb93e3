/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as a squashfs file. */
#ifndef WRITE_SQUASHFS_H
#define WRITE_SQUASHFS_H

#include "write/common.h"

/* For pack(). Returns 0, or a negative errno for what was logged. */
int pack_squashfs(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

/*
 * Writes it at an offset of up to 64 KiB into the empty file, and fills it up to whole blocks.
 * *ret_size: of the squashfs with that. Returns as above.
 */
int squashfs_write(const struct plan *plan, const struct replacement *new, const char *shown,
		   uint32_t seconds, size_t offset, size_t block, uint64_t *ret_size);

#endif
