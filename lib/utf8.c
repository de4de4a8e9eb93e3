/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 as in RFC 3629. */
#include "utf8.h"

bool utf8_is_valid(const char *text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned n = *p < 0x80       ? 1
			     : *p >> 5 == 6  ? 2
			     : *p >> 4 == 14 ? 3
			     : *p >> 3 == 30 ? 4
					     : 0;
		uint32_t c;

		if (n == 0)
			return false;
		c = n == 1 ? *p : *p & (0xffU >> (n + 1));
		for (unsigned i = 1; i < n; i++) {
			if (p[i] >> 6 != 2) /* the NUL at the end, too */
				return false;
			c = c << 6 | (p[i] & 0x3fU);
		}
		if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
		p += n;
	}
	return true;
}

size_t utf8_write(uint32_t c, char out[static UTF8_MAX])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
