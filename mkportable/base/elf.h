/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program needs to be started, out of its ELF headers.
 *
 * Pure: bytes in, facts out. Only the program headers are read, as the kernel
 * and the loader do; sections may be stripped. Any bytes are accepted.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include "base/pool.h"

#include <stdbool.h>
#include <stddef.h>

/* Far more than any program has; a bound for what a damaged file may claim. */
#define ELF_NEEDED_MAX 512

struct elf_facts {
	unsigned machine; /* EM_… */
	unsigned bits;    /* 32 or 64 */
	bool big_endian;
	bool executable;           /* ET_EXEC or ET_DYN: not an object file, not a core */
	bool position_independent; /* ET_DYN: loaded at another address each time */
	bool relro;                /* what the loader relocates is read-only from then on */
	bool has_dynamic;          /* there is something to relocate or to bind at all */
	bool binds_now;            /* every symbol at start, so that RELRO covers all of them */
	bool stack_not_executable; /* it asks for that; who does not ask leaves it to the machine */
	bool imports_stack_check;  /* __stack_chk_fail is among its dynamic symbols */
	const char *interpreter;   /* the loader it asks for; NULL: none, a static program */
	const char *rpath;         /* of DT_RPATH; NULL: none */
	const char *runpath;       /* of DT_RUNPATH; NULL: none */
	size_t needed_n;
	const char *needed[ELF_NEEDED_MAX];
};

/*
 * Reads the facts; strings are copied into the pool.
 *
 * Returns 0, -ENOEXEC for what is no ELF file, -EBADMSG for a truncated or
 * contradictory one, -E2BIG above ELF_NEEDED_MAX, -ENOMEM. On failure *ret is
 * not to be used.
 */
int elf_read(struct pool *pool, const char *bytes, size_t size, struct elf_facts *ret);

#endif
