/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers from text, without the surprises of strtol(3). */
#include "number.h"

#include <errno.h>
#include <string.h>

int parse_uint_bytes(const char *bytes, size_t size, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	int too_large = 0;

	if (size == 0)
		return -EINVAL;

	/* Reads on after an overflow: "99999999999999999999x" is no number, not a large one. */
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return -EINVAL;
		too_large |= __builtin_mul_overflow(value, UINT64_C(10), &value);
		too_large |= __builtin_add_overflow(value, (uint64_t)(bytes[i] - '0'), &value);
	}
	if (too_large || value < min || value > max)
		return -ERANGE;

	*ret = value;
	return 0;
}

int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	return parse_uint_bytes(text, strlen(text), min, max, ret);
}
