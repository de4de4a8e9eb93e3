/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the programs that units run into the plan, and makes sure that they start. */
#include "programs.h"

#include "architecture.h"
#include "elf-file.h"
#include "file.h"
#include "libraries.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The kernel follows "#!" this often (BINPRM recursion) and reads this much of the line. */
#define SCRIPT_DEPTH_MAX 5
#define SCRIPT_LINE_MAX  256

struct placing {
	struct plan *plan;
	const struct program_path *path;
	const char *first; /* the program that decided the machine; NULL before it */
	struct elf_facts machine;
};

/* Where a plain name is looked for, in systemd's order (DEFAULT_PATH). */
static const char *const search_path[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					   "/usr/bin",        "/sbin",          "/bin" };

/* Finds the program in the program path. Returns 0 and *ret (NULL: none has it), or negative. */
static int find_on_host(struct placing *p, const char *name, const char **ret)
{
	struct stat st;

	*ret = NULL;
	for (size_t i = 0; i < p->path->n && !*ret; i++) {
		const char *file = pool_format(p->plan->pool, "%s/%s", p->path->folders[i], name);

		if (!file)
			return pool_exhausted();
		if (stat(file, &st) == 0)
			*ret = file;
	}
	return 0;
}

/* Adds one from the program path. */
static int place_from_host(struct placing *p, const struct need *need, const char *path,
			   const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	const char *slash = strrchr(path, '/'), *source;
	struct stat st;
	int r;

	r = find_on_host(p, slash + 1, &source);
	if (r < 0)
		return r;
	if (!source) {
		log_error("%s: cannot find the program '%s' of %s=, neither in tree/ nor in the "
			  "program path",
			  origin, log_escape(need->path, shown), need->key);
		return -ENOENT;
	}
	if (stat(source, &st) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot look at '%s'", origin, log_escape(source, shown));
		return r;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		log_error("%s: '%s' is %s", origin, log_escape(source, shown),
			  S_ISDIR(st.st_mode)   ? "a folder, not a program"
			  : S_ISREG(st.st_mode) ? "not executable"
						: "not a regular file");
		return -EACCES;
	}
	return plan_add_file(p->plan, path, 0755, source, origin);
}

/* The path of a program in the image, for a plain name as for a path. NULL without memory. */
static const char *path_in_image(struct placing *p, const struct need *need)
{
	const char *path;

	if (need->path[0] == '/')
		return need->path;
	for (size_t i = 0; i < sizeof search_path / sizeof *search_path; i++) {
		path = pool_format(p->plan->pool, "%s/%s", search_path[i], need->path);
		if (!path || plan_follow(p->plan, path))
			return path;
	}
	return pool_format(p->plan->pool, "/usr/bin/%s", need->path);
}

/* All programs are for the machine of the first. */
static int check_machine(struct placing *p, const char *path, const struct elf_facts *facts,
			 const char *origin)
{
	const struct architecture *own, *others;
	char shown[LOG_ESCAPED_SIZE], shown_first[LOG_ESCAPED_SIZE];

	if (!p->first) {
		p->first = path;
		p->machine = *facts;
		return 0;
	}
	if (facts->machine == p->machine.machine && facts->bits == p->machine.bits &&
	    facts->big_endian == p->machine.big_endian)
		return 0;
	own = architecture_of(facts->machine, facts->bits, facts->big_endian);
	others = architecture_of(p->machine.machine, p->machine.bits, p->machine.big_endian);
	log_error("%s: '%s' is a program for %s (%u bit), but '%s' is one for %s (%u bit)", origin,
		  log_escape(path, shown), own ? own->name : "another machine", facts->bits,
		  log_escape(p->first, shown_first), others ? others->name : "another machine",
		  p->machine.bits);
	return -EINVAL;
}

/* The interpreter of a "#!" line, in the pool. NULL: none is named; or without memory. */
static const char *script_interpreter(struct placing *p, const char *bytes, size_t size)
{
	size_t line = size < SCRIPT_LINE_MAX ? size : SCRIPT_LINE_MAX;
	const char *newline = memchr(bytes, '\n', line);
	char *text;

	text = pool_copy_bytes(p->plan->pool, bytes, newline ? (size_t)(newline - bytes) : line);
	if (!text)
		return NULL;
	text += 2;
	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	return text[0] ? text : NULL;
}

static int examine(struct placing *p, struct plan_entry *entry, const char *path,
		   const char *origin, unsigned depth);

