/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory that an image is made from: unit files, and tree/ with further files
 * to be copied as they are. Entries whose name begins with a dot are left out,
 * except below tree/.
 */
#ifndef SOURCE_DIRECTORY_H
#define SOURCE_DIRECTORY_H

#include "plan/plan.h"

/*
 * id: NULL for units of any name, as in an extension. Adds the units, as UNIT_DIRECTORY/NAME, and tree/ to the plan. Files get the mode
 * 0755, or 0644 if nobody may execute them, as units do.
 *
 * Returns 0, or a negative errno for what was logged: an entry that is neither tree/
 * nor called like a unit of the image, a unit that is not a regular file, and in tree/
 * whatever is not a directory, a regular file or a symbolic link, set-user-ID,
 * set-group-ID and sticky bits, unit files, and paths that no image should have.
 */
int source_directory_read(struct plan *plan, const char *path, const char *id);

#endif
