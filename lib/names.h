/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of images, units and users. portablectl cuts the name of an image at the first '_', or
 * removes its suffix. The units whose names begin with this prefix belong to the image.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* "<id>_<version>.raw" and the ".….new" beside it must fit in a file name of 255 bytes. */
#define IMAGE_ID_MAX      64
#define IMAGE_VERSION_MAX 64

/*
 * Both return NULL for a valid one, else what is wrong, to follow "image id 'x' ".
 *
 * id: letters, digits, '-' and '.', first a letter or digit.
 * version: the UAPI version format, letters, digits and '.-~^'.
 */
const char *image_id_problem(const char *id);
const char *image_version_problem(const char *version);

/*
 * The length of the prefix that portablectl takes from the name of an image file or
 * directory.
 */
size_t image_prefix_length(const char *name);

/* Whether a unit of this name is extracted from an image with this prefix; NULL: any is. */
bool unit_belongs(const char *unit, const char *id);

/* The suffix with its dot (".service"), within name; NULL without one. */
const char *unit_suffix(const char *name);

/* Whether systemd accepts it as the name of a unit, whatever its suffix is. */
bool unit_name_is_valid(const char *name);

/*
 * Whether a user or group can have this name, which is no number: with DynamicUser=, and
 * without it, where other programs made them, "first.last" is one as well (user_record(5),
 * valid_user_group_name()).
 */
bool user_name_is_valid(const char *name, bool is_dynamic);

#endif
