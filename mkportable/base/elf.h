/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program needs to be started, read from its ELF headers.
 *
 * Pure: bytes in, facts out. Only the program headers are read, as the kernel
 * and the loader do; sections may be stripped. Any bytes are accepted.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include "base/dlopen-note.h"
#include "base/package-note.h"
#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

/* Far more than any program has; limits what a damaged file can claim. */
#define ELF_NEEDED_MAX 512

/* Functions by which a program asks for more than its loader loads: struct elf_facts, imports. */
enum elf_imports {
	ELF_IMPORTS_DLOPEN = 1 << 0,
	ELF_IMPORTS_USERS = 1 << 1,       /* getpwnam(), getpwuid() and the like */
	ELF_IMPORTS_USER_NAMES = 1 << 2,  /* getpwnam() */
	ELF_IMPORTS_USER_IDS = 1 << 3,    /* getpwuid() */
	ELF_IMPORTS_GROUPS = 1 << 4,      /* getgrnam(), getgrgid() and the like */
	ELF_IMPORTS_HOSTS = 1 << 5,       /* getaddrinfo(), gethostbyname() */
	ELF_IMPORTS_USER_CHANGE = 1 << 6, /* setuid(), setgroups() and the like */
	ELF_IMPORTS_LOCALE = 1 << 7,      /* setlocale(), newlocale() */
	ELF_IMPORTS_TIME = 1 << 8,        /* localtime() and the like: the time zone */
	ELF_IMPORTS_TRUST = 1 << 9,       /* the certificate authorities of the system */
	ELF_IMPORTS_LISTEN = 1 << 10,     /* listen() */
};

/* A version of a library's symbols, such as GLIBC_2.34. */
struct elf_version {
	struct elf_version *next;
	const char *library; /* whose; NULL for those that the file itself has */
	const char *name;
};

struct elf_facts {
	unsigned machine; /* EM_… */
	unsigned bits;    /* 32 or 64 */
	bool big_endian;
	bool executable;           /* ET_EXEC or ET_DYN: not an object file, not a core */
	bool position_independent; /* ET_DYN: loaded at another address each time */
	bool pie;                  /* marked as a program, so that it is no library */
	bool relro;                /* relocated data becomes read-only */
	bool has_dynamic;          /* there is something to relocate or to bind */
	bool binds_now;            /* all symbols at start, so that RELRO covers them */
	bool stack_not_executable; /* by PT_GNU_STACK; without it the ABI decides */
	bool imports_stack_check;  /* __stack_chk_fail is among its dynamic symbols */
	bool opens_sockets; /* it imports bind(), listen() or connect(), or, static, calls them */
	unsigned imports;   /* ELF_IMPORTS_…; of a static program none is known */
	bool has_nss;       /* static, with the name service of glibc in it */
	const char *interpreter; /* the loader; NULL: a static program */
	const char *soname;      /* of DT_SONAME; NULL: none */
	const char
		*directories; /* of the loader: where it searches; "/lib:/usr/lib"; NULL: unknown */
	const char *rpath;    /* of DT_RPATH; NULL: none, or ignored because of the runpath */
	const char *runpath;  /* of DT_RUNPATH; NULL: none */
	struct elf_version *versions_needed; /* without those that may be missing */
	struct elf_version *versions;        /* that it has */
	struct dlopen_entry *loads;          /* by notes of its own, in no order */
	struct package *package;             /* that it says it is of; NULL: it does not */

	size_t needed_n;
	const char *needed[ELF_NEEDED_MAX];
};

/*
 * Reads the facts; strings are copied into the pool.
 *
 * Returns 0, -ENOEXEC for what is not an ELF file, -EBADMSG for a truncated or
 * contradictory one or one with a megabyte of strings, -E2BIG above ELF_NEEDED_MAX, -ENOMEM.
 */
int elf_read(struct pool *pool, const char *bytes, size_t size, struct elf_facts *ret);

#endif
