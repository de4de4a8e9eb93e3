/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program needs to be started, read from its ELF headers.
 *
 * Pure: bytes in, facts out. Only the program headers are read, as the kernel
 * and the loader do; sections may be stripped. Any bytes are accepted.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include "base/pool.h"

#include <stdbool.h>
#include <stddef.h>

/* Far more than any program has; limits what a damaged file can claim. */
#define ELF_NEEDED_MAX 512

struct elf_facts {
	unsigned machine; /* EM_… */
	unsigned bits;    /* 32 or 64 */
	bool big_endian;
	bool executable;           /* ET_EXEC or ET_DYN: not an object file, not a core */
	bool position_independent; /* ET_DYN: loaded at another address each time */
	bool relro;                /* relocated data becomes read-only */
	bool has_dynamic;          /* there is something to relocate or to bind */
	bool binds_now;            /* all symbols at start, so that RELRO covers them */
	bool stack_not_executable; /* by PT_GNU_STACK; without it the ABI decides */
	bool imports_stack_check;  /* __stack_chk_fail is among its dynamic symbols */
	const char *interpreter;   /* the loader; NULL: a static program */
	const char *rpath;         /* of DT_RPATH; NULL: none */
	const char *runpath;       /* of DT_RUNPATH; NULL: none */
	size_t needed_n;
	const char *needed[ELF_NEEDED_MAX];
};

/*
 * Reads the facts; strings are copied into the pool.
 *
 * Returns 0, -ENOEXEC for what is not an ELF file, -EBADMSG for a truncated or
 * contradictory one, -E2BIG above ELF_NEEDED_MAX, -ENOMEM.
 */
int elf_read(struct pool *pool, const char *bytes, size_t size, struct elf_facts *ret);

#endif
