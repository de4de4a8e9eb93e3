/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program needs to be started, read from its ELF headers. */
#include "base/elf.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <string.h>

/* A file in memory. */
struct reader {
	struct pool *pool;
	const char *bytes;
	size_t size;
	Elf *elf;
	size_t segments_n;
};

/* Copies the string at this offset, if it ends within the file. */
static int read_string(struct reader *r, uint64_t offset, const char **ret)
{
	const char *end;

	if (offset >= r->size)
		return -EBADMSG;
	end = memchr(r->bytes + offset, '\0', r->size - offset);
	if (!end)
		return -EBADMSG;
	*ret = pool_copy_bytes(r->pool, r->bytes + offset, (size_t)(end - r->bytes) - offset);
	return *ret ? 0 : -ENOMEM;
}

/* The offset in the file of what is loaded at this address. */
static int offset_of(struct reader *r, uint64_t address, uint64_t *ret)
{
	GElf_Phdr segment;

	for (size_t i = 0; i < r->segments_n; i++) {
		if (!gelf_getphdr(r->elf, (int)i, &segment))
			return -EBADMSG;
		if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
		    address - segment.p_vaddr >= segment.p_filesz)
			continue;
		if (__builtin_add_overflow(address - segment.p_vaddr, segment.p_offset, ret))
			return -EBADMSG;
		return 0;
	}
	return -EBADMSG;
}

/* Reads an entry of the dynamic section that is a string. strings: offset of the string table. */
static int read_dynamic_string(struct reader *r, const GElf_Dyn *entry, uint64_t strings,
			       struct elf_facts *facts)
{
	const char **place;
	uint64_t offset;

	switch (entry->d_tag) {
	case DT_RPATH:
		place = &facts->rpath;
		break;
	case DT_RUNPATH:
		place = &facts->runpath;
		break;
	case DT_NEEDED:
		if (facts->needed_n >= ELF_NEEDED_MAX)
			return -E2BIG;
		place = &facts->needed[facts->needed_n++];
		break;
	default:
		return 0;
	}
	if (__builtin_add_overflow(strings, entry->d_un.d_val, &offset))
		return -EBADMSG;
	return read_string(r, offset, place);
}

/*
 * Whether the string table has this string. Imported symbols have their names there; to
 * count symbols one would have to walk a hash table.
 */
static bool has_string(const struct reader *r, uint64_t strings, uint64_t size, const char *string)
{
	if (strings > r->size || size > r->size - strings)
		return false;
	/* With its terminator. It may be the end of a longer string: linkers share those. */
	return memmem(r->bytes + strings, size, string, strlen(string) + 1) != NULL;
}

static int read_dynamic(struct reader *r, const GElf_Phdr *segment, struct elf_facts *facts)
{
	size_t entry_size = gelf_fsize(r->elf, ELF_T_DYN, 1, EV_CURRENT), n;
	uint64_t strings = 0, strings_size = 0;
	bool have_strings = false;
	GElf_Dyn entry;
	Elf_Data *data;
	int q;

	if (segment->p_offset > r->size || segment->p_filesz > r->size - segment->p_offset)
		return -EBADMSG;
	n = segment->p_filesz / entry_size;
	if (n == 0)
		return 0;
	data = elf_getdata_rawchunk(r->elf, (int64_t)segment->p_offset, n * entry_size, ELF_T_DYN);
	if (!data)
		return -EBADMSG;

	/* The string table may come after the entries that need it. */
	for (size_t i = 0; i < n && gelf_getdyn(data, (int)i, &entry); i++) {
		if (entry.d_tag == DT_NULL)
			n = i;
		if (entry.d_tag == DT_STRTAB && !have_strings) {
			q = offset_of(r, entry.d_un.d_ptr, &strings);
			if (q < 0)
				return q;
			have_strings = true;
		}
		if (entry.d_tag == DT_STRSZ)
			strings_size = entry.d_un.d_val;
		facts->binds_now |= entry.d_tag == DT_BIND_NOW ||
				    (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_BIND_NOW) ||
				    (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_NOW);
	}
	if (!have_strings)
		return 0;
	facts->imports_stack_check = has_string(r, strings, strings_size, "__stack_chk_fail");
	for (size_t i = 0; i < n && gelf_getdyn(data, (int)i, &entry); i++) {
		q = read_dynamic_string(r, &entry, strings, facts);
		if (q < 0)
			return q;
	}
	return 0;
}

static int read_facts(struct reader *r, struct elf_facts *facts)
{
	GElf_Ehdr header;
	GElf_Phdr segment;
	int q = 0;

	if (elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &header) ||
	    elf_getphdrnum(r->elf, &r->segments_n) < 0)
		return -EBADMSG;
	/* libelf accepts a truncated table of headers, the kernel does not. */
	if (header.e_phnum != PN_XNUM && header.e_phnum != r->segments_n)
		return -EBADMSG;
	facts->machine = header.e_machine;
	facts->bits = header.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
	facts->big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
	facts->executable = header.e_type == ET_EXEC || header.e_type == ET_DYN;
	facts->position_independent = header.e_type == ET_DYN;

	for (size_t i = 0; i < r->segments_n && q == 0; i++) {
		if (!gelf_getphdr(r->elf, (int)i, &segment))
			return -EBADMSG;
		facts->relro |= segment.p_type == PT_GNU_RELRO;
		facts->has_dynamic |= segment.p_type == PT_DYNAMIC;
		facts->stack_not_executable |=
			segment.p_type == PT_GNU_STACK && !(segment.p_flags & PF_X);
		if (segment.p_type == PT_INTERP)
			q = read_string(r, segment.p_offset, &facts->interpreter);
		else if (segment.p_type == PT_DYNAMIC)
			q = read_dynamic(r, &segment, facts);
	}
	return q;
}

int elf_read(struct pool *pool, const char *bytes, size_t size, struct elf_facts *ret)
{
	struct reader r = { .pool = pool, .bytes = bytes, .size = size };
	struct elf_facts facts = { 0 };
	char *own;
	int q;

	if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	/* libelf is too old for these headers. */
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EBADMSG;

	/* libelf needs memory that is writable and aligned. */
	own = pool_take(pool, size);
	if (!own)
		return -ENOMEM;
	memcpy(own, bytes, size);
	r.elf = elf_memory(own, size);
	if (!r.elf)
		return -EBADMSG;

	q = read_facts(&r, &facts);
	(void)elf_end(r.elf);
	if (q == 0)
		*ret = facts;
	return q;
}
