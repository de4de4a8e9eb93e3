/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text from values: the part of printf(3) that programs in images need. musl's
 * brings files, floating point and wide characters along, 13 KB per program.
 *
 *	%s %.*s     text; at most so many bytes of it, which then need no NUL
 *	%c          one byte
 *	%d %u       decimal
 *	%x %o       hexadecimal, in lower case; octal
 *	%0Nu        leading zeros, to N (1 to 99) characters with the sign; of any number
 *	l ll j z    the length of a number, before its letter
 *	%%          a per cent sign
 *
 * Anything else is written unchanged, so that it is noticed, and so is all that follows
 * it, because the types of the following values are unknown.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes as much as fits into size bytes with a NUL after it (unless size is 0).
 *
 * Returns the length of the whole text without the NUL: it was cut if this is not less
 * than size.
 */
size_t format_text(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_text_list(char *buffer, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/*
 * Writes text of any length to a descriptor; up to FORMAT_PORTION bytes with one
 * write(2). Returns 0 or the negative errno of write(2).
 */
int format_print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* More than any --help of ours, and what pipes take at once (PIPE_BUF). */
#define FORMAT_PORTION 4096

#endif
