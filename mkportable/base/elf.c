/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program needs to be started, read from its ELF headers. */
#include "base/elf.h"

#include "elements.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* More than any file has, and directories more than any loader searches: damage, or worse. */
#define VERSIONS_MAX    4096
#define DIRECTORIES_MAX 16
#define SEGMENTS_MAX    (65536 / sizeof(Elf64_Phdr)) /* of the kernel */
#define NOTES_MAX       4096

/*
 * All strings that are copied, which may overlap in the file, and all notes that are parsed:
 * far more than any file has, and less than would fill the memory.
 */
#define STRINGS_SIZE_MAX ((size_t)1024 * 1024)
#define NOTES_SIZE_MAX   ((size_t)1024 * 1024)

/* A file in memory. */
struct reader {
	struct pool *pool;
	const char *bytes;
	size_t size;
	Elf *elf;
	size_t segments_n, versions_n, notes_n;
	size_t strings_size, notes_size;
	bool is_64, big_endian;
};

/* Where the tables are that the dynamic section names; an offset of 0 is none. */
struct tables {
	uint64_t strings;
	uint64_t symbols;
	uint64_t versions, versions_needed;
};

/* Copies the string at this offset, if it ends within the file. */
static int read_string(struct reader *r, uint64_t offset, const char **ret)
{
	const char *end;
	size_t length;

	if (offset >= r->size)
		return -EBADMSG;
	end = memchr(r->bytes + offset, '\0', r->size - offset);
	if (!end)
		return -EBADMSG;
	length = (size_t)(end - r->bytes) - offset;
	if (length > STRINGS_SIZE_MAX - r->strings_size)
		return -EBADMSG;
	r->strings_size += length;
	*ret = pool_copy_bytes(r->pool, r->bytes + offset, length);
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
	case DT_SONAME:
		place = &facts->soname;
		break;
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

/* The name at this offset, or NULL if it does not end within the file, or soon. */
static const char *name_at(const struct reader *r, uint64_t offset)
{
	size_t rest = offset < r->size ? r->size - offset : 0;

	if (rest == 0)
		return NULL;
	return memchr(r->bytes + offset, '\0', rest < NAME_MAX ? rest : NAME_MAX)
		       ? r->bytes + offset
		       : NULL;
}

/* A number of this size; 0 behind the end of the file. */
static uint64_t number_at(const struct reader *r, uint64_t offset, unsigned size)
{
	uint64_t n = 0;

	if (offset > r->size || size > r->size - offset)
		return 0;
	for (unsigned i = 0; i < size; i++)
		n = n << 8 | (unsigned char)r->bytes[offset + (r->big_endian ? i : size - 1 - i)];
	return n;
}

static int add_version(struct reader *r, struct elf_version **list, const char *library,
		       const char *name)
{
	struct elf_version *version = pool_take(r->pool, sizeof *version);

	if (!version)
		return -ENOMEM;
	if (++r->versions_n > VERSIONS_MAX)
		return -EBADMSG;
	*version = (struct elf_version){ .next = *list,
					 .library = library ? pool_copy(r->pool, library) : NULL,
					 .name = pool_copy(r->pool, name) };
	*list = version;
	return version->name && (!library || version->library) ? 0 : -ENOMEM;
}

/* Reads the chain of Elf…_Verneed, which has the same form in files of 32 and 64 bits. */
static int read_versions_needed(struct reader *r, const struct tables *t, struct elf_facts *facts)
{
	uint64_t next = 1, step;
	int q;

	for (uint64_t at = t->versions_needed, n = 0; at && next && n < ELF_NEEDED_MAX;
	     at += next, n++) {
		const char *library = name_at(r, t->strings + number_at(r, at + 4, 4));
		uint64_t aux = at + number_at(r, at + 8, 4), count = number_at(r, at + 2, 2);

		next = number_at(r, at + 12, 4);
		for (; count > 0; count--, aux += step) {
			const char *name = name_at(r, t->strings + number_at(r, aux + 8, 4));
			bool weak = number_at(r, aux + 4, 2) & VER_FLG_WEAK;

			step = number_at(r, aux + 12, 4);
			q = library && name && !weak
				    ? add_version(r, &facts->versions_needed, library, name)
				    : 0;
			if (q < 0)
				return q;
			if (step == 0)
				break;
		}
	}
	return 0;
}

/* Reads the chain of Elf…_Verdef. */
static int read_versions(struct reader *r, const struct tables *t, struct elf_facts *facts)
{
	uint64_t next = 1;
	int q;

	for (uint64_t at = t->versions, n = 0; at && next && n < UINT16_MAX; at += next, n++) {
		uint64_t aux = at + number_at(r, at + 12, 4);
		const char *name = name_at(r, t->strings + number_at(r, aux, 4));

		next = number_at(r, at + 16, 4);
		q = name ? add_version(r, &facts->versions, NULL, name) : 0;
		if (q < 0)
			return q;
	}
	return 0;
}

/* Which of them a function belongs to. */
static unsigned imports_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned imports;
	} functions[] = {
		{ "dlopen", ELF_IMPORTS_DLOPEN },
		{ "dlmopen", ELF_IMPORTS_DLOPEN },
		{ "getpwnam", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_NAMES },
		{ "getpwnam_r", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_NAMES },
		{ "getpwuid", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_IDS },
		{ "getpwuid_r", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_IDS },
		{ "getpwent", ELF_IMPORTS_USERS },
		{ "getgrnam", ELF_IMPORTS_GROUPS },
		{ "getgrnam_r", ELF_IMPORTS_GROUPS },
		{ "getgrgid", ELF_IMPORTS_GROUPS },
		{ "getgrgid_r", ELF_IMPORTS_GROUPS },
		{ "getgrouplist", ELF_IMPORTS_GROUPS },
		{ "initgroups", ELF_IMPORTS_GROUPS | ELF_IMPORTS_USER_CHANGE },
		{ "setgroups", ELF_IMPORTS_USER_CHANGE },
		{ "setuid", ELF_IMPORTS_USER_CHANGE },
		{ "setgid", ELF_IMPORTS_USER_CHANGE },
		{ "setreuid", ELF_IMPORTS_USER_CHANGE },
		{ "setregid", ELF_IMPORTS_USER_CHANGE },
		{ "setresuid", ELF_IMPORTS_USER_CHANGE },
		{ "setresgid", ELF_IMPORTS_USER_CHANGE },
		{ "getaddrinfo", ELF_IMPORTS_HOSTS },
		{ "gethostbyname", ELF_IMPORTS_HOSTS },
		{ "gethostbyname_r", ELF_IMPORTS_HOSTS },
		{ "gethostbyname2", ELF_IMPORTS_HOSTS },
		{ "gethostbyname2_r", ELF_IMPORTS_HOSTS },
		{ "setlocale", ELF_IMPORTS_LOCALE },
		{ "newlocale", ELF_IMPORTS_LOCALE },
		{ "tzset", ELF_IMPORTS_TIME },
		{ "localtime", ELF_IMPORTS_TIME },
		{ "localtime_r", ELF_IMPORTS_TIME },
		{ "mktime", ELF_IMPORTS_TIME },
		{ "listen", ELF_IMPORTS_LISTEN },
		{ "SSL_CTX_set_default_verify_paths", ELF_IMPORTS_TRUST },
		{ "SSL_CTX_set_default_verify_dir", ELF_IMPORTS_TRUST },
		{ "SSL_CTX_set_default_verify_file", ELF_IMPORTS_TRUST },
		{ "gnutls_certificate_set_x509_system_trust", ELF_IMPORTS_TRUST },
		{ "gnutls_x509_trust_list_add_system_trust", ELF_IMPORTS_TRUST },
	};

	for (size_t i = 0; i < ELEMENTS(functions); i++)
		if (strcmp(name, functions[i].name) == 0)
			return functions[i].imports;
	return 0;
}

