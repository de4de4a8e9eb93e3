/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a unit test needs: main() is a list of RUN(function), each a sentence in
 * the log, and a CHECK() that fails says where and goes on.
 */
#ifndef CHECK_H
#define CHECK_H

#include "elements.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool check_failed_;
static int check_failures_;

#define CHECK(expression)                                                                \
	do {                                                                             \
		if (!(expression)) {                                                     \
			printf("# %s:%d: false: %s\n", __FILE__, __LINE__, #expression); \
			check_failed_ = true;                                            \
		}                                                                        \
	} while (0)

#define CHECK_TEXT(is, wanted)                                                             \
	do {                                                                               \
		const char *is_ = (is), *wanted_ = (wanted);                               \
		if (!is_ || strcmp(is_, wanted_) != 0) {                                   \
			printf("# %s:%d: %s is '%s', not '%s'\n", __FILE__, __LINE__, #is, \
			       is_ ? is_ : "(null)", wanted_);                             \
			check_failed_ = true;                                              \
		}                                                                          \
	} while (0)

/* Prints one line in the Test Anything Protocol, without a number. */
#define RUN(function)                                                          \
	do {                                                                   \
		check_failed_ = false;                                         \
		function();                                                    \
		printf("%sok - %s\n", check_failed_ ? "not " : "", #function); \
		(void)fflush(stdout);                                          \
		check_failures_ += check_failed_;                              \
	} while (0)

#define CHECK_STATUS() (check_failures_ ? 1 : 0)

#endif
