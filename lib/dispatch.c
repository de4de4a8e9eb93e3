/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a program with verbs. */
#include "dispatch.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void verbs_print(const struct verb *verbs, size_t verbs_n)
{
	for (size_t i = 0; i < verbs_n; i++)
		printf("  %s %s\n      %s\n", verbs[i].name, verbs[i].arguments, verbs[i].summary);
}

/*
 * Text for standard output that did not get there is a failure too: also a part that
 * stdio wrote out earlier, and for which fflush(3) no longer fails.
 */
static int flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("cannot write to standard output");
	return EXIT_FAILURE;
}

int dispatch(int argc, char *argv[], const struct option *options, const struct verb *verbs,
	     size_t verbs_n)
{
	int status;

	if (argc < 2 || argv[1][0] == '-') {
		status = arguments_parse(argc, argv, options, 0);
		if (status < 0)
			status = usage_error("no verb given", NULL);
		return flush(status);
	}
	for (size_t i = 0; i < verbs_n; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return flush(verbs[i].run(argc - 1, argv + 1));
	return flush(usage_error("unknown verb", argv[1]));
}
