/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of lunches: a line for each, its name and, after the first "|", what it is. Empty lines,
 * and those that begin with "#", do not count.
 */
#ifndef MENU_H
#define MENU_H

#include <stddef.h>

/* Bytes: what fits on a page in large and in small letters. */
#define LUNCH_NAME_MAX  80
#define LUNCH_ABOUT_MAX 240

/* More than anybody eats; a limit, so that a wrong path cannot use up the memory. */
#define MENU_LUNCHES_MAX 10000
#define MENU_FILE_MAX    ((size_t)4 * 1024 * 1024)

struct lunch {
	const char *name, *about; /* about: "" without one */
};

struct menu {
	size_t n;
	char *text; /* owned: what the lunches point to */
	struct lunch *lunches;
};

#define MENU_NONE ((struct menu){ 0 })

/*
 * Takes a text (malloc'd, of that size, with a NUL after it), also when it fails.
 *
 * Returns 0 and sets *ret; -EBADMSG with *ret_line and *ret_problem ("is not UTF-8") for a line that cannot be
 * served; -ENODATA without a lunch; -E2BIG for too many; -ENOMEM. On failure *ret is untouched.
 */
int menu_parse(char *text, size_t size, struct menu *ret, unsigned *ret_line,
	       const char **ret_problem);
void menu_free(struct menu *menu);

#endif
