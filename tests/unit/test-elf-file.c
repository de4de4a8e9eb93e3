/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architecture.h"
#include "base/elf.h"
#include "check.h"
#include "elements.h"
#include "file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A dynamic program of 64 bits, built by hand: headers, a loader, three entries, strings. */
struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	Elf64_Dyn dynamic[5];
	char interpreter[8];
	char strings[32];
};

static const struct program program = {
	.header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		    .e_type = ET_DYN,
		    .e_machine = EM_X86_64,
		    .e_version = EV_CURRENT,
		    .e_phoff = offsetof(struct program, segments),
		    .e_ehsize = sizeof(Elf64_Ehdr),
		    .e_phentsize = sizeof(Elf64_Phdr),
		    .e_phnum = 3 },
	.segments = { { .p_type = PT_LOAD,
			.p_vaddr = 0x1000,
			.p_filesz = sizeof(struct program),
			.p_memsz = sizeof(struct program) },
		      { .p_type = PT_INTERP,
			.p_offset = offsetof(struct program, interpreter),
			.p_filesz = sizeof "/lib/ld" },
		      { .p_type = PT_DYNAMIC,
			.p_offset = offsetof(struct program, dynamic),
			.p_filesz = sizeof(Elf64_Dyn[5]) } },
	.dynamic = { { .d_tag = DT_NEEDED, .d_un.d_val = 1 },
		     { .d_tag = DT_RUNPATH, .d_un.d_val = 11 },
		     { .d_tag = DT_STRTAB,
		       .d_un.d_ptr = 0x1000 + offsetof(struct program, strings) },
		     { .d_tag = DT_NEEDED, .d_un.d_val = 16 },
		     { .d_tag = DT_NULL } },
	.interpreter = "/lib/ld",
	.strings = "\0libone.so\0/own\0libtwo.so",
};

/* Reads a copy whose end is the end of its memory, so that the sanitizer sees a byte too many. */
static int read_copy(struct pool *pool, const void *bytes, size_t size, struct elf_facts *facts)
{
	char *copy = malloc(size ? size : 1);
	int r;

	if (size)
		memcpy(copy, bytes, size);
	r = elf_read(pool, copy, size, facts);
	free(copy);
	return r;
}

static void a_dynamic_program_tells_what_it_loads(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	CHECK(read_copy(&pool, &program, sizeof program, &facts) == 0);
	CHECK(facts.machine == EM_X86_64 && facts.bits == 64 && !facts.big_endian);
	CHECK(facts.executable);
	CHECK_TEXT(facts.interpreter, "/lib/ld");
	CHECK_TEXT(facts.runpath, "/own");
	CHECK(!facts.rpath);
	CHECK(facts.needed_n == 2);
	CHECK_TEXT(facts.needed[0], "libone.so");
	CHECK_TEXT(facts.needed[1], "libtwo.so");
	CHECK(facts.position_independent && facts.has_dynamic);
	CHECK(!facts.relro && !facts.binds_now && !facts.stack_not_executable);
	CHECK(!facts.imports_stack_check);
	pool_release(&pool);
}

static void hardening_is_seen(void)
{
	static const Elf64_Dyn ways_to_bind[] = {
		{ .d_tag = DT_BIND_NOW },
		{ .d_tag = DT_FLAGS, .d_un.d_val = DF_BIND_NOW },
		{ .d_tag = DT_FLAGS_1, .d_un.d_val = DF_1_NOW },
	};
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;
	struct program hardened = program;

	hardened.header.e_type = ET_EXEC;
	hardened.segments[1].p_type = PT_GNU_RELRO;
	CHECK(read_copy(&pool, &hardened, sizeof hardened, &facts) == 0);
	CHECK(facts.executable && !facts.position_independent && facts.relro);

	hardened.segments[1] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
	CHECK(read_copy(&pool, &hardened, sizeof hardened, &facts) == 0);
	CHECK(facts.stack_not_executable && !facts.relro);
	hardened.segments[1].p_flags |= PF_X;
	CHECK(read_copy(&pool, &hardened, sizeof hardened, &facts) == 0);
	CHECK(!facts.stack_not_executable);

	for (size_t i = 0; i < ELEMENTS(ways_to_bind); i++) {
		hardened.dynamic[1] = ways_to_bind[i];
		CHECK(read_copy(&pool, &hardened, sizeof hardened, &facts) == 0);
		CHECK(facts.binds_now);
	}

	pool_release(&pool);
}

