/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the programs that units run into the plan, and finds them in it. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "arguments.h"
#include "plan/plan.h"
#include "units/needs.h"

/* The kernel follows "#!" this often (BINPRM recursion). */
#define SCRIPT_DEPTH_MAX 5

/* A program is read into memory to look at its headers; nobody ships one of this size. */
#define PROGRAM_SIZE_MAX ((size_t)1024 * 1024 * 1024)

/*
 * Adds every program that is needed and not in the plan yet, found by its base
 * name in the program path. Whether they can be started is the rules' to say.
 *
 * path: directories on the host, in the order of their search.
 * *ret_architecture becomes systemd's word for the machine of the first ELF
 * program, or NULL when no program tells.
 * Returns 0, or a negative errno for what was logged with its file and line.
 */
int programs_place(struct plan *plan, const struct needs *needs, const struct texts *path,
		   const char **ret_architecture);

/*
 * Adds the program that an image is booted with, as /usr/sbin/init, and /sbin as a
 * link to that directory. program: a path on the host when there is a slash in it, else
 * a name to be found in the program path. Errors as above.
 */
int programs_place_init(struct plan *plan, const char *program, const struct texts *path);

/*
 * The path of a needed program in the image: a plain name is looked for as systemd
 * does, and is in /usr/bin where there is none. NULL without memory.
 */
const char *programs_path(const struct plan *plan, const struct need *need);

/*
 * The interpreter behind the "#!" that a script begins with, in the pool; *ret is
 * NULL when none is named. Returns 0 or -ENOMEM.
 */
int programs_interpreter(struct pool *pool, const char *bytes, size_t size, const char **ret);

#endif
