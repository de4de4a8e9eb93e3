/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often something may happen in an interval. Zeros are a fresh one. */
#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stdint.h>

struct rate_limit {
	uint64_t since; /* CLOCK_MONOTONIC, microseconds */
	unsigned n;     /* times since then */
};

/*
 * Counts one more time, of at most burst in an interval (microseconds). Returns 0, or for
 * how many microseconds it has to wait.
 */
uint64_t rate_limit_count(struct rate_limit *limit, uint64_t interval, unsigned burst);

#endif
