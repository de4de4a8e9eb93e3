/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts the programs that units run into the plan, and makes sure that each of
 * them can be started from nothing but what is in the image.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "needs.h"
#include "plan.h"

/* A program is read into memory to look at its headers; nobody ships one of this size. */
#define PROGRAM_SIZE_MAX ((size_t)1024 * 1024 * 1024)

struct program_path {
	size_t n;
	const char **folders; /* on the host, in the order of their search */
};

/*
 * Adds every program that is needed and not in the plan yet, found by its base
 * name in the program path, then checks all of them: executable, an ELF program
 * or a script with its interpreter in the image, all for one machine, and with
 * the loader and every library in the image unless static.
 *
 * *ret_architecture becomes systemd's word for the machine, or NULL when no
 * program tells.
 * Returns 0, or a negative errno for what was logged with its file and line.
 */
int programs_place(struct plan *plan, const struct needs *needs, const struct program_path *path,
		   const char **ret_architecture);

#endif
