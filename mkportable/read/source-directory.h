/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory that an image is made from: unit files, and tree/ with further files
 * to be copied as they are. Entries whose name begins with a dot are left out,
 * except below tree/.
 */
#ifndef SOURCE_DIRECTORY_H
#define SOURCE_DIRECTORY_H

#include "plan/plan.h"
#include "units/unit.h"

/*
 * Reads the units, and adds them and tree/ to the plan. Files of tree/ get the mode
 * 0755, or 0644 if nobody may execute them.
 *
 * Returns 0 and sets *ret_units (unit_list_release(); also when it failed), or a
 * negative errno for what was logged: whatever systemd would not extract from the
 * image is an error here, and in tree/ whatever is not a directory, a regular file or a
 * symbolic link, set-user-ID, set-group-ID and sticky bits, unit files, and paths that
 * no image should have.
 */
int source_directory_read(struct plan *plan, const char *path, const char *id,
			  struct unit **ret_units);

#endif
