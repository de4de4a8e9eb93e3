/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files and directories of a unit that is changed for an image. */
#ifndef ADOPT_PATHS_H
#define ADOPT_PATHS_H

#include "units/adopting.h"

/*
 * Gives the service a directory that systemd has a setting for. why: for a remark; NULL: the
 * caller makes it.
 *
 * Returns the setting: "StateDirectory=x" for /var/lib/x; NULL: systemd has none for it.
 */
const char *adopt_directory(struct adopting *a, const char *path, const char *why);

/* Whether the tree has a file or a directory there. */
bool adopt_tree_has(const struct adopting *a, const char *path);

/* Puts a path of the tree into Files=, if the tree has it and an image can. */
void adopt_file(struct adopting *a, const char *path);

/*
 * What a command line or a variable names: a file to be read, or something in a directory that
 * systemd has a setting for. The service gets it.
 */
void adopt_path(struct adopting *a, const char *path);

/* Files= for the directories of the tree that are called like the service or its user. */
void adopt_files(struct adopting *a);

/* StateDirectory= and its like, for what was wished for and what the tree has. */
void adopt_directories(struct adopting *a);

/*
 * An image has no mount point for the directory of each instance: systemd makes them in a
 * tmpfs that is mounted first.
 */
void adopt_instances(struct adopting *a);

#endif
