/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether each program of the units can be started from nothing but the image. */
#include "plan/programs.h"
#include "plan/libraries.h"
#include "rules/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What only glibc's name service, linked in, has in it. */
#define NSS_MARK "/etc/nsswitch.conf"

struct examination {
	struct judge *judge;
	const char *first; /* the program that decided the machine; NULL before it */
	struct elf_facts machine;
};

static const char *machine_words(struct judge *judge, const struct elf_facts *facts)
{
	const struct architecture *a =
		architecture_of(facts->machine, facts->bits, facts->big_endian);

	return judge_format(judge, "%s (%u bit)", a ? a->name : "another machine", facts->bits);
}

/* All programs are for the machine of the first. */
static void check_machine(struct examination *x, const char *path, const struct elf_facts *facts,
			  const char *where)
{
	const char *said = os_release_value(&x->judge->os_release, "ARCHITECTURE");
	const struct architecture *own =
		architecture_of(facts->machine, facts->bits, facts->big_endian);

	if (!x->first) {
		x->first = path;
		x->machine = *facts;
		if (said && own && strcmp(said, own->name) != 0)
			judge_report(x->judge, RULE_ARCHITECTURE_MISMATCH, where, said, path,
				     own->name);
		return;
	}
	if (facts->machine != x->machine.machine || facts->bits != x->machine.bits ||
	    facts->big_endian != x->machine.big_endian)
		judge_report(x->judge, RULE_PROGRAM_FOR_OTHER_MACHINE, where, path,
			     machine_words(x->judge, facts), x->first,
			     machine_words(x->judge, &x->machine));
}

static void examine(struct examination *x, struct plan_entry *entry, const char *path,
		    const char *where, unsigned depth);

static void examine_script(struct examination *x, const char *path, const char *bytes, size_t size,
			   const char *where, unsigned depth)
{
	const char *interpreter, *problem = NULL;
	struct plan_entry *entry = NULL;

	if (programs_interpreter(x->judge->plan->pool, bytes, size, &interpreter) < 0) {
		x->judge->failed = -ENOMEM;
		return;
	}
	if (!interpreter || interpreter[0] != '/') {
		problem = "no absolute path";
	} else {
		entry = plan_follow(x->judge->plan, interpreter);
		if (!entry)
			problem = "not in the image";
		else if (depth >= SCRIPT_DEPTH_MAX)
			problem = "a script too, too often in a row";
	}
	if (problem)
		judge_report(x->judge, RULE_PROGRAM_NEEDS_INTERPRETER, where, path,
			     interpreter ? interpreter : "", problem);
	else
		examine(x, entry, interpreter, where, depth + 1);
}

static bool has_static_nss(const struct elf_facts *facts, const char *bytes, size_t size)
{
	return !facts->interpreter && facts->needed_n == 0 &&
	       memmem(bytes, size, NSS_MARK, strlen(NSS_MARK)) != NULL;
}

static void examine_elf(struct examination *x, const char *path, const struct plan_entry *entry,
			const struct elf_facts *facts, const char *bytes, size_t size,
			const char *where)
{
	struct library_gap gap;
	int r;

	if (!facts->executable) {
		judge_report(x->judge, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			     "an object file, not a linked program");
		return;
	}
	check_machine(x, path, facts, where);
	if (has_static_nss(facts, bytes, size))
		judge_report(x->judge, RULE_STATIC_NSS, where, path);
	r = libraries_check(x->judge->plan, entry->path, facts, &gap);
	if (r == 1)
		judge_report(x->judge, RULE_PROGRAM_DYNAMIC_INCOMPLETE, where, gap.object, gap.kind,
			     gap.name);
	else if (r == -E2BIG)
		judge_report(x->judge, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			     "in need of more libraries than any loader takes");
	else if (r < 0)
		x->judge->failed = r;
}

/* What its bytes tell about a program. */
static void examine_bytes(struct examination *x, const char *path, const struct plan_entry *entry,
			  const char *bytes, size_t size, const char *where, unsigned depth)
{
	struct elf_facts facts;
	int r;

	if (size >= 2 && memcmp(bytes, "#!", 2) == 0) {
		examine_script(x, path, bytes, size, where, depth);
		return;
	}
	r = elf_read(x->judge->plan->pool, bytes, size, &facts);
	if (r == 0)
		examine_elf(x, path, entry, &facts, bytes, size, where);
	else if (r == -ENOMEM)
		x->judge->failed = r;
	else
		judge_report(x->judge, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			     r == -ENOEXEC ? "neither an ELF program nor a script with '#!'"
					   : "a damaged ELF file");
}

/* path: as it was asked for; entry: where it leads. */
static void examine(struct examination *x, struct plan_entry *entry, const char *path,
		    const char *where, unsigned depth)
{
	char *bytes = NULL;
	size_t size = 0;
	int r;

	if (depth == 1 && entry->examined)
		return;
	if (entry->type != PLAN_FILE || !(entry->mode & 0111)) {
		judge_report(x->judge, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			     entry->type == PLAN_FILE        ? "not executable"
			     : entry->type == PLAN_DIRECTORY ? "a folder, not a program"
							     : "no regular file");
		return;
	}
	r = plan_read(x->judge->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		judge_report(x->judge, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			     "larger than any program");
		return;
	}
	if (r < 0) {
		x->judge->failed = r;
		return;
	}
	/* An interpreter may be told of by each script, and a script by itself. */
	if (depth == 1)
		entry->examined = true;
	examine_bytes(x, path, entry, bytes, size, where, depth);
	free(bytes);
}

void rules_programs(struct judge *judge)
{
	struct examination x = { .judge = judge };

	for (const struct need *need = judge->needs.first; need; need = need->next) {
		struct plan_entry *entry;
		const char *path, *where;

		if (need->kind != NEED_PROGRAM)
			continue;
		path = programs_path(judge->plan, need);
		if (!path) {
			judge->failed = -ENOMEM;
			return;
		}
		where = judge_at(judge, need->unit, need->line);
		entry = plan_follow(judge->plan, path);
		if (!entry)
			judge_report(judge,
				     need->optional ? RULE_OPTIONAL_PROGRAM_MISSING
						    : RULE_PROGRAM_MISSING,
				     where, need->path, need->key);
		else if (!need->optional)
			examine(&x, entry, path, where, 1);
	}
}
