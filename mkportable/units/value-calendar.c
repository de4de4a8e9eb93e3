/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calendar events: systemd.time(7). */
#include "units/value-calendar.h"

#include "elements.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Numbers and ranges of one field: "*", "1..5/2,10". */
static bool read_field(const char **p, unsigned min, unsigned max, bool decimals)
{
	unsigned long n;

	if (**p == '*') {
		(*p)++;
		if (**p != '/')
			return true;
		(*p)++;
		if (!isdigit((unsigned char)**p))
			return false;
		n = strtoul(*p, NULL, 10);
		*p += strspn(*p, decimals ? DIGITS "." : DIGITS);
		return n <= max - min;
	}
	do {
		unsigned long first = 0;
		bool is_range = false;

		for (int part = 0; part < 3; part++) {
			char *end;

			if (!isdigit((unsigned char)**p))
				return false;
			n = strtoul(*p, &end, 10);
			if (decimals && *end == '.' && isdigit((unsigned char)end[1]))
				end += 1 + strspn(end + 1, DIGITS);
			if (part < 2 ? n < min || n > max : n == 0 && !decimals)
				return false;
			if (part == 1 && n < first)
				return false;
			/* chain_valid(): the first repetition is one of the field. */
			if (part == 2 && (n > max - min || (!is_range && first + n > max)))
				return false;
			if (part == 0)
				first = n;
			is_range |= part == 1;
			*p = end;
			if (part == 0 && value_after(*p, ".."))
				*p += 2;
			else if (part < 2 && **p == '/') {
				(*p)++;
				part = 1;
			} else
				break;
		}
	} while (**p == ',' && (*p)++);
	return true;
}

static bool read_weekdays(const char **p)
{
	static const char *const days[] = { "Monday",   "Mon", "Tuesday", "Tue", "Wednesday", "Wed",
					    "Thursday", "Thu", "Friday",  "Fri", "Saturday",  "Sat",
					    "Sunday",   "Sun" };
	const char *q = *p;

	for (;;) {
		bool found = false;

		for (size_t i = 0; i < ELEMENTS(days) && !found; i++) {
			if (strncasecmp(q, days[i], strlen(days[i])) == 0) {
				q += strlen(days[i]);
				found = true;
			}
		}
		if (!found)
			return false;
		if (value_after(q, ".."))
			q += 2;
		else if (*q == ',' || *q == '-')
			q++;
		else if (*q == ' ' || *q == '\0')
			break;
		else
			return false;
		if (*q == ' ' || *q == '\0') /* "Mon, Tue" */
			break;
	}
	*p = q + strspn(q, " ");
	return true;
}

static bool read_date(const char **p)
{
	const char *q = *p;

	if (*q == '@') {
		q++;
		if (!isdigit((unsigned char)*q))
			return false;
		*p = q + strspn(q, DIGITS ".");
		return true;
	}
	/* The year may be left out. */
	if (!read_field(&q, 0, 9999, false))
		return false;
	if (*q == '-') {
		const char *day = q + 1, *month = *p;

		/* "MONTH-DAY" */
		if (read_field(&day, 1, 31, false) && (!*day || strchr(" T", *day)) &&
		    !read_field(&month, 1, 12, false))
			return false;
	}
	if (*q != '-' && *q != '~')
		return false;
	if (*q++ == '~') {
		q = *p;
		if (!read_field(&q, 1, 12, false))
			return false;
		q++;
		if (!read_field(&q, 1, 31, false))
			return false;
	} else {
		const char *month = q;

		if (!read_field(&q, 1, 31, false))
			return false;
		if (*q == '-' || *q == '~') {
			if (!read_field(&month, 1, 12, false))
				return false;
			q++;
			if (!read_field(&q, 1, 31, false))
				return false;
		}
	}
	if (*q && *q != ' ' && *q != 'T')
		return false;
	*p = q + (*q == 'T') + strspn(q, " ");
	return true;
}

static bool read_time(const char **p)
{
	const char *q = *p;

	if (!read_field(&q, 0, 23, false) || *q != ':')
		return false;
	q++;
	if (!read_field(&q, 0, 59, false))
		return false;
	if (*q == ':') {
		q++;
		if (!read_field(&q, 0, 60, true))
			return false;
	}
	if (*q && *q != ' ')
		return false;
	*p = q + strspn(q, " ");
	return true;
}

static bool is_calendar_event(struct checked *c, const char *text)
{
	static const char *const words[] = {
		"minutely",    "hourly",       "daily",         "monthly",   "anually",
		"annually",    "yearly",       "weekly",        "quarterly", "biannually",
		"bi-annually", "semiannually", "semi-annually",
	};
	const char *p = text;
	bool something = false;

	for (size_t i = 0; i < ELEMENTS(words); i++) {
		size_t length = strlen(words[i]);

		if (strncasecmp(text, words[i], length) == 0 && (!p[length] || p[length] == ' ')) {
			p += length + strspn(p + length, " ");
			something = true;
		}
	}
	(void)c;
	if (!something) {
		something |= read_weekdays(&p);
		something |= read_date(&p);
		something |= read_time(&p);
	}
	/* A time zone, by the files of the host. */
	return something && (!*p || (isupper((unsigned char)*p) && !strchr(p, ' ')));
}

const struct checker calendar_checkers[] = {
	{ "a calendar event", is_calendar_event, false },
	{ 0 },
};
