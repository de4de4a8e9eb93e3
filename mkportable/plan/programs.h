/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the programs that units run to the plan, and finds them in it. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "arguments.h"
#include "plan/plan.h"
#include "units/needs.h"

/* How many interpreters in a row the kernel accepts (exec_binprm()). */
#define SCRIPT_DEPTH_MAX 5

/* A program is read into memory; none is as large as this. */
#define PROGRAM_SIZE_MAX ((size_t)1024 * 1024 * 1024)

/*
 * Adds each needed program that is not in the plan yet, found by its base name in the
 * program path. Whether it can be started is checked by the rules.
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

/*
 * The path of a needed program in the image: a plain name is searched as systemd does,
 * and taken for one in /usr/bin if it is not found. NULL without memory.
 */
const char *programs_path(const struct plan *plan, const struct need *need);

/*
 * What the unit mounts that may bring a needed program which is not in the image: a
 * directory of the host, or another image. NULL: nothing.
 */
const struct mount *programs_mount(const struct plan *plan, const struct need *need);

/*
 * The interpreter after the "#!" of a script, in the pool; *ret is NULL if there is none.
 * Returns 0 or -ENOMEM.
 */
int programs_interpreter(struct pool *pool, const char *bytes, size_t size, const char **ret);

#endif
