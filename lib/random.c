/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choices of which each is as likely as any other. */
#include "random.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

int random_from_bits(uint32_t bits, size_t n, size_t *ret)
{
	/* The largest multiple of n that fits: numbers from there on would come up once too often. */
	const uint64_t range = (uint64_t)UINT32_MAX + 1;

	assert(n > 0);
	if (bits >= range - range % n)
		return -EAGAIN;
	*ret = bits % n;
	return 0;
}

int random_below(size_t n, size_t *ret)
{
	uint32_t bits;

	do {
		if (getrandom(&bits, sizeof bits, 0) < 0)
			return -errno;
	} while (random_from_bits(bits, n, ret) < 0);
	return 0;
}
