/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens paths that services may write to. Process 1 and the children that set up a
 * sandbox are root, so they never follow a link that a service can have made: a path is
 * walked component by component, from a directory that belongs to root, and what comes
 * next (create, chown, mount, remove) is done by descriptor. A directory that is swapped
 * meanwhile is then another one, which nothing is done to.
 */
#ifndef PATHS_H
#define PATHS_H

#include <limits.h>
#include <sys/types.h>

enum path_flag {
	/* missing directories, root included: the last with the mode, others with 0755 */
	PATH_CREATE = 1 << 0,
	PATH_LINKS = 1 << 1 /* follow links that nobody but root can have made */
};

/*
 * Opens what the path names with O_PATH. It starts at root (an absolute path, whose own
 * links are followed) also when it begins with a slash, and may not have "." and "..".
 *
 * ret_name: NULL; or NAME_MAX + 1 bytes for the last component, to open the directory that
 * has it.
 * Returns the descriptor (the caller's, close-on-exec); -ELOOP for a link, -EINVAL for
 * "." and "..", -ENAMETOOLONG, or the errno of openat(2) or mkdirat(2).
 */
int path_open(const char *root, const char *path, unsigned flags, mode_t mode, char *ret_name);

/* A path of what is open, for system calls that take no descriptor. Returns ret. */
#define FD_PATH_SIZE 32
const char *fd_path(int fd, char ret[static FD_PATH_SIZE]);

/*
 * Sets user and group of all that is in an open directory, and of the directory last. Does not
 * follow links, nor enter other file systems. Returns 0 or a negative errno.
 */
int path_hand_over(int fd, uid_t uid, gid_t gid);

/* Removes an entry of an open directory with all that is in it. As path_hand_over(). */
int path_remove(int parent_fd, const char *name);

#endif
