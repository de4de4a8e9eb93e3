/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes a plan: as a squashfs file, a disk image, a tar archive, a directory, or an image for
 * container engines.
 *
 * The bytes depend only on the plan, the files that it names, and the packer: the owners
 * are 0:0, or those in an image that was read, and all times are the same. An older output
 * stays in place until the new one is whole and on disk.
 */
#ifndef PACK_H
#define PACK_H

#include "write/common.h"

struct pack_format {
	const char *name;
	const char *suffix; /* of the output's name */
	bool is_attached;   /* portablectl takes it, so the name says what image it is */
	int (*write)(const struct plan *plan, const struct pack_output *output, uint32_t seconds);
	/* The same to a descriptor, such as a pipe; -EPIPE is not logged. NULL: it needs a file. */
	int (*stream)(int fd, const struct plan *plan, const struct pack_output *output,
		      uint32_t seconds);
};

/* The first is the default, the last name is NULL. */
extern const struct pack_format pack_formats[];
#define PACK_FORMATS "squashfs, ddi, directory, tar and oci"

/* NULL: there is no format of this name. */
const struct pack_format *pack_format_find(const char *name);

/*
 * Writes the plan to the output. Meanwhile SIGINT, SIGTERM and SIGHUP are blocked;
 * they are delivered when it returns, and no partial output is left.
 *
 * seconds: every entry's time, since 1970, no more than 32 bits (squashfs).
 * Returns 0, or a negative errno for what was logged.
 */
int pack(const struct plan *plan, const struct pack_format *format,
	 const struct pack_output *output, uint32_t seconds);

/*
 * The time that every entry gets: $SOURCE_DATE_EPOCH, or 0. Returns 0, or -EINVAL for what was
 * logged.
 */
int pack_time(uint32_t *ret);

#endif
