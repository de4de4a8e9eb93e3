/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The time in microseconds, the one unit of loop_timer_set() and of all deadlines.
 *
 * Deadlines and intervals are measured with CLOCK_MONOTONIC, which nobody sets.
 * CLOCK_REALTIME is for times that others see: of a file, in a packet, in a calendar.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define USEC_PER_SEC UINT64_C(1000000)

/* CLOCK_MONOTONIC: since some moment before this boot; CLOCK_REALTIME: since 1970. */
uint64_t now_us(clockid_t clock);

/* time: of stat(2) and the like, not before 1970. */
uint64_t timespec_us(const struct timespec *time);

#endif
