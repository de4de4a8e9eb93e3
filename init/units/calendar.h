/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calendar events as OnCalendar= has them: systemd.time(7), in UTC, since an image
 * has no time zones. Pure.
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdint.h>

/* systemd.time(7) ends there as well. */
#define CALENDAR_YEAR_MAX 2199

/* A bit for each value that fits. */
struct calendar {
	uint64_t seconds, minutes;
	uint32_t hours;
	uint32_t days;    /* bits 1 to 31 */
	uint16_t months;  /* bits 1 to 12 */
	uint8_t weekdays; /* bit 0 is Monday */
	uint16_t first_year, last_year, year_step;
};

/*
 * Reads "hourly", "Mon..Fri 02:30", "*-*-01 00:00:00", "*:0/15", "2027-01-01 12:00
 * UTC" and so on. Parts of seconds, "~" and other time zones are not taken.
 *
 * Returns 0, or -EINVAL; *ret is untouched then.
 */
int calendar_parse(const char *text, struct calendar *ret);

/*
 * The first event after a moment, both in seconds since 1970. Returns 0, or
 * -ENOENT when there is none before the end of CALENDAR_YEAR_MAX.
 */
int calendar_next(const struct calendar *calendar, int64_t after, int64_t *ret);

#endif
