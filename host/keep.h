/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps an image that systemd deletes when it detaches it: attached_is_deleted(). */
#ifndef KEEP_H
#define KEEP_H

#include "attached.h"
#include "pool.h"

/*
 * Before it is detached: makes a second name for the file, ".kept" behind the first. A link of an
 * earlier run that was killed is as good, unless the image was replaced since.
 *
 * Returns 0 and *ret, in the pool; NULL if systemd does not delete the image. Or a negative errno
 * for what was logged.
 */
int keep_image(struct pool *pool, const struct attached_image *image, const char **ret);

/*
 * Afterwards, whether or not that went well: gives the file its first name again, and removes the
 * second. kept: may be NULL. Returns 0, or a negative errno for what was logged.
 */
int keep_restore(const char *kept, const char *path);

#endif
