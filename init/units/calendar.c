/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calendar events as OnCalendar= has them. */
#include "units/calendar.h"

#include "number.h"
#include "units/values.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DAY INT64_C(86400) /* seconds */

/* Shorthands, each with what it stands for. */
static const char shorthands[] = "minutely\0"
				 "*-*-* *:*:00\0"
				 "hourly\0"
				 "*-*-* *:00:00\0"
				 "daily\0"
				 "*-*-* 00:00:00\0"
				 "monthly\0"
				 "*-*-01 00:00:00\0"
				 "weekly\0"
				 "Mon *-*-* 00:00:00\0"
				 "yearly\0"
				 "*-01-01 00:00:00\0"
				 "annually\0"
				 "*-01-01 00:00:00\0"
				 "quarterly\0"
				 "*-01,04,07,10-01 00:00:00\0"
				 "semiannually\0"
				 "*-01,07-01 00:00:00\0"
				 "semi-annually\0"
				 "*-01,07-01 00:00:00\0";

static const char *without_shorthand(const char *text)
{
	int index = word_find(shorthands, text, strlen(text));

	return index < 0 || index % 2 ? text : word_at(shorthands, index + 1);
}

/* What stands between two separators. */
struct part {
	const char *text;
	size_t length;
};

static bool take_part(const char **text, const char *separators, struct part *ret)
{
	ret->text = *text;
	ret->length = strcspn(*text, separators);
	*text += ret->length;
	return ret->length > 0;
}

static int part_number(struct part part, uint64_t min, uint64_t max, uint64_t *ret)
{
	return parse_uint_bytes(part.text, part.length, min, max, ret);
}

/* One of a list: "5", "5..9", "5/3", "5..20/3", "*", "*" with "/3". */
static int parse_range(struct part part, uint64_t min, uint64_t max, uint64_t *first,
		       uint64_t *last, uint64_t *step)
{
	const char *slash = memchr(part.text, '/', part.length);
	struct part range = part, end;
	const char *dots;

	*step = 1;
	if (slash) {
		end.text = slash + 1;
		end.length = (size_t)(part.text + part.length - end.text);
		range.length = (size_t)(slash - part.text);
		if (part_number(end, 1, max, step) < 0)
			return -EINVAL;
	}
	if (range.length == 1 && *range.text == '*') {
		*first = min;
		*last = max;
		return 0;
	}
	dots = memchr(range.text, '.', range.length);
	if (!dots || dots[1] != '.') {
		if (part_number(range, min, max, first) < 0)
			return -EINVAL;
		*last = slash ? max : *first;
		return 0;
	}
	end.text = dots + 2;
	end.length = (size_t)(range.text + range.length - end.text);
	range.length = (size_t)(dots - range.text);
	if (part_number(range, min, max, first) < 0 || part_number(end, *first, max, last) < 0)
		return -EINVAL;
	return 0;
}

/* A list of ranges as bits. */
static int parse_field(struct part field, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t bits = 0, first, last, step;

	while (field.length > 0) {
		const char *comma = memchr(field.text, ',', field.length);
		struct part part = field;

		if (comma)
			part.length = (size_t)(comma - field.text);
		if (parse_range(part, min, max, &first, &last, &step) < 0)
			return -EINVAL;
		for (uint64_t i = first; i <= last; i += step)
			bits |= UINT64_C(1) << i;
		field.text += part.length + (comma != NULL);
		field.length -= part.length + (comma != NULL);
		if (comma && field.length == 0)
			return -EINVAL;
	}
	*ret = bits;
	return bits ? 0 : -EINVAL;
}

static int weekday_number(const char *text, size_t length)
{
	static const char names[] = "mon\0monday\0tue\0tuesday\0wed\0wednesday\0thu\0thursday\0"
				    "fri\0friday\0sat\0saturday\0sun\0sunday\0";
	int index = word_find(names, text, length);

	return index < 0 ? -1 : index / 2;
}

/* "Mon", "Mon,Wed", "Mon..Fri", "Sat..Mon". */
static int parse_weekdays(struct part field, uint8_t *ret)
{
	unsigned days = 0;
	const char *p = field.text, *end = field.text + field.length;

	while (p < end) {
		size_t length = strcspn(p, ",. \t");
		int first = weekday_number(p, length), last = first;

		p += length;
		if (strncmp(p, "..", 2) == 0) {
			p += 2;
			length = strcspn(p, ",. \t");
			last = weekday_number(p, length);
			p += length;
		}
		if (first < 0 || last < 0 || (p < end && *p != ',') || (*p == ',' && p + 1 == end))
			return -EINVAL;
		for (int i = first;; i = (i + 1) % 7) {
			days |= 1U << i;
			if (i == last)
				break;
		}
		p += p < end;
	}
	*ret = (uint8_t)days;
	return 0;
}

