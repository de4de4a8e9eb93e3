/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The note by which a program says what it loads by dlopen(3): the UAPI group's "ELF dlopen
 * metadata", https://uapi-group.org/specifications/specs/elf_dlopen_metadata/.
 *
 * Pure: bytes in, names out. Any bytes are accepted.
 */
#ifndef DLOPEN_NOTE_H
#define DLOPEN_NOTE_H

#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

#define DLOPEN_NOTE_OWNER "FDO"
#define DLOPEN_NOTE_TYPE  0x407c0c0aU

/* systemd's macro takes five. */
#define DLOPEN_NAMES_MAX 16

/* One library, which has had several names; the program takes the first that is there. */
struct dlopen_entry {
	struct dlopen_entry *next;
	bool required; /* the program does not work without it; else it is recommended */
	size_t n;
	const char *names[DLOPEN_NAMES_MAX];
};

/*
 * Adds what the note's text has to the list, in front; what is only suggested is left out.
 *
 * text: JSON (RFC 8259), an array of objects, or one object as in older notes; it ends at a
 * NUL or at size. Returns 0, -EBADMSG for another text, of which nothing is added,
 * -ENOMEM.
 */
int dlopen_note_read(struct pool *pool, const char *text, size_t size, struct dlopen_entry **list);

#endif