/* Looks for the symbols that the file imports. Linkers put the names behind the symbols. */
static void read_imports(struct reader *r, const struct tables *t, struct elf_facts *facts)
{
	size_t size = r->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	size_t section = r->is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx);
	bool has_socket = false, uses_it = false;

	if (t->symbols == 0 || t->strings < t->symbols)
		return;
	for (uint64_t at = t->symbols; at < t->strings && at < r->size; at += size) {
		const char *name;

		if (number_at(r, at + section, 2) != SHN_UNDEF)
			continue;
		name = name_at(r, t->strings + number_at(r, at, 4));
		if (!name)
			continue;
		facts->imports_stack_check |= strcmp(name, "__stack_chk_fail") == 0;
		facts->imports |= imports_of(name);
		has_socket |= strcmp(name, "socket") == 0;
		uses_it |= strcmp(name, "bind") == 0 || strcmp(name, "listen") == 0 ||
			   strcmp(name, "connect") == 0;
	}
	facts->opens_sockets = has_socket && uses_it;
}

static int read_dynamic(struct reader *r, const GElf_Phdr *segment, struct elf_facts *facts)
{
	size_t entry_size = gelf_fsize(r->elf, ELF_T_DYN, 1, EV_CURRENT), n;
	struct tables t = { 0 };
	GElf_Addr symbols = 0, versions_needed = 0, versions = 0;
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
			q = offset_of(r, entry.d_un.d_ptr, &t.strings);
			if (q < 0)
				return q;
			have_strings = true;
		}
		symbols = entry.d_tag == DT_SYMTAB ? entry.d_un.d_ptr : symbols;
		versions_needed = entry.d_tag == DT_VERNEED ? entry.d_un.d_ptr : versions_needed;
		versions = entry.d_tag == DT_VERDEF ? entry.d_un.d_ptr : versions;
		facts->pie |= entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_PIE;
		facts->binds_now |= entry.d_tag == DT_BIND_NOW ||
				    (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_BIND_NOW) ||
				    (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_NOW);
	}
	if (!have_strings)
		return 0;
	if (symbols)
		(void)offset_of(r, symbols, &t.symbols);
	if (versions_needed)
		(void)offset_of(r, versions_needed, &t.versions_needed);
	if (versions)
		(void)offset_of(r, versions, &t.versions);
	read_imports(r, &t, facts);
	for (size_t i = 0; i < n && gelf_getdyn(data, (int)i, &entry); i++) {
		q = read_dynamic_string(r, &entry, t.strings, facts);
		if (q < 0)
			return q;
	}
	if (facts->runpath)
		facts->rpath = NULL;
	q = read_versions_needed(r, &t, facts);
	return q < 0 ? q : read_versions(r, &t, facts);
}

