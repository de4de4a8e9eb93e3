/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Called by assert(3) when it fails. The linker prefers it to musl's, which brings files
 * and printf(3) along.
 */
#include "format.h"

#include <stdlib.h>
#include <unistd.h>

/* libc's name and arguments; in musl the line is an int, of the same size. */
_Noreturn void __assert_fail(const char *expression, const char *file, unsigned line,
			     const char *function);

_Noreturn void __assert_fail(const char *expression, const char *file, unsigned line,
			     const char *function)
{
	(void)format_print(STDERR_FILENO, "Assertion failed: %s (%s: %s: %u)\n", expression, file,
			   function, line);
	abort();
}
