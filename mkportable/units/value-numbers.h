/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, sizes, time spans and limits. */
#ifndef VALUE_NUMBERS_H
#define VALUE_NUMBERS_H

#include "units/value-text.h"

#include <stdint.h>

extern const struct checker number_checkers[];

/* Any number that systemd reads, with the prefixes of C and "0b", "0o". */
bool value_is_within(const char *text, long long min, long long max);

/* One without a sign of '-'. */
bool value_is_count(const char *text, uint64_t min, uint64_t max);

/*
 * "1h 30min", in microseconds. plain: the unit of a number without one; below 1, nanoseconds
 * are units as well. *ret: set if it is one.
 */
bool value_read_span(const char *text, double plain, double *ret);

/* "1G 500M" */
bool value_is_size(struct checked *c, const char *text);

#endif
