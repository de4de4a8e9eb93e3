/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the section headers of ELF files, through libelf. */
#include "base/elf-sections.h"

#include <errno.h>
#include <gelf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* SHA-1 has 20 bytes, and no linker makes longer ones; shorter ones name no directory. */
#define BUILD_ID_MAX 64
#define BUILD_ID_MIN 2

static bool is_debug(const char *name)
{
	return name && (strncmp(name, ".debug_", strlen(".debug_")) == 0 ||
			strncmp(name, ".zdebug_", strlen(".zdebug_")) == 0);
}

/* Takes the build ID out of a section of notes, if it is there. Returns 0 or -ENOMEM. */
static int read_notes(struct pool *pool, Elf_Scn *section, struct elf_sections *ret)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t at = 0, name, description;
	GElf_Nhdr note;

	while (data && !ret->build_id &&
	       (at = gelf_getnote(data, at, &note, &name, &description))) {
		const unsigned char *id = (const unsigned char *)data->d_buf + description;
		char text[2 * BUILD_ID_MAX + 1];

		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof ELF_NOTE_GNU ||
		    memcmp((const char *)data->d_buf + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) !=
			    0 ||
		    note.n_descsz < BUILD_ID_MIN || note.n_descsz > BUILD_ID_MAX)
			continue;
		for (size_t i = 0; i < note.n_descsz; i++)
			(void)snprintf(text + 2 * i, sizeof "ff", "%02x", id[i]);
		ret->build_id = pool_copy(pool, text);
		if (!ret->build_id)
			return -ENOMEM;
	}
	return 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int read_sections(struct pool *pool, Elf *elf, size_t size, struct elf_sections *ret)
{
	size_t segments_n, sections_n, names;
	GElf_Phdr segment;
	GElf_Shdr header;
	Elf_Scn *section = NULL;
	GElf_Ehdr file;
	uint64_t end;
	int r = 0;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &file))
		return -ENOEXEC;
	if (file.e_type != ET_EXEC && file.e_type != ET_DYN)
		return -ENOEXEC;
	if (elf_getphdrnum(elf, &segments_n) < 0 || elf_getshdrnum(elf, &sections_n) < 0 ||
	    elf_getshdrstrndx(elf, &names) < 0)
		return -EBADMSG;
	end = larger(file.e_phoff + segments_n * file.e_phentsize,
		     file.e_shoff + sections_n * file.e_shentsize);
	for (size_t i = 0; i < segments_n; i++) {
		if (!gelf_getphdr(elf, (int)i, &segment))
			return -EBADMSG;
		end = larger(end, segment.p_offset + segment.p_filesz);
	}
	while (r == 0 && (section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			return -EBADMSG;
		if (header.sh_type != SHT_NOBITS)
			end = larger(end, header.sh_offset + header.sh_size);
		ret->has_symbols |= header.sh_type == SHT_SYMTAB ||
				    (!(header.sh_flags & SHF_ALLOC) &&
				     is_debug(elf_strptr(elf, names, header.sh_name)));
		if (header.sh_type == SHT_NOTE)
			r = read_notes(pool, section, ret);
	}
	ret->has_tail = size > end;
	return r;
}

int elf_sections_read(struct pool *pool, char *bytes, size_t size, struct elf_sections *ret)
{
	struct elf_sections sections = { 0 };
	Elf *elf;
	int r;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EBADMSG;
	elf = elf_memory(bytes, size);
	r = elf ? read_sections(pool, elf, size, &sections) : -ENOEXEC;
	(void)elf_end(elf);
	if (r == 0)
		*ret = sections;
	return r;
}
