/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the programs that units run to the plan, and finds them in it. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "arguments.h"
#include "base/elf.h"
#include "plan/plan.h"
#include "plan/view.h"
#include "units/environment.h"
#include "units/needs.h"

/* How many scripts in a row the kernel accepts, each the interpreter of the one before. */
#define SCRIPT_DEPTH_MAX 5

/* A program is read into memory; none is as large as this. */
#define PROGRAM_SIZE_MAX ((size_t)1024 * 1024 * 1024)

/* What a program is for execve(2). */
struct program_file {
	const char *problem;         /* why it cannot be executed; NULL: it can */
	const char *interpreter;     /* of a script; NULL: none */
	const char *argument;        /* what follows the interpreter; NULL: nothing */
	const struct elf_facts *elf; /* NULL: not an ELF file */
};

/*
 * Reads a file of the plan, once. *ret is in the pool.
 *
 * Returns 0, -ENOMEM, or the errno of reading it.
 */
int programs_read(const struct plan *plan, struct plan_entry *entry,
		  const struct program_file **ret);

/*
 * Adds each needed program that is not in the plan yet, found by its base name in the
 * program path, or by its whole path in what is offered to the plan. Whether it can be
 * started is checked by the rules.
 *
 * path: directories of the host, in the order of the search.
 * *ret_architecture: systemd's name for the machine of the first ELF program; or NULL.
 * Returns 0, or a negative errno for what was logged with its file and line.
 */
int programs_place(struct plan *plan, const struct needs *needs, const struct texts *path,
		   const char **ret_architecture);

/*
 * Adds the program that boots the image, as /usr/sbin/init, and the link /sbin to
 * /usr/sbin. program: a path on the host if it has a slash, else a name to find in the
 * program path. Errors as above.
 */
int programs_place_init(struct plan *plan, const char *program, const struct texts *path);

/* A library that a program loads by a name or a path. */
struct load {
	struct load *next;
	const char *name;
	const char *by;          /* as in struct plan_entry: asked_by */
	const struct unit *unit; /* that asks for it, in this line */
	unsigned line;
	bool optional; /* nobody named it; it may be there for another program */
	bool found;    /* by one of the programs */
};

/* What the programs of a service find around them when they start. */
struct surroundings {
	struct environment environment;
	const struct view *view; /* without a profile */
	const char *directory;   /* in which they start */
	bool as_root;            /* whether modes of files do not matter */
	struct load *loads;      /* what they load by themselves; NULL: not known */
};

/* In the pool of the plan. Returns 0 or -ENOMEM. */
int programs_surroundings(const struct plan *plan, const struct unit *service,
			  struct surroundings *ret);

/*
 * What is at a path, which may be relative to the directory; or NULL. *ret_is_foreign:
 * whether it comes from outside of the image, so that it may be there.
 */
struct plan_entry *programs_find(const struct surroundings *surroundings, const char *path,
				 bool *ret_is_foreign);

/*
 * Something ("by") loads or runs the entry that was found at this path. Returns as
 * plan_use().
 */
int programs_use(const struct surroundings *surroundings, const char *path,
		 const struct plan_entry *entry, const char *by);

/*
 * Searches an executable file in directories ("/usr/bin:/bin") as execvp(3) does.
 * *ret: its path, in the pool; NULL: not found. Returns as programs_find().
 */
struct plan_entry *programs_search(const struct surroundings *surroundings, const char *directories,
				   const char *name, const char **ret, bool *ret_is_foreign);

/*
 * The path of a needed program in the image: a plain name is searched as systemd does,
 * and taken for one in /usr/bin if it is not found. NULL without memory.
 */
const char *programs_path(const struct plan *plan, const struct need *need);

#endif
