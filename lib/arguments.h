/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of a program: a table of options, and where their values go. The
 * syntax is that of getopt_long(3): "--name=value" or "--name value"; names may be
 * abbreviated while that is unambiguous; letters may be combined, the last with its
 * value; options and other arguments come in any order; "--" ends the options.
 *
 * A usage error is one line on standard error and the exit status 2.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* The exit status of a usage error. */
#define EXIT_USAGE 2

/* The kernel's PATH_MAX, with a NUL. */
#define DIRECTORY_SIZE 4096

/* More than people write one by one. */
#define TEXTS_MAX 64

struct texts {
	size_t n;
	const char *at[TEXTS_MAX]; /* of argv: borrowed */
};

/*
 * A row of the table, which ends with a row of zeros. Each has a name, and one of the
 * pointers for its value.
 */
struct option {
	const char *name; /* without "--" */
	char letter;      /* '\0': none */
	bool bare;        /* the value is optional; without it: parse(NULL) */
	bool nonempty;    /* an empty value counts as missing */

	bool *flag;           /* set when it is given, or to the word that is given */
	const char *words[2]; /* for true and for false. NULL: it takes no value. */
	const char **text;    /* the value; the last one counts */
	struct texts *texts;  /* each value */
	unsigned *number;     /* from min to max */
	unsigned min, max;
	int (*parse)(const char *value); /* returns 0, or a negative errno for a mistake */
	void (*print)(void);             /* --help: prints, and the program ends */
	const char *version;             /* printed with the name, and the program ends */

	const char *mistake; /* for a wrong number or parse(): "not a number of seconds" */
};

/*
 * Reads the command line.
 *
 * others_max: how many arguments that are not options are allowed; argc: any number.
 * Returns -1 to go on, or the exit status: EXIT_SUCCESS after --help or --version,
 * EXIT_USAGE after having logged why. With -1, argv[1] and the following, up to a NULL,
 * are the arguments that are not options.
 */
int arguments_parse(int argc, char *argv[], const struct option *options, int others_max);

/*
 * Logs what is wrong with the command line or the environment, in one line: "what", or
 * "what: 'text'" with the text escaped, and where to read more: "; see 'PROGRAM --help'". Returns EXIT_USAGE.
 */
int usage_error(const char *what, const char *text);

/*
 * The first directory in a variable of the service manager: $STATE_DIRECTORY and similar
 * ones are lists when the unit has several (systemd.exec(5)).
 *
 * Returns buffer, or NULL when the variable is not set, empty or too long.
 */
const char *environment_directory(const char *variable, char buffer[static DIRECTORY_SIZE]);

#endif
