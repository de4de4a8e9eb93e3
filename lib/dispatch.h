/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a program with verbs: "PROGRAM VERB [OPTION]... [ARGUMENT]...". */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "arguments.h"

#include <stddef.h>

struct verb {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(int argc, char *argv[]); /* argv[0] is the verb; returns the exit status */
};

/* For --help: two lines a verb. */
void verbs_print(const struct verb *verbs, size_t verbs_n);

/*
 * Runs the verb. options: those of the program without one. Returns the exit status, which is
 * EXIT_FAILURE if what was printed did not get to standard output; that is logged.
 */
int dispatch(int argc, char *argv[], const struct option *options, const struct verb *verbs,
	     size_t verbs_n);

#endif
