/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits how often something happens. All zeros: it has not happened yet. */
#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stdint.h>

struct rate_limit {
	uint64_t since; /* CLOCK_MONOTONIC, microseconds */
	unsigned n;     /* times since then */
};

/*
 * Counts one time, of at most burst times in an interval (microseconds). Returns 0, or how
 * many microseconds to wait.
 */
uint64_t rate_limit_count(struct rate_limit *limit, uint64_t interval, unsigned burst);

#endif