/* A program with symbols in front of their names, as linkers write them. */
struct importer {
	struct program program;
	Elf64_Sym symbols[4];
	char names[80];
};

static struct importer importer(const char *first, const char *second)
{
	struct importer i = { .program = program };

	i.program.segments[0].p_filesz = i.program.segments[0].p_memsz = sizeof i;
	i.program.dynamic[0] =
		(Elf64_Dyn){ .d_tag = DT_SYMTAB,
			     .d_un.d_ptr = 0x1000 + offsetof(struct importer, symbols) };
	i.program.dynamic[1] = (Elf64_Dyn){ .d_tag = DT_SONAME, .d_un.d_val = 72 };
	i.program.dynamic[2].d_un.d_ptr = 0x1000 + offsetof(struct importer, names);
	i.program.dynamic[3].d_un.d_val = 72;
	(void)snprintf(i.names + 1, 34, "%s", first);
	(void)snprintf(i.names + 36, 34, "%s", second);
	i.symbols[1].st_name = 1;
	i.symbols[2].st_name = 36;
	return i;
}

static void imported_symbols_are_seen(void)
{
	static const struct {
		const char *first, *second;
		bool opens_sockets, stack_check;
	} table[] = {
		{ "socket", "listen", true, false },
		{ "bind", "socket", true, false },
		{ "connect", "socket", true, false },
		{ "socket", "SSL_connect", false, false },
		{ "uv_listen", "socket", false, false },
		{ "listen", "accept", false, false },
		{ "socket", "__stack_chk_fail", false, true },
	};
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;
	struct importer i;

	for (size_t n = 0; n < ELEMENTS(table); n++) {
		i = importer(table[n].first, table[n].second);
		CHECK(read_copy(&pool, &i, sizeof i, &facts) == 0);
		CHECK(facts.opens_sockets == table[n].opens_sockets);
		CHECK(facts.imports_stack_check == table[n].stack_check);
		/* What the program has itself is not imported. */
		i.symbols[1].st_shndx = i.symbols[2].st_shndx = 1;
		CHECK(read_copy(&pool, &i, sizeof i, &facts) == 0);
		CHECK(!facts.opens_sockets && !facts.imports_stack_check);
	}
	pool_release(&pool);
}

static void functions_that_look_for_more_are_seen(void)
{
	static const struct {
		const char *first, *second;
		unsigned imports;
	} table[] = {
		{ "dlopen", "open", ELF_IMPORTS_DLOPEN },
		{ "getpwnam_r", "x", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_NAMES },
		{ "getpwuid", "x", ELF_IMPORTS_USERS | ELF_IMPORTS_USER_IDS },
		{ "setuid", "getgrnam", ELF_IMPORTS_USER_CHANGE | ELF_IMPORTS_GROUPS },
		{ "getaddrinfo", "listen", ELF_IMPORTS_HOSTS | ELF_IMPORTS_LISTEN },
		{ "setlocale", "localtime_r", ELF_IMPORTS_LOCALE | ELF_IMPORTS_TIME },
		{ "SSL_CTX_set_default_verify_paths", "SSL_new", ELF_IMPORTS_TRUST },
		{ "dlopen2", "my_setuid", 0 },
	};
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;
	struct importer i;

	for (size_t n = 0; n < ELEMENTS(table); n++) {
		i = importer(table[n].first, table[n].second);
		CHECK(read_copy(&pool, &i, sizeof i, &facts) == 0);
		CHECK(facts.imports == table[n].imports);
		i.symbols[1].st_shndx = i.symbols[2].st_shndx = 1;
		CHECK(read_copy(&pool, &i, sizeof i, &facts) == 0);
		CHECK(facts.imports == 0);
	}
	pool_release(&pool);
}

