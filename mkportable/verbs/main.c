/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mkportable: makes portable service images out of unit files. */
#include "dispatch.h"
#include "elements.h"
#include "verbs/verbs.h"

#include <stdio.h>

/* Feeds the usage and the dispatch. */
static const struct verb verbs[] = {
	{ "new", "[OPTION]... NAME [ARGUMENT]...",
	  "write a directory of hardened unit files for a program, or from other units", new_main },
	{ "build", "[OPTION]... IMAGE-DIRECTORY", "make an image from a directory of unit files",
	  build_main },
	{ "merge", "[OPTION]... --output=PATH IMAGE...", "make one image for several machines",
	  merge_main },
	{ "sign", "--key=FILE --certificate=FILE --output=PATH IMAGE",
	  "make a signed disk image of an image", sign_main },
	{ "lint", "[OPTION]... IMAGE...", "say what systemd would refuse, ignore or fail at",
	  lint_main },
	{ "show", "[OPTION]... IMAGE", "show what is in an image", show_main },
	{ "profiles", "[OPTION]... [IMAGE]",
	  "list the profiles of this host, and what each makes of an image", profiles_main },
	{ "try", "[OPTION]... IMAGE|DIRECTORY [-- COMMAND...]",
	  "attach an image to throw-away systemds, start it and ask it", script_main },
	{ "release", "[OPTION]... --output=DIRECTORY IMAGE...",
	  "make a directory that hosts install and update from", script_main },
	{ "verify", "[OPTION]... DIRECTORY", "say whether such a directory is what was released",
	  script_main },
};

static void help(void)
{
	printf("Usage: mkportable VERB [OPTION]...\n"
	       "Make systemd portable service images out of unit files.\n"
	       "\n");
	verbs_print(verbs, ELEMENTS(verbs));
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
	/* Not .version, which prints past stdout: dispatch() would not hear of a failure. */
	{ .name = "version", .print = version },
	{ 0 },
};

int main(int argc, char *argv[])
{
	return dispatch(argc, argv, options, verbs, ELEMENTS(verbs));
}
