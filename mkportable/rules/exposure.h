/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exposure of a service, as `systemd-analyze security --offline` counts it:
 * 0.0 (best) to 10.0.
 */
#ifndef EXPOSURE_H
#define EXPOSURE_H

#include "base/scratch.h"
#include "rules/judge.h"

#include <stdint.h>

/* A folder with the judge's units for systemd-analyze to read. */
struct exposure {
	struct judge *judge; /* borrowed */
	struct scratch root;
};

/* Returns 0 or a negative errno; to be closed in either case, and may be when all is zero. */
int exposure_open(struct exposure *exposure, struct judge *judge);
void exposure_close(struct exposure *exposure);

/*
 * profile: NULL for the unit alone. *ret_tenths: 0 to 100.
 * Returns 0, -EOPNOTSUPP when systemd-analyze is missing or cannot tell (it cannot
 * before 250), or another negative errno.
 */
int exposure_measure(struct exposure *exposure, const struct unit *unit,
		     const struct profile *profile, unsigned *ret_tenths);

#endif
