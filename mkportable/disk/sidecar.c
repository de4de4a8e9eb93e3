/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files beside an image. */
#include "disk/sidecar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sidecar_name(const char *image, enum sidecar sidecar, char ret[static NAME_MAX + 1])
{
	static const char *const suffixes[SIDECARS] = {
		[SIDECAR_VERITY] = ".verity",
		[SIDECAR_ROOT_HASH] = ".roothash",
		[SIDECAR_SIGNATURE] = ".roothash.p7s",
	};
	size_t length = strlen(image);
	int n;

	if (length >= 4 && strcmp(image + length - 4, ".raw") == 0)
		length -= 4;
	n = snprintf(ret, NAME_MAX + 1, "%.*s%s", (int)length, image, suffixes[sidecar]);
	return n > NAME_MAX ? -ENAMETOOLONG : 0;
}
