/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the sections of a linked ELF file say of its symbols. No loader reads sections, so
 * they are of interest only to whoever removes them.
 */
#ifndef ELF_SECTIONS_H
#define ELF_SECTIONS_H

#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

struct elf_sections {
	bool has_symbols;     /* a symbol table or debug information that is not loaded */
	bool has_tail;        /* more bytes behind what the headers describe: data of the program */
	const char *build_id; /* in hexadecimal, in the pool; NULL: none */
};

/*
 * bytes: aligned as from malloc(3); they may be changed.
 *
 * Returns 0, -ENOEXEC for what is neither a linked program nor a library, -EBADMSG for a
 * damaged file, -ENOMEM.
 */
int elf_sections_read(struct pool *pool, char *bytes, size_t size, struct elf_sections *ret);

#endif
