/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens what is in a directory as if that were the root: no link leads out of it. */
#ifndef ROOT_H
#define ROOT_H

/*
 * path: below the directory, absolute or not. flags: of open(2); O_CLOEXEC is added.
 * Returns the descriptor, or the negative errno of openat2(2) with RESOLVE_IN_ROOT.
 */
int root_open(int root_fd, const char *path, int flags);

#endif
