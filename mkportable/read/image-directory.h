/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The folder that an image is made from: unit files, and tree/ with further files
 * to be copied as they stand. Files whose name begins with a dot are left out,
 * except below tree/.
 */
#ifndef IMAGE_FOLDER_H
#define IMAGE_FOLDER_H

#include "plan/plan.h"
#include "units/unit.h"

/* Nobody nests deeper by intention; each level holds a descriptor open. */
#define TREE_DEPTH_MAX 128

/*
 * The last component of the folder's path, which is the image's id; "." and ".."
 * are resolved. In the pool. Returns 0, -ENOMEM or the errno of realpath(3).
 */
int image_folder_id(struct pool *pool, const char *folder, const char **ret);

/*
 * Reads the units, and adds them and tree/ to the plan.
 *
 * Returns 0 and sets *ret_units (unit_list_release(); also when it failed), or a
 * negative errno for what was logged: whatever systemd would not extract from the
 * image is an error here.
 */
int image_folder_read(struct plan *plan, const char *folder, const char *id,
		      struct unit **ret_units);

#endif
