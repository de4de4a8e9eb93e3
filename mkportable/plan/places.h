/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts into the plan what must stand ready in a read-only image, because systemd
 * mounts something over it: the API file systems, what profiles bind, and the
 * places that units ask for.
 */
#ifndef PLACES_H
#define PLACES_H

#include "plan/plan.h"
#include "units/needs.h"

/*
 * To be called when tree/, units and programs are in the plan: what stands there
 * decides whether a file or a directory is bound. Otherwise a few well-known files
 * of /etc are empty files, and everything else is a directory.
 *
 * image: begins the messages about what every image needs.
 * Returns 0, or a negative errno for what was logged.
 */
int places_add(struct plan *plan, const struct needs *needs, const char *image);

#endif