static int examine_script(struct placing *p, const char *path, const char *bytes, size_t size,
			  const char *origin, unsigned depth)
{
	const char *interpreter = script_interpreter(p, bytes, size);
	char shown[LOG_ESCAPED_SIZE], shown_interpreter[LOG_ESCAPED_SIZE];
	struct plan_entry *entry;

	if (!interpreter || interpreter[0] != '/') {
		log_error("%s: the script '%s' names no absolute path behind '#!'", origin,
			  log_escape(path, shown));
		return -ENOEXEC;
	}
	entry = plan_follow(p->plan, interpreter);
	if (!entry) {
		log_error("%s: the interpreter '%s' of the script '%s' is not in the image; add it "
			  "in tree/",
			  origin, log_escape(interpreter, shown_interpreter),
			  log_escape(path, shown));
		return -ENOENT;
	}
	if (depth >= SCRIPT_DEPTH_MAX) {
		log_error("%s: the script '%s' is interpreted by a script, too often in a row",
			  origin, log_escape(path, shown));
		return -ELOOP;
	}
	return examine(p, entry, interpreter, origin, depth + 1);
}

static int examine_elf(struct placing *p, const char *path, const struct plan_entry *entry,
		       const struct elf_facts *facts, const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	if (!facts->executable) {
		log_error("%s: '%s' is an object file, not a linked program", origin,
			  log_escape(path, shown));
		return -ENOEXEC;
	}
	r = check_machine(p, path, facts, origin);
	return r < 0 ? r : libraries_check(p->plan, entry->path, facts, origin);
}

/* What its bytes tell about a program. */
static int examine_bytes(struct placing *p, const char *path, const struct plan_entry *entry,
			 const char *bytes, size_t size, const char *origin, unsigned depth)
{
	char shown[LOG_ESCAPED_SIZE];
	struct elf_facts facts;
	int r;

	if (size >= 2 && memcmp(bytes, "#!", 2) == 0)
		return examine_script(p, path, bytes, size, origin, depth);
	r = elf_read(p->plan->pool, bytes, size, &facts);
	if (r == 0)
		return examine_elf(p, path, entry, &facts, origin);
	if (r == -ENOMEM)
		return pool_exhausted();
	log_error("%s: '%s' is %s", origin, log_escape(path, shown),
		  r == -ENOEXEC ? "neither an ELF program nor a script with '#!'"
				: "a damaged ELF file");
	return r;
}

/* path: as it was asked for; entry: where it leads. */
static int examine(struct placing *p, struct plan_entry *entry, const char *path,
		   const char *origin, unsigned depth)
{
	char shown[LOG_ESCAPED_SIZE];
	char *bytes = NULL;
	size_t size = 0;
	int r;

	if (entry->examined)
		return 0;
	if (entry->type != PLAN_FILE || !(entry->mode & 0111)) {
		log_error("%s: '%s' is %s", origin, log_escape(path, shown),
			  entry->type == PLAN_FILE ? "not executable" : "a folder, not a program");
		return -EACCES;
	}
	r = file_read(AT_FDCWD, entry->source, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", origin, log_escape(entry->source, shown));
		return r;
	}
	r = examine_bytes(p, path, entry, bytes, size, origin, depth);
	free(bytes);
	if (r == 0)
		entry->examined = true;
	return r;
}

int programs_place(struct plan *plan, const struct needs *needs, const struct program_path *path,
		   const char **ret_architecture)
{
	struct placing p = { .plan = plan, .path = path };
	const struct architecture *architecture = NULL;
	int r;

	/* First all, then the checks: one may be the interpreter of another. */
	for (int checking = 0; checking < 2; checking++) {
		for (const struct need *need = needs->first; need; need = need->next) {
			const char *origin, *in_image;
			struct plan_entry *entry;

			if (need->kind != NEED_PROGRAM)
				continue;
			origin = unit_origin(need->unit, need->line, plan->pool);
			in_image = path_in_image(&p, need);
			if (!origin || !in_image)
				return pool_exhausted();
			entry = plan_follow(plan, in_image);
			if (checking)
				r = examine(&p, entry, in_image, origin, 1);
			else
				r = entry ? 0 : place_from_host(&p, need, in_image, origin);
			if (r < 0)
				return r;
		}
	}
	if (p.first)
		architecture =
			architecture_of(p.machine.machine, p.machine.bits, p.machine.big_endian);
	*ret_architecture = architecture ? architecture->name : NULL;
	return 0;
}
