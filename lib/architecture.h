/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines: the numbers of ELF, the names of systemd, and Debian's directories. */
#ifndef ARCHITECTURE_H
#define ARCHITECTURE_H

#include <stdbool.h>

struct architecture {
	unsigned machine; /* EM_… of elf(5) */
	unsigned bits;    /* 32 or 64; 0 for either */
	bool big_endian;
	const char *name;      /* as in ARCHITECTURE= and ConditionArchitecture= */
	const char *multiarch; /* Debian's directory below /lib; NULL: none */
	const char *oci;       /* as container engines and Go call it; NULL: not at all */
};

/* Whether one kernel can run both: a machine of 64 bit, and that of 32 bit before it. */
bool architecture_is_kin(const char *a, const char *b);

/* NULL for a machine that systemd has no name for. */
const struct architecture *architecture_of(unsigned machine, unsigned bits, bool big_endian);

/* The name of the machine that we are built for; "" for one without a name. */
const char *architecture_native(void);

bool architecture_is_name(const char *name);

/* What container engines call the machine of this name; NULL: they have no name for it. */
const char *architecture_oci_name(const char *name);

#endif
