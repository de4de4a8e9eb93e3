/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of machines: ELF's numbers, systemd's words, the distributions' directories. */
#ifndef ARCHITECTURE_H
#define ARCHITECTURE_H

#include <stdbool.h>

struct architecture {
	unsigned machine; /* EM_… of elf(5) */
	unsigned bits;    /* 32 or 64; 0 for either */
	bool big_endian;
	const char *name;      /* systemd's, as in ARCHITECTURE= and ConditionArchitecture= */
	const char *multiarch; /* Debian's directory below /lib for glibc; NULL if there is none */
};

/* NULL for a machine that systemd has no word for. */
const struct architecture *architecture_of(unsigned machine, unsigned bits, bool big_endian);

#endif
