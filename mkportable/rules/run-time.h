/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the processes of a service look for while they run: users, host names, locales, time
 * zones, certificates, libraries. The functions that they import say so.
 */
#ifndef RUN_TIME_H
#define RUN_TIME_H

#include "plan/libraries.h"
#include "plan/plan.h"
#include "plan/programs.h"
#include "rules/report.h"

/* A program of a unit that can be loaded. */
struct process {
	struct process *next;
	const struct unit *unit;
	struct location where;
	const char *path;             /* as the unit or a script names it */
	const char *const *arguments; /* ends with NULL */
	bool is_direct;               /* the unit names it, not a script, env(1) or Files= */
	struct surroundings surroundings;
	struct loaded loaded;
};

void rules_run_time(const struct plan *plan, const struct process *processes,
		    struct findings *findings);

#endif