/*
 * The directories that the loader of glibc searches: strings in it that begin and end with
 * a slash, as --libdir= of its build decided ("/lib64/", "/usr/lib/x86_64-linux-gnu/").
 */
static int read_directories(struct reader *r, struct elf_facts *facts)
{
	const char *text, *end = r->bytes + r->size, *p = r->bytes;
	unsigned n = 0;

	if (!facts->soname || strncmp(facts->soname, "ld", 2) != 0)
		return 0;
	while ((p = memchr(p, '/', (size_t)(end - p)))) {
		size_t length = strnlen(p, (size_t)(end - p));

		if (length > 1 && length <= PATH_MAX && p + length < end && p[length - 1] == '/' &&
		    memmem(p, length, "lib", 3) && n++ < DIRECTORIES_MAX) {
			text = facts->directories;
			text = pool_format(r->pool, "%s%s%.*s", text ? text : "", text ? ":" : "",
					   (int)length - 1, p);
			if (!text)
				return -ENOMEM;
			facts->directories = text;
		}
		p += length;
	}
	return 0;
}

/* Whether the code has a system call of this number: it is loaded, and used soon after. */
static bool calls(const struct reader *r, const unsigned char *load, size_t load_size,
		  const unsigned char *call, size_t call_size, size_t distance)
{
	const char *end = r->bytes + r->size, *p = r->bytes;

	while ((p = memmem(p, (size_t)(end - p), load, load_size))) {
		size_t rest;

		p += load_size;
		rest = (size_t)(end - p);
		if (memmem(p, rest < distance ? rest : distance, call, call_size))
			return true;
	}
	return false;
}

