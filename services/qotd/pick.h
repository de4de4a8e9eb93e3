/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses a quote: the day's, or a random one. */
#ifndef PICK_H
#define PICK_H

#include "quotes.h"

#include <stddef.h>
#include <stdint.h>

enum pick {
	PICK_DAY,
	PICK_RANDOM,
};

/*
 * The quote of a day, counted from 1970-01-01 UTC: in any n days that follow one
 * another each of n quotes (at least 1) has its day, whichever day is the first.
 *
 * Pure: a day's quote depends on nothing but the day and n. From one day to the
 * next it moves by about n / 1.618 quotes, so that neighbours in a file, often by one author,
 * are far apart in time.
 */
size_t pick_day(uint64_t day, size_t n);

/*
 * Writes the quote that is to be sent now; quotes holds at least one.
 *
 * Returns its size, 1 … QUOTE_SIZE_MAX, or the negative errno of getrandom(2).
 */
int pick_quote(const struct quotes *quotes, enum pick pick, char ret[static QUOTE_SIZE_MAX]);

#endif
