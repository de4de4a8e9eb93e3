/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removes debug information and symbol tables, which nothing needs to run a program, by
 * eu-strip(1), which knows all machines.
 */
#ifndef STRIP_H
#define STRIP_H

#include "base/scratch.h"
#include "plan/plan.h"

/*
 * Replaces the sources of the programs and libraries in a plan that came from trees or from
 * the program path, and have symbols, with files in the scratch directory. tree/ stays as it
 * is, and so do programs with data of their own behind the ELF file, which would be lost.
 *
 * debug_directory: where what is removed goes, as debuggers look for it: by build ID in
 * .build-id/, or by the path in the image for programs without one. It is made if it is not
 * there. NULL: nowhere.
 * Returns 0, or a negative errno for what was logged.
 */
int strip_programs(const struct plan *plan, const struct scratch *scratch,
		   const char *debug_directory);

#endif
