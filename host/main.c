/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* portable-admin: looks after the portable services of a host. */
#include "dispatch.h"
#include "elements.h"
#include "verbs.h"

#include <stdio.h>

/* Feeds the usage and the dispatch. */
static const struct verb verbs[] = {
	{ "status", "[OPTION]... [NAME]...", "show what is attached, and what of it runs",
	  status_main },
	{ "doctor", "[OPTION]... [NAME|IMAGE]...",
	  "look for what is wrong with this host, what is attached, and an image", doctor_main },
	{ "attach", "[OPTION]... IMAGE [PREFIX]...",
	  "attach an image, or its new version as the old one was", attach_main },
	{ "detach", "[OPTION]... NAME", "detach an image, and keep its file", detach_main },
	{ "upgrade", "[OPTION]... NAME", "attach a newer version, and go back if it does not work",
	  upgrade_main },
	{ "rollback", "[OPTION]... NAME", "attach the version from before the last upgrade",
	  rollback_main },
};

static void help(void)
{
	printf("Usage: portable-admin VERB [OPTION]...\n"
	       "Look after the portable services of this host.\n"
	       "\n");
	verbs_print(verbs, ELEMENTS(verbs));
	printf("\n"
	       "  --help       show this text; after a verb, its options\n"
	       "  --version    show the version\n");
}

static void version(void)
{
	puts("portable-admin " VERSION);
}

static const struct option options[] = {
	{ .name = "help", .print = help },
	{ .name = "version", .print = version },
	{ 0 },
};

int main(int argc, char *argv[])
{
	return dispatch(argc, argv, options, verbs, ELEMENTS(verbs));
}
