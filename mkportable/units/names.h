/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an image may be called, so that portablectl reads the same from its file
 * name as we meant: it cuts the name at the first '_', and without one it takes
 * the suffix off. A unit belongs to the image by that prefix.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* "<id>_<version>.raw" and the ".….new" beside it must fit in a file name of 255 bytes. */
#define IMAGE_ID_MAX      64
#define IMAGE_VERSION_MAX 64

/*
 * Both return NULL for a good one, else the reason in plain words, to follow
 * "image id 'x': ".
 *
 * id: letters, digits, '-' and '.', first a letter or digit.
 * version: the UAPI version format, letters, digits and '.-~^'.
 */
const char *image_id_problem(const char *id);
const char *image_version_problem(const char *version);

/*
 * The prefix that portablectl derives from the name of an image file or directory.
 * Returns the length of the part of name that it is.
 */
size_t image_prefix_length(const char *name);

/* Whether a unit of that name is extracted from an image with that prefix. */
bool unit_belongs(const char *unit, const char *id);

/* The suffix with its dot (".service"), within name; NULL without one. */
const char *unit_suffix(const char *name);

/* Whether systemd would take it for the name of a unit, its suffix aside. */
bool unit_name_is_valid(const char *name);

#endif
