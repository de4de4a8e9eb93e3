/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exposure of services, as `systemd-analyze security --offline` counts it:
 * 0.0 (best) to 10.0.
 */
#ifndef EXPOSURE_H
#define EXPOSURE_H

#include "pool.h"
#include "units/profile.h"
#include "units/unit.h"

#define EXPOSURE_UNKNOWN (-1)

struct exposure {
	struct exposure *next;
	const struct unit *unit;
	const struct profile *profile; /* NULL: the unit alone */
	int tenths; /* 0 to 100, or EXPOSURE_UNKNOWN: systemd-analyze is missing or too old */
};

/*
 * Measures each service of the units, alone and then under each of the profiles. The
 * units are written into a private directory, which is removed again.
 *
 * Returns 0 and *ret, in the pool, or a negative errno.
 */
int exposure_measure(struct pool *pool, const struct unit *units, const struct profile *profiles,
		     size_t profiles_n, struct exposure **ret);

#endif
