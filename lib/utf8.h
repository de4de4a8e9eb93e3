/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 as in RFC 3629. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest character, in bytes. */
#define UTF8_MAX 4

/* Whether the whole string is UTF-8: no overlong forms, no surrogates. */
bool utf8_is_valid(const char *text);

/* Writes a character, without a NUL. c: at most 0x10ffff, no surrogate. Returns its size. */
size_t utf8_write(uint32_t c, char out[static UTF8_MAX]);

#endif
