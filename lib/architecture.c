/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines. */
#include "architecture.h"

#include "elements.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

static const struct architecture architectures[] = {
	/* x32 programs run on the same kernel. */
	{ EM_X86_64, 0, false, "x86-64", "x86_64-linux-gnu", "amd64" },
	{ EM_386, 32, false, "x86", "i386-linux-gnu", "386" },
	{ EM_AARCH64, 64, false, "arm64", "aarch64-linux-gnu", "arm64" },
	{ EM_AARCH64, 64, true, "arm64-be", "aarch64_be-linux-gnu", NULL },
	{ EM_ARM, 32, false, "arm", "arm-linux-gnueabihf", "arm" },
	{ EM_ARM, 32, true, "arm-be", NULL, NULL },
	{ EM_RISCV, 64, false, "riscv64", "riscv64-linux-gnu", "riscv64" },
	{ EM_RISCV, 32, false, "riscv32", NULL, NULL },
	{ EM_S390, 64, true, "s390x", "s390x-linux-gnu", "s390x" },
	{ EM_S390, 32, true, "s390", "s390-linux-gnu", NULL },
	{ EM_PPC64, 64, false, "ppc64-le", "powerpc64le-linux-gnu", "ppc64le" },
	{ EM_PPC64, 64, true, "ppc64", "powerpc64-linux-gnu", "ppc64" },
	{ EM_PPC, 32, false, "ppc-le", NULL, NULL },
	{ EM_PPC, 32, true, "ppc", "powerpc-linux-gnu", NULL },
	{ 258 /* EM_LOONGARCH, newer than some elf.h */, 64, false, "loongarch64",
	  "loongarch64-linux-gnu", "loong64" },
	{ EM_MIPS, 64, false, "mips64-le", "mips64el-linux-gnuabi64", "mips64le" },
	{ EM_MIPS, 64, true, "mips64", "mips64-linux-gnuabi64", "mips64" },
	{ EM_MIPS, 32, false, "mips-le", "mipsel-linux-gnu", "mipsle" },
	{ EM_MIPS, 32, true, "mips", "mips-linux-gnu", "mips" },
	{ EM_SPARCV9, 64, true, "sparc64", "sparc64-linux-gnu", NULL },
	{ EM_SPARC, 32, true, "sparc", NULL, NULL },
	{ EM_IA_64, 64, false, "ia64", "ia64-linux-gnu", NULL },
	{ EM_ALPHA, 64, false, "alpha", "alpha-linux-gnu", NULL },
	{ EM_FAKE_ALPHA, 64, false, "alpha", "alpha-linux-gnu", NULL },
	{ EM_68K, 32, true, "m68k", "m68k-linux-gnu", NULL },
	{ EM_PARISC, 32, true, "parisc", "hppa-linux-gnu", NULL },
	{ EM_PARISC, 64, true, "parisc64", NULL, NULL },
	{ EM_SH, 32, false, "sh", "sh4-linux-gnu", NULL },
};

const struct architecture *architecture_of(unsigned machine, unsigned bits, bool big_endian)
{
	for (size_t i = 0; i < ELEMENTS(architectures); i++) {
		const struct architecture *a = &architectures[i];

		if (a->machine == machine && (a->bits == 0 || a->bits == bits) &&
		    a->big_endian == big_endian)
			return a;
	}
	return NULL;
}

bool architecture_is_kin(const char *a, const char *b)
{
	/* ARCHITECTURE_SECONDARY of systemd's basic/architecture.h */
	static const char *const pairs[][2] = {
		{ "x86-64", "x86" },      { "arm64", "arm" },  { "arm64-be", "arm-be" },
		{ "mips64", "mips" },     { "ppc64", "ppc" },  { "mips64-le", "mips-le" },
		{ "ppc64-le", "ppc-le" }, { "s390x", "s390" }, { "sparc64", "sparc" },
		{ "riscv64", "riscv32" },
	};

	for (size_t i = 0; i < ELEMENTS(pairs); i++)
		if ((strcmp(a, pairs[i][0]) == 0 && strcmp(b, pairs[i][1]) == 0) ||
		    (strcmp(a, pairs[i][1]) == 0 && strcmp(b, pairs[i][0]) == 0))
			return true;
	return strcmp(a, b) == 0;
}

const char *architecture_native(void)
{
	/* The linker's name for the start of this program. */
	extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
	const struct architecture *own =
		architecture_of(__ehdr_start.e_machine, sizeof(void *) * 8,
				__ehdr_start.e_ident[EI_DATA] == ELFDATA2MSB);

	return own ? own->name : "";
}

static const struct architecture *find_name(const char *name)
{
	for (size_t i = 0; i < ELEMENTS(architectures); i++)
		if (strcmp(architectures[i].name, name) == 0)
			return &architectures[i];
	return NULL;
}

bool architecture_is_name(const char *name)
{
	return find_name(name) != NULL;
}

const char *architecture_oci_name(const char *name)
{
	const struct architecture *architecture = find_name(name);

	return architecture ? architecture->oci : NULL;
}
