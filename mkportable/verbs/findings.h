/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How findings are printed: everything about the output formats of lint is here. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include "json.h"
#include "verbs/opened-image.h"

#include <stdio.h>

/* One format of lint, for all images of a run. */
struct findings_format {
	const char *name;                 /* of --format= */
	void (*begin)(struct json *json); /* NULL: nothing */
	void (*image)(struct json *json, const struct opened_image *opened);
	void (*end)(struct json *json, bool all_read); /* NULL: nothing. all_read: each image was */
};

/* The first is the default, the last name is NULL. */
extern const struct findings_format findings_formats[];
#define FINDINGS_FORMATS "text, json and sarif"

/*
 * As an error of a compiler looks, for a file that the image is made of:
 * "PATH:LINE: SEVERITY: RULE: MESSAGE", and the remedy below it. source: the path for
 * findings of the whole image.
 */
void finding_print_source(FILE *out, struct pool *pool, const char *source,
			  const struct finding *finding);

/* The errors of an image, as the format text has them. */
void findings_print_errors(FILE *out, const struct opened_image *opened);

/* As an object of JSON. */
void finding_write_json(struct json *json, struct pool *pool, const struct finding *finding);

#endif
