/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The drop-in that systemd-portabled writes beside each unit of an image, 20-portable.conf:
 *
 *	# Drop-in created for image '/var/lib/portables/x_1.raw', do not edit.
 *
 * With extensions their paths follow, each after a ':'. Pure: bytes in, names out.
 */
#ifndef DROP_IN_H
#define DROP_IN_H

#include "pool.h"

#include <stddef.h>

#define DROP_IN_NAME     "20-portable.conf"
#define DROP_IN_SIZE_MAX ((size_t)64 * 1024)

struct drop_in {
	const char *image;      /* of the first line */
	const char *extensions; /* the same: paths with ':' between them; "": none */
	const char *root;       /* RootImage= or RootDirectory=; NULL: not of a service */
};

/* Returns 0; -EBADMSG if systemd-portabled did not write it; -EFBIG; -ENOMEM. */
int drop_in_read(struct pool *pool, const char *bytes, size_t size, struct drop_in *ret);

#endif
