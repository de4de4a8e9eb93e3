/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers from text, without the surprises of strtol(3). */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Parses a whole string as an unsigned decimal number.
 *
 * Accepts digits only: no sign, no space, no empty string, no "0x". Leading
 * zeros are allowed and do not mean octal.
 *
 * Returns 0 and sets *ret (min <= *ret <= max), -EINVAL if the string is not a
 * number, -ERANGE if it lies outside min..max. On failure *ret is untouched.
 */
int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* The same for bytes without a NUL at the end, as from a file or a packet. */
int parse_uint_bytes(const char *bytes, size_t size, uint64_t min, uint64_t max, uint64_t *ret);

#endif
