/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses a quote: the day's, or a random one. */
#include "pick.h"

#include "random.h"

#include <time.h>

#define DAY_SECONDS (UINT64_C(24) * 60 * 60)

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	while (b > 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

size_t pick_day(uint64_t day, size_t n)
{
	/* Multiples of the golden ratio lie most evenly: Knuth, TAOCP 3, 6.4, theorem S. */
	uint64_t step = (uint64_t)((double)n * 0.6180339887498949);

	/* Coprime to n, so that it visits all before it repeats. */
	while (common_divisor(n, step) != 1)
		step++;
	return (size_t)(day % n * step % n);
}

int pick_quote(const struct quotes *quotes, enum pick pick, char ret[static QUOTE_SIZE_MAX])
{
	size_t index;
	int r;

	if (pick == PICK_DAY) {
		index = pick_day((uint64_t)time(NULL) / DAY_SECONDS, quotes->n);
	} else {
		r = random_below(quotes->n, &index);
		if (r < 0)
			return r;
	}
	return (int)quotes_render(quotes, index, ret);
}
