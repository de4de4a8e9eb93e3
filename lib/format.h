/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text from values: the part of printf(3) that programs in images need. That of
 * musl brings files, floating point and wide characters along, 13 KB a program.
 *
 *	%s %.*s     text; at most so many bytes of it, which need no NUL then
 *	%c          one byte
 *	%d %u       decimal
 *	%x %o       hexadecimal, in lower case; octal
 *	%0Nu        zeros in front, up to N (1 to 99) digits with the sign: of any number
 *	l ll j z    the length of a number, in front of its letter
 *	%%          a per cent sign
 *
 * Anything else comes out as it stands, so that it is seen, and so does all that
 * follows it: the values behind it cannot be told apart any more.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes as much as fits into size bytes, always with a NUL behind it (unless size
 * is 0).
 *
 * Returns the length of the whole text without the NUL: it was cut when this is
 * not below size.
 */
size_t format_text(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_text_list(char *buffer, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/*
 * Writes to a descriptor, whatever the length; up to FORMAT_PORTION bytes with one
 * write(2). Returns 0 or the negative errno of write(2).
 */
int format_print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* More than any --help of ours, and what pipes take as one piece (PIPE_BUF). */
#define FORMAT_PORTION 4096

#endif
