/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bill of materials: of what an image consists, and which of its files are of what.
 *
 * A file is of the package of a distribution, if a tree has one whose list names its path and
 * whose file is the same, with or without symbols; else of what the program says of itself
 * in a note; else of the image. So every file is of one component.
 */
#ifndef BILL_H
#define BILL_H

#include "arguments.h"
#include "disk/digest.h"
#include "plan/dpkg.h"
#include "plan/plan.h"

struct component_file {
	struct component_file *next;
	const char *path;
	char sha256[DIGEST_TEXT_SIZE], sha1[SHA1_TEXT_SIZE];
};

struct component_part {
	struct component_part *next;
	const struct component *component;
};

/* What is not known is NULL. */
struct component {
	struct component *next;
	enum component_kind {
		COMPONENT_IMAGE,
		COMPONENT_PROGRAM, /* by its note */
		COMPONENT_LINKED,  /* into a program, without files of its own */
		COMPONENT_PACKAGE, /* of a distribution */
	} kind;
	size_t number;                     /* in the list, from 0 */
	const char *name, *version, *purl; /* purl: NULL for the image only */
	const char *cpe;
	const char *license;                       /* an expression of SPDX */
	const struct dpkg_license *licenses;       /* or names of DEP 5 */
	const char *sha256;                        /* of the source */
	struct component_file *files, **files_end; /* by path */
	size_t parts_n;
	struct component_part *parts; /* what is linked into it */
};

struct bill {
	struct component *components; /* the image is the first */
	size_t components_n, files_n;
};

/*
 * id, version: of the image. roots: trees that its packages come from.
 * Everything is in the pool of the plan. Returns 0, or a negative errno for what was logged.
 */
int bill_make(const struct plan *plan, const char *id, const char *version,
	      const struct texts *roots, struct bill *ret);

#endif
