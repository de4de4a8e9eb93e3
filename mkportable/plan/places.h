/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adds the mount points that a read-only image must have: of the API file systems, of
 * what profiles bind, and of what units ask for.
 */
#ifndef PLACES_H
#define PLACES_H

#include "plan/plan.h"
#include "units/unit.h"

/*
 * tree/, units and programs must be in the plan already: what they have at a mount point
 * stays. New mount points of a few well-known files are empty files, all others are
 * directories.
 *
 * image: the origin of what every image needs.
 * Returns 0, or a negative errno for what was logged.
 */
int places_add(struct plan *plan, const struct unit *units, const char *image);

#endif
