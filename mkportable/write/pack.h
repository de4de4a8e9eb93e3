/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes a plan: as a squashfs file, a tar archive or a directory.
 *
 * The bytes depend only on the plan, the files that it names, and the packer: all
 * owners are 0:0, all times are the same. An older output stays in place until the
 * new one is whole and on disk.
 */
#ifndef PACK_H
#define PACK_H

#include "write/common.h"

struct pack_format {
	const char *name;
	const char *suffix; /* of the output's name */
	bool is_attached;   /* portablectl takes it, so the name says what image it is */
	int (*write)(const struct plan *plan, const struct pack_output *output, uint32_t seconds);
};

/* The first is the default, the last name is NULL. */
extern const struct pack_format pack_formats[];
#define PACK_FORMATS "squashfs, ddi, directory and tar"

/*
 * Writes the plan to the output. Meanwhile SIGINT, SIGTERM and SIGHUP are blocked;
 * they are delivered when it returns, and no partial output is left.
 *
 * seconds: every entry's time, since 1970, no more than 32 bits (squashfs).
 * Returns 0, or a negative errno for what was logged.
 */
int pack(const struct plan *plan, const struct pack_format *format,
	 const struct pack_output *output, uint32_t seconds);

#endif
