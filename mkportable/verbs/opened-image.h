/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image that a verb was given: read, and judged by the rules. */
#ifndef OPENED_IMAGE_H
#define OPENED_IMAGE_H

#include "arguments.h"
#include "plan/plan.h"
#include "pool.h"
#include "read/image.h"
#include "rules/all.h"

/* One that is on top of it. */
struct opened_extension {
	struct opened_extension *next;
	struct plan plan;
	struct image_file file;
	struct extension extension;
};

struct opened_image {
	const char *path; /* as it was given */
	const char *
		machine; /* of several that it is for, the one that was read; NULL: it is for one */
	struct pool pool;
	struct plan plan;
	struct image_file file;
	struct image image;
	struct opened_extension *extensions;
};

/*
 * Applies all rules but those of profiles and exposure. extensions: images on top of it, or
 * NULL; prefix: NULL for the one of the file's name.
 *
 * Returns 0, or a negative errno for what was logged. To be released in either case.
 */
int opened_image_read(struct opened_image *opened, const char *path, const struct texts *extensions,
		      const char *prefix, const struct image_host *host);

/* Its version by os-release; NULL: it has none. */
const char *opened_image_version(const struct opened_image *opened);

/*
 * Whether portablectl would take an image that is made of it, at this path, for the same image.
 * Returns 0, or a negative errno for what was logged.
 */
int opened_image_check_output(const struct opened_image *opened, const char *path);

/* --output= of a verb, NULL: not given. Returns -1 to go on, or the exit status. */
int check_output_suffix(const char *verb, const char *path);

void opened_image_release(struct opened_image *opened);

/*
 * The further machines that a disk image is for, which host.machine names one by one.
 * Returns how many.
 */
unsigned opened_image_others(const struct opened_image *opened,
			     const char *ret[static GPT_ENTRIES]);

/*
 * Whether nothing has failed since, of what findings remember. Returns 0, or a negative
 * errno for what was logged.
 */
int opened_image_check(const struct opened_image *opened);

#endif
