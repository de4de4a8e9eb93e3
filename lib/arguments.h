/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of a program: a table of options, and where their values go. As
 * getopt_long(3) does it: "--name=value" or "--name value", a name may be shortened as
 * long as it is the only one; letters may stand together, the last with its value;
 * options and other arguments in any order; "--" ends the options.
 *
 * A mistake is one line on standard error and the exit status 2.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Called wrongly: the exit status. */
#define EXIT_USAGE 2

/* A path as the kernel takes it: its PATH_MAX, with a NUL. */
#define DIRECTORY_SIZE 4096

/* More than people write one by one. */
#define TEXTS_MAX 64

struct texts {
	size_t n;
	const char *at[TEXTS_MAX]; /* of argv: borrowed */
};

/*
 * A row of the table, which ends with one of zeros. Each has a name, and one of the
 * pointers that say what becomes of it.
 */
struct option {
	const char *name; /* without "--" */
	char letter;      /* '\0': there is none */
	bool bare;        /* the value may be missing: then it is parse(NULL) */
	bool nonempty;    /* an empty value is as good as none */

	bool *flag;           /* true when it is given, or when the value is the first */
	const char *words[2]; /* of these; false for the second. NULL: it takes no value. */
	const char **text;    /* the value; the last one counts */
	struct texts *texts;  /* each value */
	unsigned *number;     /* from min to max */
	unsigned min, max;
	int (*parse)(const char *value); /* returns 0, or a negative errno for a mistake */
	void (*print)(void);             /* --help: prints, and the program ends */
	const char *version;             /* is printed with the name, and the program ends */

	const char *mistake; /* of a number or what is parsed: "not a number of seconds" */
};

/*
 * Reads the command line.
 *
 * others_max: how many arguments may be no options; argc when there is no limit.
 * Returns -1 to go on, or the exit status: EXIT_SUCCESS after --help or --version,
 * EXIT_USAGE after having said why. To go on, argv[1] and what follows, with a NULL
 * behind the last, are the arguments that are no options.
 */
int arguments_parse(int argc, char *argv[], const struct option *options, int others_max);

/*
 * Says what is wrong with the command line or the environment, in one line: "what", or
 * "what: 'text'" with the text escaped. Returns EXIT_USAGE.
 */
int usage_error(const char *what, const char *text);

/*
 * The first directory in a variable of the service manager: $STATE_DIRECTORY and the like
 * are lists when the unit names several (systemd.exec(5)).
 *
 * Returns buffer, or NULL when the variable is not set, empty or too long.
 */
const char *environment_directory(const char *variable, char buffer[static DIRECTORY_SIZE]);

#endif
