/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The note by which a program says of which package it is: the UAPI group's "Package Metadata
 * for Executable Files", https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/.
 *
 * Pure: bytes in, values out. Any bytes are accepted.
 */
#ifndef PACKAGE_NOTE_H
#define PACKAGE_NOTE_H

#include "pool.h"

#include <stddef.h>

/* Its owner is that of the note about dlopen(3). */
#define PACKAGE_NOTE_TYPE 0xcafe1a7eU

/* No program is linked with as many libraries. */
#define PACKAGE_PARTS_MAX 64

/* What is not said is NULL. */
struct package {
	struct package *next;  /* of parts */
	const char *type, *os; /* "deb", "debian" */
	const char *name;      /* never NULL */
	const char *version, *architecture;
	const char *cpe;              /* appCpe */
	const char *license, *sha256; /* of ours: an expression of SPDX; of the source */
	struct package *parts;        /* "static": what is linked into it, in its order */
};

/*
 * text: JSON, an object; it ends at a NUL or at size. Returns 0, -EBADMSG for another text or
 * one without a name, -ENOMEM.
 */
int package_note_read(struct pool *pool, const char *text, size_t size, struct package **ret);

#endif
