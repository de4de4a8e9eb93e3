/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes as hexadecimal digits. */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

/* Writes 2 * size digits in lower case and a NUL. */
void hex_encode(const unsigned char *bytes, size_t size, char *ret);

/*
 * Reads text that is exactly 2 * size digits, in either case. Returns 0, or -EINVAL with
 * *ret undefined.
 */
int hex_decode(const char *text, size_t length, unsigned char *ret, size_t size);

#endif
