/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time in microseconds. */
#include "clock.h"

uint64_t timespec_us(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * USEC_PER_SEC + (uint64_t)time->tv_nsec / 1000;
}

uint64_t now_us(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now); /* every Linux has both */
	return timespec_us(&now);
}