/* "[year-]month-day" */
static int parse_date(struct part field, struct calendar *c)
{
	const char *p = field.text, *end = field.text + field.length;
	struct part parts[3];
	uint64_t bits, first, last, step;
	size_t n = 0;

	for (;;) {
		if (n == 3 || !take_part(&p, "- \t", &parts[n++]))
			return -EINVAL;
		if (p >= end)
			break;
		p++;
	}
	if (n < 2)
		return -EINVAL;
	if (parse_field(parts[n - 1], 1, 31, &bits) < 0)
		return -EINVAL;
	c->days = (uint32_t)bits;
	if (parse_field(parts[n - 2], 1, 12, &bits) < 0)
		return -EINVAL;
	c->months = (uint16_t)bits;
	if (n < 3)
		return 0;
	/* Years: one range, not a list. */
	if (parse_range(parts[0], 1970, CALENDAR_YEAR_MAX, &first, &last, &step) < 0)
		return -EINVAL;
	c->first_year = (uint16_t)first;
	c->last_year = (uint16_t)last;
	c->year_step = (uint16_t)step;
	return 0;
}

/* "hour:minute[:second]" */
static int parse_clock(struct part field, struct calendar *c)
{
	const char *p = field.text, *end = field.text + field.length;
	struct part parts[3];
	uint64_t bits;
	size_t n = 0;

	for (;;) {
		if (n == 3 || !take_part(&p, ": \t", &parts[n++]))
			return -EINVAL;
		if (p >= end)
			break;
		p++;
	}
	if (n < 2 || parse_field(parts[0], 0, 23, &bits) < 0)
		return -EINVAL;
	c->hours = (uint32_t)bits;
	if (parse_field(parts[1], 0, 59, &c->minutes) < 0)
		return -EINVAL;
	c->seconds = 1;
	return n < 3 ? 0 : parse_field(parts[2], 0, 59, &c->seconds);
}

int calendar_parse(const char *text, struct calendar *ret)
{
	/* What is not said: every day, at midnight. */
	struct calendar c = {
		.seconds = 1,
		.minutes = 1,
		.hours = 1,
		.days = UINT32_MAX - 1,
		.months = 0x1ffe,
		.weekdays = 0x7f,
		.first_year = 1970,
		.last_year = CALENDAR_YEAR_MAX,
		.year_step = 1,
	};
	struct part part;
	/* Each part comes once, in this order. */
	enum {
		WEEKDAYS,
		DATE,
		CLOCK,
		ZONE,
		END
	} next = WEEKDAYS;
	int r;

	text = without_shorthand(text);
	while (text += strspn(text, " \t"), *text) {
		(void)take_part(&text, " \t", &part);
		if (next <= WEEKDAYS && strchr("MTWFSmtwfs", *part.text)) {
			next = DATE;
			r = parse_weekdays(part, &c.weekdays);
		} else if (next <= DATE && memchr(part.text, '-', part.length)) {
			next = CLOCK;
			r = parse_date(part, &c);
		} else if (next <= CLOCK && memchr(part.text, ':', part.length)) {
			next = ZONE;
			r = parse_clock(part, &c);
		} else if (next > WEEKDAYS && next <= ZONE && part.length == 3 &&
			   memcmp(part.text, "UTC", 3) == 0) {
			next = END;
			r = 0;
		} else {
			r = -EINVAL;
		}
		if (r < 0)
			return r;
	}
	if (next == WEEKDAYS)
		return -EINVAL;
	*ret = c;
	return 0;
}

static bool is_leap_year(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

static int first_bit(uint64_t bits, unsigned from)
{
	bits &= from < 64 ? UINT64_MAX << from : 0;
	return bits ? __builtin_ctzll(bits) : -1;
}

/* The first moment of a day at or after that second of it, or -1. */
static int64_t moment_of_day(const struct calendar *c, unsigned from)
{
	unsigned hour = from / 3600, minute = from / 60 % 60, second = from % 60;
	int h, m, s;

	for (h = first_bit(c->hours, hour); h >= 0; h = first_bit(c->hours, (unsigned)h + 1)) {
		if ((unsigned)h > hour)
			minute = second = 0;
		for (m = first_bit(c->minutes, minute); m >= 0;
		     m = first_bit(c->minutes, (unsigned)m + 1)) {
			s = first_bit(c->seconds, (unsigned)m > minute ? 0 : second);
			if (s >= 0)
				return (int64_t)h * 3600 + (int64_t)m * 60 + s;
		}
	}
	return -1;
}

int calendar_next(const struct calendar *c, int64_t after, int64_t *ret)
{
	int64_t start = after < 0 ? 0 : after + 1, day = start / DAY, from = start % DAY, moment;
	unsigned year = 1970, month = 1,
		 weekday = (unsigned)((day + 3) % 7); /* a Thursday was the first */
	int64_t left = day;

	for (; left >= (is_leap_year(year) ? 366 : 365); year++)
		left -= is_leap_year(year) ? 366 : 365;
	for (; left >= days_in_month(year, month); month++)
		left -= days_in_month(year, month);

	while (year <= c->last_year) {
		bool fits = year >= c->first_year && (year - c->first_year) % c->year_step == 0 &&
			    c->months >> month & 1 && c->days >> (left + 1) & 1 &&
			    c->weekdays >> weekday & 1;

		moment = fits ? moment_of_day(c, (unsigned)from) : -1;
		if (moment >= 0) {
			*ret = day * DAY + moment;
			return 0;
		}
		from = 0;
		day++;
		weekday = (weekday + 1) % 7;
		if (++left == days_in_month(year, month)) {
			left = 0;
			if (++month > 12) {
				month = 1;
				year++;
			}
		}
	}
	return -ENOENT;
}