static void system_calls_of_static_programs_are_seen(void)
{
	static const struct {
		const char *code;
		size_t size;
		unsigned machine;
		bool opens_sockets;
	} table[] = {
#define CODE(of, text, opens) { text, sizeof(text) - 1, of, opens }
		/* socket() and listen(), as musl and as glibc have them. */
		CODE(EM_X86_64, "\xb8\x29\0\0\0\x0f\x05\xb8\x32\0\0\0\x31\xd2\x0f\x05", true),
		CODE(EM_X86_64, "\xb8\x29\0\0\0\x0f\x05\xb8\x31\0\0\0\x0f\x05", true),
		CODE(EM_X86_64, "\xb8\x29\0\0\0\x0f\x05\xbf\x2a\0\0\0\xe8", true),
		CODE(EM_X86_64, "\xb8\x29\0\0\0\x0f\x05", false),
		CODE(EM_X86_64, "\xb8\x29\0\0\0\xb8\x32\0\0\0", false),
		CODE(EM_AARCH64, "\xc8\x18\x80\xd2\1\0\0\xd4\x28\x19\x80\xd2\1\0\0\xd4", true),
		CODE(EM_AARCH64, "\xc8\x18\x80\xd2\1\0\0\xd4", false),
		CODE(EM_RISCV, "syscall.socket\0syscall.Listen", true),
#undef CODE
	};
	struct {
		struct program program;
		char code[40];
	} p;
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		p = (typeof(p)){ .program = program };
		p.program.header.e_machine = (Elf64_Half)table[i].machine;
		p.program.header.e_phnum = 1;
		memcpy(p.code, table[i].code, table[i].size);
		CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
		CHECK(facts.opens_sockets == table[i].opens_sockets);
		p.program.header.e_phnum = 2; /* with a loader */
		CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
		CHECK(!facts.opens_sockets);
	}
	pool_release(&pool);
}

/* What says /etc/nsswitch.conf may be a program of Go, which reads that file itself. */
static void the_name_service_of_glibc_is_seen(void)
{
	struct {
		struct program program;
		Elf64_Nhdr note;
		char owner[4];
		uint32_t description[4];
		char text[40];
	} p = { .program = program,
		.note = { .n_namesz = 4, .n_descsz = 16, .n_type = NT_GNU_ABI_TAG },
		.owner = ELF_NOTE_GNU,
		.text = "libnss_%s.so%s" };
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	p.program.header.e_phnum = 2;
	p.program.segments[1] = (Elf64_Phdr){ .p_type = PT_NOTE,
					      .p_offset = offsetof(typeof(p), note),
					      .p_filesz = sizeof(Elf64_Nhdr) + 20 };
	CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
	CHECK(facts.has_nss);
	memcpy(p.owner, "Go\0", 4);
	CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
	CHECK(!facts.has_nss);
	memcpy(p.owner, "GNU", 4);
	memcpy(p.text, "/etc/nsswitch.conf", sizeof "/etc/nsswitch.conf");
	CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
	CHECK(!facts.has_nss);
	p.program.segments[1].p_filesz = UINT64_MAX;
	CHECK(read_copy(&pool, &p, sizeof p, &facts) == 0);
	CHECK(!facts.has_nss);
	pool_release(&pool);
}

/* The libraries of this program are real ones. */
static void a_loader_names_its_directories_and_a_library_its_versions(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts self, loader;
	const char *found = NULL;
	char *bytes;
	size_t size;

	CHECK(file_read(AT_FDCWD, "/proc/self/exe", SIZE_MAX / 2, &bytes, &size) == 0);
	CHECK(elf_read(&pool, bytes, size, &self) == 0);
	free(bytes);
	for (const struct elf_version *v = self.versions_needed; v; v = v->next)
		if (strcmp(v->library, "libc.so.6") == 0)
			found = v->name;
	CHECK(found && strncmp(found, "GLIBC_", 6) == 0);
	CHECK(!self.versions && !self.directories);

	CHECK(file_read(AT_FDCWD, self.interpreter, SIZE_MAX / 2, &bytes, &size) == 0);
	CHECK(elf_read(&pool, bytes, size, &loader) == 0);
	free(bytes);
	CHECK(loader.soname && strncmp(loader.soname, "ld", 2) == 0);
	CHECK(loader.directories && strstr(loader.directories, "/usr/lib"));
	found = NULL;
	for (const struct elf_version *v = loader.versions; v; v = v->next)
		found = strncmp(v->name, "GLIBC_", 6) == 0 ? v->name : found;
	CHECK(found);
	pool_release(&pool);
}

