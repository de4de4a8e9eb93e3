/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files beside an image with what dm-verity needs: verity_settings_load() of systemd. */
#ifndef SIDECAR_H
#define SIDECAR_H

#include <limits.h>

enum sidecar {
	SIDECAR_VERITY,    /* superblock and tree; only of a bare file system */
	SIDECAR_ROOT_HASH, /* in hexadecimal digits */
	SIDECAR_SIGNATURE, /* of the root hash */
	SIDECARS,          /* how many */
};

/* Replaces ".raw" at the end of a name by the sidecar's suffix. Returns 0 or -ENAMETOOLONG. */
int sidecar_name(const char *image, enum sidecar sidecar, char ret[static NAME_MAX + 1]);

#endif