/* Whether a static program calls socket(), and bind(), listen() or connect(). */
static bool calls_sockets(const struct reader *r, unsigned machine)
{
	static const struct {
		unsigned char x86, arm;
	} numbers[] = { { 41, 198 }, { 49, 200 }, { 50, 201 }, { 42, 203 } };
	static const char *const go[] = { "syscall.socket", "syscall.bind", "syscall.Listen",
					  "syscall.connect" };
	bool found[ELEMENTS(numbers)];

	for (size_t i = 0; i < ELEMENTS(numbers); i++) {
		/* mov $N,%eax, and syscall; musl: mov $N,%edi, and call __syscall_cp. */
		const unsigned char eax[] = { 0xb8, numbers[i].x86, 0, 0, 0 };
		const unsigned char edi[] = { 0xbf, numbers[i].x86, 0, 0, 0, 0xe8 };
		/* mov x8, #N, and svc #0. */
		const uint32_t instruction = 0xd2800008U | (uint32_t)numbers[i].arm << 5;
		const unsigned char x8[] = { (unsigned char)instruction,
					     (unsigned char)(instruction >> 8),
					     (unsigned char)(instruction >> 16),
					     (unsigned char)(instruction >> 24) };

		found[i] = memmem(r->bytes, r->size, go[i], strlen(go[i]) + 1) != NULL;
		if (machine == EM_X86_64)
			found[i] |= calls(r, eax, sizeof eax, (const unsigned char[]){ 0x0f, 0x05 },
					  2, 16) ||
				    memmem(r->bytes, r->size, edi, sizeof edi);
		else if (machine == EM_AARCH64)
			found[i] |= calls(r, x8, sizeof x8,
					  (const unsigned char[]){ 0x01, 0, 0, 0xd4 }, 4, 32);
	}
	return found[0] && (found[1] || found[2] || found[3]);
}

/* The notes of the UAPI group. Returns 0, -EBADMSG for one that is none, or -ENOMEM. */
static int read_note(struct reader *r, uint64_t type, const char *owner, uint64_t owner_size,
		     const char *text, uint64_t size, struct elf_facts *facts)
{
	if (owner_size != sizeof DLOPEN_NOTE_OWNER ||
	    memcmp(owner, DLOPEN_NOTE_OWNER, sizeof DLOPEN_NOTE_OWNER) != 0 ||
	    size > NOTES_SIZE_MAX - r->notes_size)
		return 0;
	if (type == DLOPEN_NOTE_TYPE) {
		r->notes_size += size;
		return dlopen_note_read(r->pool, text, size, &facts->loads);
	}
	if (type == PACKAGE_NOTE_TYPE && !facts->package) {
		r->notes_size += size;
		return package_note_read(r->pool, text, size, &facts->package);
	}
	return 0;
}

/*
 * Reads a segment of notes. *of_gnu: whether one says that the file was linked with the C
 * library of GNU, whose crt1.o has it.
 */
static int read_notes(struct reader *r, const GElf_Phdr *segment, bool *of_gnu,
		      struct elf_facts *facts)
{
	uint64_t end = segment->p_offset + segment->p_filesz, name, description, type, padded;
	int q;