static void our_own_program_is_readable(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;
	char *bytes;
	size_t size;

	CHECK(file_read(AT_FDCWD, "/proc/self/exe", SIZE_MAX / 2, &bytes, &size) == 0);
	CHECK(elf_read(&pool, bytes, size, &facts) == 0);
	CHECK(facts.executable && facts.interpreter && facts.needed_n > 0);
	CHECK(architecture_of(facts.machine, facts.bits, facts.big_endian));
	free(bytes);
	pool_release(&pool);
}

static void what_is_no_elf_file_says_so(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	CHECK(read_copy(&pool, "", 0, &facts) == -ENOEXEC);
	CHECK(read_copy(&pool, "\x7f", 1, &facts) == -ENOEXEC);
	CHECK(read_copy(&pool,
			"\x7f"
			"ELG",
			4, &facts) == -ENOEXEC);
	CHECK(read_copy(&pool, "#!/bin/sh\n", 10, &facts) == -ENOEXEC);
	CHECK(read_copy(&pool, "!<arch>\n", 8, &facts) == -ENOEXEC);
	CHECK(read_copy(&pool,
			"\x7f"
			"ELF",
			4, &facts) == -EBADMSG);
	pool_release(&pool);
}

static void a_truncated_file_is_damaged(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	/* The strings end in NULs that nothing needs. */
	for (size_t size = 4; size < offsetof(struct program, strings) + 26; size++)
		CHECK(read_copy(&pool, &program, size, &facts) == -EBADMSG);
	pool_release(&pool);
}

static void contradictions_are_damage(void)
{
	struct pool pool = POOL_EMPTY;
	struct program p;
	struct elf_facts facts;

#define DAMAGED(change)                                                    \
	do {                                                               \
		p = program;                                               \
		change;                                                    \
		CHECK(read_copy(&pool, &p, sizeof p, &facts) == -EBADMSG); \
	} while (0)
	DAMAGED(p.header.e_phoff = sizeof p);
	DAMAGED(p.header.e_phoff = UINT64_MAX);
	DAMAGED(p.header.e_phnum = 0x7fff);
	DAMAGED(p.segments[1].p_offset = sizeof p);
	DAMAGED(p.segments[1].p_offset = UINT64_MAX);
	DAMAGED(p.segments[2].p_offset = sizeof p + 1);
	DAMAGED(p.segments[2].p_offset = UINT64_MAX - 8);
	DAMAGED(p.segments[2].p_filesz = UINT64_MAX);
	DAMAGED(p.segments[2].p_filesz = sizeof p);
	DAMAGED(p.segments[0].p_vaddr = 0x100000);
	DAMAGED(p.segments[0].p_offset = UINT64_MAX);
	DAMAGED(p.dynamic[0].d_un.d_val = sizeof p);
	DAMAGED(p.dynamic[0].d_un.d_val = UINT64_MAX);
	DAMAGED(p.dynamic[2].d_un.d_ptr = 0);
	DAMAGED(memset(p.strings, 'x', sizeof p.strings));
#undef DAMAGED
	pool_release(&pool);
}

static void every_changed_byte_is_survived(void)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	for (size_t i = 0; i < sizeof program; i++) {
		static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };

		for (size_t j = 0; j < sizeof values; j++) {
			struct program p = program;

			((unsigned char *)&p)[i] = values[j];
			(void)read_copy(&pool, &p, sizeof p, &facts);
		}
		pool_release(&pool);
	}
	CHECK(true);
}

static void too_many_libraries_are_refused(void)
{
	struct {
		struct program program;
		Elf64_Dyn dynamic[ELF_NEEDED_MAX + 2];
	} many = { .program = program };
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	many.dynamic[0] = program.dynamic[2];
	for (size_t i = 1; i <= ELF_NEEDED_MAX + 1; i++)
		many.dynamic[i] = program.dynamic[0];
	many.program.segments[2].p_offset = sizeof(struct program);
	many.program.segments[2].p_filesz = sizeof many.dynamic;
	CHECK(read_copy(&pool, &many, sizeof many, &facts) == -E2BIG);
	many.program.segments[2].p_filesz -= sizeof(Elf64_Dyn);
	CHECK(read_copy(&pool, &many, sizeof many, &facts) == 0);
	CHECK(facts.needed_n == ELF_NEEDED_MAX);
	pool_release(&pool);
}

