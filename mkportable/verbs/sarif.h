/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Findings for code-review tools: the Static Analysis Results Interchange Format
 * (SARIF) 2.1.0, one run for all images.
 */
#ifndef SARIF_H
#define SARIF_H

#include "json.h"
#include "verbs/opened-image.h"

void sarif_begin(struct json *json);

/*
 * The findings of one image. What is in a directory are files that a reader can open,
 * each with a place of its own; else the image is the place, and what is in it is named.
 */
void sarif_image(struct json *json, const struct opened_image *opened);

/* all_read: there was no image that could not be read. */
void sarif_end(struct json *json, bool all_read);

#endif