	for (uint64_t at = segment->p_offset; at < end && end <= r->size; at += description) {
		if (++r->notes_n > NOTES_MAX)
			return 0;
		name = number_at(r, at, 4);
		description = number_at(r, at + 4, 4);
		type = number_at(r, at + 8, 4);
		at += sizeof(GElf_Nhdr);
		padded = (name + 3) & ~UINT64_C(3);
		if (at + padded + description > end)
			return 0;
		if (name == sizeof ELF_NOTE_GNU && type == NT_GNU_ABI_TAG)
			*of_gnu |= memcmp(r->bytes + at, ELF_NOTE_GNU, name) == 0;
		q = read_note(r, type, r->bytes + at, name, r->bytes + at + padded, description,
			      facts);
		/* The program runs with a note that nobody can read. */
		if (q == -ENOMEM)
			return q;
		at += padded;
		description = (description + 3) & ~UINT64_C(3);
	}
	return 0;
}

static int read_facts(struct reader *r, struct elf_facts *facts)
{
	GElf_Ehdr header;
	GElf_Phdr segment;
	bool of_gnu = false;
	int q = 0;

	if (elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &header) ||
	    elf_getphdrnum(r->elf, &r->segments_n) < 0)
		return -EBADMSG;
	/* libelf accepts a truncated table of headers, the kernel does not, nor above 64 KiB. */
	if ((header.e_phnum != PN_XNUM && header.e_phnum != r->segments_n) ||
	    r->segments_n > SEGMENTS_MAX)
		return -EBADMSG;
	r->is_64 = header.e_ident[EI_CLASS] == ELFCLASS64;
	r->big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
	facts->machine = header.e_machine;
	facts->bits = header.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
	facts->big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
	facts->executable = header.e_type == ET_EXEC || header.e_type == ET_DYN;
	facts->position_independent = header.e_type == ET_DYN;

	for (size_t i = 0; i < r->segments_n && q == 0; i++) {
		if (!gelf_getphdr(r->elf, (int)i, &segment))
			return -EBADMSG;
		/* What is not in the file is a SIGBUS at start. */
		if (segment.p_type == PT_LOAD &&
		    (segment.p_offset > r->size || segment.p_filesz > r->size - segment.p_offset))
			return -EBADMSG;
		facts->relro |= segment.p_type == PT_GNU_RELRO;
		facts->stack_not_executable |=
			segment.p_type == PT_GNU_STACK && !(segment.p_flags & PF_X);
		if (segment.p_type == PT_NOTE)
			q = read_notes(r, &segment, &of_gnu, facts);
		else if (segment.p_type == PT_INTERP)
			q = read_string(r, segment.p_offset, &facts->interpreter);
		else if (segment.p_type == PT_DYNAMIC && !facts->has_dynamic)
			q = read_dynamic(r, &segment, facts);
		facts->has_dynamic |= segment.p_type == PT_DYNAMIC;
	}
	if (q == 0)
		q = read_directories(r, facts);
	if (q == 0 && !facts->interpreter && facts->needed_n == 0) {
		/* Programs of Go read /etc/nsswitch.conf themselves; only glibc loads these. */
		facts->has_nss = of_gnu && memmem(r->bytes, r->size, "libnss_", strlen("libnss_"));
		facts->opens_sockets = calls_sockets(r, facts->machine);
	}
	return q;
}

/*
 * The kernel of x86-64 looks at the machine, and not at the class and the byte order that
 * come before it. A program of x32 has headers of 32 bits.
 */
static void set_class(char *bytes, size_t size)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;

	if (size < sizeof *header || header->e_machine != EM_X86_64)
		return;
	bytes[EI_DATA] = ELFDATA2LSB;
	if (header->e_phentsize == sizeof(Elf64_Phdr))
		bytes[EI_CLASS] = ELFCLASS64;
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
	own = malloc(size);
	if (!own)
		return -ENOMEM;
	memcpy(own, bytes, size);
	set_class(own, size);
	r.elf = elf_memory(own, size);
	q = r.elf ? read_facts(&r, &facts) : -EBADMSG;
	(void)elf_end(r.elf);
	free(own);
	if (q == 0)
		*ret = facts;
	return q;
}