static void strings_and_notes_that_overlap_do_not_fill_the_memory(void)
{
	static struct {
		struct program program;
		Elf64_Dyn dynamic[ELF_NEEDED_MAX + 2];
		char name[4096];
	} named;
	static struct {
		struct program program;
		Elf64_Nhdr note;
		char owner[4], text[700000];
	} noted;
	static const char start[] = "{\"soname\":\"a\",\"b\":\"", end[] = "\"}";
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	named.program = program;
	named.dynamic[0] = program.dynamic[2];
	for (size_t i = 1; i <= ELF_NEEDED_MAX; i++) {
		named.dynamic[i].d_tag = DT_NEEDED;
		named.dynamic[i].d_un.d_val =
			offsetof(typeof(named), name) - offsetof(struct program, strings);
	}
	named.program.segments[2].p_offset = offsetof(typeof(named), dynamic);
	named.program.segments[2].p_filesz = sizeof named.dynamic;
	memset(named.name, 'a', NAME_MAX);
	CHECK(read_copy(&pool, &named, sizeof named, &facts) == 0);
	CHECK(facts.needed_n == ELF_NEEDED_MAX);
	memset(named.name, 'a', sizeof named.name - 1);
	CHECK(read_copy(&pool, &named, sizeof named, &facts) == -EBADMSG);

	noted.program = program;
	noted.note.n_namesz = sizeof noted.owner;
	noted.note.n_descsz = sizeof noted.text;
	noted.note.n_type = DLOPEN_NOTE_TYPE;
	memcpy(noted.owner, DLOPEN_NOTE_OWNER, sizeof noted.owner);
	memset(noted.text, 'c', sizeof noted.text);
	memcpy(noted.text, start, sizeof start - 1);
	memcpy(noted.text + sizeof noted.text - (sizeof end - 1), end, sizeof end - 1);
	for (size_t i = 1; i < ELEMENTS(noted.program.segments); i++) {
		noted.program.segments[i].p_type = PT_NOTE;
		noted.program.segments[i].p_offset = offsetof(typeof(noted), note);
		noted.program.segments[i].p_filesz = sizeof noted - offsetof(typeof(noted), note);
	}
	CHECK(read_copy(&pool, &noted, sizeof noted, &facts) == 0);
	CHECK(facts.loads && !facts.loads->next);
	pool_release(&pool);
}

static void machines_have_systemd_s_names(void)
{
	CHECK_TEXT(architecture_of(EM_X86_64, 64, false)->name, "x86-64");
	CHECK_TEXT(architecture_of(EM_386, 32, false)->name, "x86");
	CHECK_TEXT(architecture_of(EM_AARCH64, 64, false)->name, "arm64");
	CHECK_TEXT(architecture_of(EM_PPC64, 64, false)->name, "ppc64-le");
	CHECK_TEXT(architecture_of(EM_S390, 64, true)->name, "s390x");
	CHECK(!architecture_of(EM_NONE, 64, false));
}

int main(void)
{
	RUN(a_dynamic_program_tells_what_it_loads);
	RUN(hardening_is_seen);
	RUN(imported_symbols_are_seen);
	RUN(functions_that_look_for_more_are_seen);
	RUN(system_calls_of_static_programs_are_seen);
	RUN(the_name_service_of_glibc_is_seen);
	RUN(a_loader_names_its_directories_and_a_library_its_versions);
	RUN(our_own_program_is_readable);
	RUN(what_is_no_elf_file_says_so);
	RUN(a_truncated_file_is_damaged);
	RUN(contradictions_are_damage);
	RUN(every_changed_byte_is_survived);
	RUN(too_many_libraries_are_refused);
	RUN(strings_and_notes_that_overlap_do_not_fill_the_memory);
	RUN(machines_have_systemd_s_names);
	return CHECK_STATUS();
}
