/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What assert(3) calls when it does not hold. A linker prefers it to libc's, which
 * in musl brings files and printf(3) along.
 */
#include "format.h"

#include <stdlib.h>
#include <unistd.h>

/* The name and the arguments are libc's; musl has the line as an int, of the same size. */
_Noreturn void __assert_fail(const char *expression, const char *file, unsigned line,
			     const char *function);

_Noreturn void __assert_fail(const char *expression, const char *file, unsigned line,
			     const char *function)
{
	(void)format_print(STDERR_FILENO, "Assertion failed: %s (%s: %s: %u)\n", expression, file,
			   function, line);
	abort();
}
