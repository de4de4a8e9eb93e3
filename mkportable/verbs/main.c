/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mkportable: makes portable service images out of unit files. */
#include "arguments.h"
#include "elements.h"
#include "log.h"
#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feeds the usage and the dispatch. */
static const struct verb {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(int argc, char *argv[]); /* argv[0] is the verb; returns the exit status */
} verbs[] = {
	{ "new", "[OPTION]... NAME [ARGUMENT]...",
	  "write a directory of hardened unit files for a program, or from other units", new_main },
	{ "build", "[OPTION]... IMAGE-DIRECTORY", "make an image from a directory of unit files",
	  build_main },
	{ "merge", "--output=PATH IMAGE...", "make one disk image for several machines",
	  merge_main },
	{ "lint", "[OPTION]... IMAGE...", "say what systemd would refuse, ignore or fail at",
	  lint_main },
	{ "show", "[OPTION]... IMAGE", "show what is in an image", show_main },
	{ "profiles", "[OPTION]... [IMAGE]",
	  "list the profiles of this host, and what each makes of an image", profiles_main },
	{ "try", "[OPTION]... IMAGE|DIRECTORY [-- COMMAND...]",
	  "attach an image to throw-away systemds, start it and ask it", try_main },
};

static void help(void)
{
	printf("Usage: mkportable VERB [OPTION]...\n"
	       "Make systemd portable service images out of unit files.\n"
	       "\n");
	for (size_t i = 0; i < ELEMENTS(verbs); i++)
		printf("  %s %s\n      %s\n", verbs[i].name, verbs[i].arguments, verbs[i].summary);
	printf("\n"
	       "  --help       show this text; after a verb, its options\n"
	       "  --version    show the version\n");
}

static void version(void)
{
	puts("mkportable " VERSION);
}

static const struct option options[] = {
	{ .name = "help", .print = help },
	/* Not .version, which prints past stdout: flush() would not hear of a failure. */
	{ .name = "version", .print = version },
	{ 0 },
};

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

int main(int argc, char *argv[])
{
	int status;

	if (argc < 2 || argv[1][0] == '-') {
		status = arguments_parse(argc, argv, options, 0);
		if (status < 0)
			status = usage_error("no verb given", NULL);
		return flush(status);
	}
	for (size_t i = 0; i < ELEMENTS(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return flush(verbs[i].run(argc - 1, argv + 1));
	return flush(usage_error("unknown verb", argv[1]));
}
