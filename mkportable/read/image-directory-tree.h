/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree/ of an image folder: further files, copied as they stand. */
#ifndef TREE_H
#define TREE_H

#include "plan/plan.h"

/*
 * Adds everything below "tree" in an image folder to the plan: folders, regular
 * files and symbolic links, with modes 0755, or 0644 for files that nobody may
 * execute.
 *
 * folder_fd, folder: the image folder, borrowed, and its path.
 * Returns 0, or a negative errno for what was logged with its path: anything that
 * is no folder, file or link, set-uid, set-gid and sticky bits, unit files (they
 * belong beside tree/), and paths that no image should have.
 */
int tree_read(struct plan *plan, int folder_fd, const char *folder);

#endif
