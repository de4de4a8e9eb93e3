/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "number.h"

#include <errno.h>

static void what_is_a_number(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} table[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "28446744073709551615", -ERANGE, 0 },
		{ "99999999999999999999x", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "\xd9\xa1", -EINVAL, 0 }, /* an Arabic digit one */
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		uint64_t value = 4711;
		int r = parse_uint(table[i].text, 0, UINT64_MAX, &value);

		CHECK(r == table[i].r);
		CHECK(value == (r == 0 ? table[i].value : 4711));
	}
}

static void the_range_is_inclusive(void)
{
	uint64_t value = 0;

	CHECK(parse_uint("5", 5, 5, &value) == 0 && value == 5);
	CHECK(parse_uint("4", 5, 5, &value) == -ERANGE);
	CHECK(parse_uint("6", 5, 5, &value) == -ERANGE && value == 5);
}

static void bytes_need_no_nul(void)
{
	uint64_t value = 0;

	CHECK(parse_uint_bytes("1234", 2, 0, 100, &value) == 0 && value == 12);
	CHECK(parse_uint_bytes("1\0", 2, 0, 100, &value) == -EINVAL);
	CHECK(parse_uint_bytes("1", 0, 0, 100, &value) == -EINVAL);
}

int main(void)
{
	RUN(what_is_a_number);
	RUN(the_range_is_inclusive);
	RUN(bytes_need_no_nul);
	return CHECK_STATUS();
}
