/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether each program of the units can be started from nothing but the image. */
#include "plan/programs.h"
#include "base/architecture.h"
#include "base/elf.h"
#include "plan/libraries.h"
#include "rules/topics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What only glibc's name service, linked in, has in it. */
#define NSS_MARK "/etc/nsswitch.conf"

struct examination {
	const struct plan *plan;
	const char *architecture; /* of os-release; NULL: it has none */
	const char *first;        /* the program that decided the machine; NULL before it */
	struct elf_facts machine;
	struct findings *findings;
};

/* A program, or an interpreter of one. */
struct program {
	const char *path; /* as the unit or the script names it */
	struct plan_entry *entry;
	struct location where;
	unsigned depth; /* 1: a program; more: the interpreter of one of depth - 1 */
	char *bytes;
	size_t size;
};

static void examine(struct examination *x, struct program program);

static const char *machine_name(const struct elf_facts *facts)
{
	const struct architecture *a =
		architecture_of(facts->machine, facts->bits, facts->big_endian);

	return a ? a->name : NULL;
}

static const char *machine_words(const struct elf_facts *facts, struct findings *findings)
{
	const char *name = machine_name(facts);

	return report_format(findings, "%s (%u bit)", name ? name : "another machine", facts->bits);
}

/* All programs are for the machine of the first. */
static void check_machine(struct examination *x, const struct program *p,
			  const struct elf_facts *facts)
{
	const char *name = machine_name(facts);

	if (!x->first) {
		x->first = p->path;
		x->machine = *facts;
		if (x->architecture && name && strcmp(x->architecture, name) != 0)
			report(x->findings, RULE_ARCHITECTURE_MISMATCH, p->where, x->architecture,
			       p->path, name);
	} else if (facts->machine != x->machine.machine || facts->bits != x->machine.bits ||
		   facts->big_endian != x->machine.big_endian) {
		report(x->findings, RULE_PROGRAM_FOR_OTHER_MACHINE, p->where, p->path,
		       machine_words(facts, x->findings), x->first,
		       machine_words(&x->machine, x->findings));
	}
}

static void examine_script(struct examination *x, const struct program *p)
{
	const char *interpreter, *problem = NULL;
	struct plan_entry *entry = NULL;

	if (programs_interpreter(x->plan->pool, p->bytes, p->size, &interpreter) < 0) {
		x->findings->failed = -ENOMEM;
		return;
	}
	if (!interpreter || interpreter[0] != '/') {
		problem = "not an absolute path";
	} else {
		entry = plan_follow(x->plan, interpreter);
		if (!entry)
			problem = "not in the image";
		else if (p->depth >= SCRIPT_DEPTH_MAX)
			problem = "interpreter chain too long";
	}
	if (problem)
		report(x->findings, RULE_PROGRAM_NEEDS_INTERPRETER, p->where, p->path,
		       interpreter ? interpreter : "", problem);
	else
		examine(x, (struct program){ .path = interpreter,
					     .entry = entry,
					     .where = p->where,
					     .depth = p->depth + 1 });
}

static bool has_static_nss(const struct program *p, const struct elf_facts *facts)
{
	return !facts->interpreter && facts->needed_n == 0 &&
	       memmem(p->bytes, p->size, NSS_MARK, strlen(NSS_MARK)) != NULL;
}

static void report_not_executable(const struct examination *x, const struct program *p,
				  const char *what)
{
	report(x->findings, RULE_PROGRAM_NOT_EXECUTABLE, p->where, p->path, what);
}

static void examine_elf(struct examination *x, const struct program *p)
{
	struct elf_facts facts;
	struct library_gap gap;
	int r;

	r = elf_read(x->plan->pool, p->bytes, p->size, &facts);
	if (r == -ENOMEM)
		x->findings->failed = r;
	else if (r == -ENOEXEC)
		report_not_executable(x, p, "neither an ELF program nor a script with '#!'");
	else if (r < 0)
		report_not_executable(x, p, "a damaged ELF file");
	else if (!facts.executable)
		report_not_executable(x, p, "an object file, not a linked program");
	if (r < 0 || !facts.executable)
		return;

	check_machine(x, p, &facts);
	if (has_static_nss(p, &facts))
		report(x->findings, RULE_STATIC_NSS, p->where, p->path);
	r = libraries_check(x->plan, p->entry->path, &facts, &gap);
	if (r == 1)
		report(x->findings, RULE_PROGRAM_DYNAMIC_INCOMPLETE, p->where, gap.object, gap.kind,
		       gap.name);
	else if (r == -E2BIG)
		report_not_executable(x, p, "needs too many libraries");
	else if (r < 0)
		x->findings->failed = r;
}

static void examine(struct examination *x, struct program p)
{
	int r;

	if (p.depth == 1 && p.entry->examined)
		return;
	if (p.entry->type != PLAN_FILE || !(p.entry->mode & 0111)) {
		report_not_executable(x, &p,
				      p.entry->type == PLAN_FILE ? "not executable"
				      : p.entry->type == PLAN_DIRECTORY
					      ? "a directory, not a program"
					      : "not a regular file");
		return;
	}
	r = plan_read(x->plan, p.entry, PROGRAM_SIZE_MAX, &p.bytes, &p.size);
	if (r == -EFBIG) {
		report_not_executable(x, &p, "larger than 1 GiB");
		return;
	}
	if (r < 0) {
		x->findings->failed = r;
		return;
	}
	/* An interpreter is reported for each script. */
	if (p.depth == 1)
		p.entry->examined = true;
	if (p.size >= 2 && memcmp(p.bytes, "#!", 2) == 0)
		examine_script(x, &p);
	else
		examine_elf(x, &p);
	free(p.bytes);
}

void rules_programs(const struct plan *plan, const struct needs *needs, const char *architecture,
		    struct findings *findings)
{
	struct examination x = { .plan = plan, .architecture = architecture, .findings = findings };

	for (const struct need *need = needs->first; need; need = need->next) {
		struct program p = { .where = AT_UNIT(need->unit, need->line), .depth = 1 };

		p.path = programs_path(plan, need);
		if (!p.path) {
			findings->failed = -ENOMEM;
			return;
		}
		p.entry = plan_follow(plan, p.path);
		if (!p.entry && programs_mount(plan, need))
			report(findings, RULE_HOST_MUST_HAVE, p.where, need->key, "the program",
			       need->path);
		else if (!p.entry)
			report(findings,
			       need->optional ? RULE_OPTIONAL_PROGRAM_MISSING
					      : RULE_PROGRAM_MISSING,
			       p.where, need->path, need->key);
		else if (!need->optional)
			examine(&x, p);
	}
}
