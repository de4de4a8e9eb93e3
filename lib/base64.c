/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base64 as in RFC 4648, for keys: short, of a size that is known. */
#include "base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void base64_encode_url(const void *bytes, size_t size, char *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t group = (uint32_t)b[i] << 16;

		if (left > 1)
			group |= (uint32_t)b[i + 1] << 8;
		if (left > 2)
			group |= b[i + 2];
		*ret++ = digits[group >> 18];
		*ret++ = digits[(group >> 12) & 63];
		*ret++ = left > 1 ? digits[(group >> 6) & 63] : '=';
		*ret++ = left > 2 ? digits[group & 63] : '=';
	}
	*ret = '\0';
}

/* Returns the value of a digit, or -1. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

int base64_decode(const char *text, size_t length, void *ret, size_t size)
{
	uint8_t bytes[BASE64_BYTES_MAX];
	size_t digits = (size * 8 + 5) / 6, used = 0;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	if (size > sizeof bytes || length != BASE64_SIZE(size) - 1)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			bytes[used++] = (uint8_t)(bits >> n_bits);
		}
	}
	for (size_t i = digits; i < length; i++) {
		if (text[i] != '=')
			return -EINVAL;
	}
	memcpy(ret, bytes, size);
	return 0;
}
