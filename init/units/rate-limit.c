/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/rate-limit.h"

#include "clock.h"

uint64_t rate_limit_count(struct rate_limit *limit, uint64_t interval, unsigned burst)
{
	uint64_t now = now_us(CLOCK_MONOTONIC);

	if (limit->n == 0 || now - limit->since >= interval) {
		limit->since = now;
		limit->n = 0;
	}
	if (limit->n >= burst)
		return limit->since + interval - now;
	limit->n++;
	return 0;
}
