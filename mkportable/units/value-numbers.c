/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, sizes, time spans and limits, as parse-util.c and time-util.c of systemd read them. */
#include "units/value-numbers.h"

#include "elements.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* More than any 64-bit number. */
#define INFINITE 2e19

/* With the prefixes of C and "0b", "0o". */
static bool read_number(const char *text, int base, long long *ret)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	char *end;

	if (digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'o') && base == 0) {
		base = digits[1] == 'b' ? 2 : 8;
		digits += 2;
	}
	if (!isxdigit((unsigned char)digits[0]))
		return false;
	errno = 0;
	*ret = strtoll(digits, &end, base);
	if (text[0] == '-')
		*ret = -*ret;
	return *end == '\0' && errno == 0;
}

bool value_is_within(const char *text, long long min, long long max)
{
	long long n;

	return read_number(text, 0, &n) && n >= min && n <= max;
}

/* Up to UINT64_MAX. */
bool value_is_count(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;
	int base = 0;

	text += text[0] == '+';
	if (text[0] == '0' && (text[1] == 'b' || text[1] == 'o')) {
		base = text[1] == 'b' ? 2 : 8;
		text += 2;
	}
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	n = strtoull(text, &end, base);
	return *end == '\0' && errno == 0 && n >= min && n <= max;
}

/* "1h 30min", in microseconds or nanoseconds. */
bool value_read_span(const char *p, double plain, double *ret)
{
	static const struct {
		const char *name;
		double us;
	} units[] = {
		{ "seconds", 1e6 },     { "second", 1e6 },
		{ "sec", 1e6 },         { "s", 1e6 },
		{ "minutes", 60e6 },    { "minute", 60e6 },
		{ "min", 60e6 },        { "months", 2629800e6 },
		{ "month", 2629800e6 }, { "M", 2629800e6 },
		{ "msec", 1e3 },        { "ms", 1e3 },
		{ "m", 60e6 },          { "hours", 3600e6 },
		{ "hour", 3600e6 },     { "hr", 3600e6 },
		{ "h", 3600e6 },        { "days", 86400e6 },
		{ "day", 86400e6 },     { "d", 86400e6 },
		{ "weeks", 604800e6 },  { "week", 604800e6 },
		{ "w", 604800e6 },      { "years", 31557600e6 },
		{ "year", 31557600e6 }, { "y", 31557600e6 },
		{ "usec", 1 },          { "us", 1 },
		{ "\xce\xbcs", 1 },     { "\xc2\xb5s", 1 },
		{ "nsec", 1e-3 },       { "ns", 1e-3 },
	};
	/* Of the type in which systemd counts. */
	const double max = plain < 1 ? 18446744073709551.0 : 18446744073709551615.0;
	double sum = 0, number, unit;

	if (strcmp(p, "infinity") == 0) {
		*ret = INFINITE;
		return true;
	}
	if (!p[strspn(p, WHITE)])
		return false;
	for (p += strspn(p, WHITE); *p; p += strspn(p, WHITE)) {
		const char *end = p + (*p == '+'), *s;

		if (!isdigit((unsigned char)*end) && *p != '.')
			return false;
		number = strtod(end, NULL);
		end += strspn(end, DIGITS);
		if (*end == '.') {
			if (!isdigit((unsigned char)end[1]))
				return false;
			end += 1 + strspn(end + 1, DIGITS);
		}
		s = end + strspn(end, WHITE);
		unit = plain;
		for (size_t i = 0; i < ELEMENTS(units); i++) {
			if (value_after(s, units[i].name) && (units[i].us >= 1 || plain < 1)) {
				unit = units[i].us;
				s += strlen(units[i].name);
				break;
			}
		}
		if (s == end && *s)
			return false;
		sum += number * unit;
		p = s;
	}
	*ret = sum;
	return sum < max;
}

static bool is_span(struct checked *c, const char *text)
{
	double span;

	return value_read_span(text, 1e6, &span) &&
	       (!strstr(c->key->name, "MemoryPressureDuration") || span >= 1e6);
}

static bool is_span_ns(struct checked *c, const char *text)
{
	double span;

	(void)c;
	return value_read_span(text, 1e-3, &span);
}

/* "1G 500M" */
static bool read_size(const char *p, double *ret)
{
	static const char suffixes[] = "EPTGMKB";
	int power = 7; /* units must get smaller */
	double sum = 0;

	do {
		double number;
		char *end;
		const char *suffix;

		p += strspn(p, WHITE);
		if (!isdigit((unsigned char)p[*p == '+']))
			return false;
		number = (double)strtoull(p, &end, 10);
		if (*end == '.' && isdigit((unsigned char)end[1])) {
			number += strtod(end, &end);
		} else if (*end == '.') {
			end++;
		}
		end += strspn(end, WHITE);
		suffix = *end ? strchr(suffixes, *end) : NULL;
		if (suffix && 6 - (suffix - suffixes) < power) {
			power = 6 - (int)(suffix - suffixes);
			end++;
			for (int i = 0; i < power; i++)
				number *= 1024;
		} else if (power >= 0) {
			power = -1; /* without a unit, it is the last */
		} else {
			return false;
		}
		sum += number;
		p = end;
	} while (*p);
	*ret = sum;
	return sum <= 18446744073709551615.0;
}

bool value_is_size(struct checked *c, const char *text)
{
	double size;

	(void)c;
	return read_size(text, &size);
}

/* "12.34%", "12.3‰" or "1‱"; *ret in parts of ten thousand. */
static bool read_percentage(const char *text, long long *ret)
{
	static const struct {
		const char *sign;
		size_t digits;
	} kinds[] = { { "%", 2 }, { "\xe2\x80\xb0", 1 }, { "\xe2\x80\xb1", 0 } };
	size_t n = strspn(text, DIGITS), decimals = 0;

	if (n == 0 || n > 9)
		return false;
	*ret = strtoll(text, NULL, 10);
	text += n;
	if (*text == '.') {
		decimals = strspn(text + 1, DIGITS);
		if (decimals == 0)
			return false;
	}
	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		const char *digits = text + (decimals > 0);

		if (strcmp(digits + decimals, kinds[i].sign) != 0)
			continue;
		for (size_t j = 0; j < kinds[i].digits; j++)
			*ret = *ret * 10 + (j < decimals ? digits[j] - '0' : 0);
		return decimals <= kinds[i].digits;
	}
	return false;
}

static bool is_percentage(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	return read_percentage(text, &parts) && parts <= 10000;
}

static bool is_cpu_percentage(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	return read_percentage(text, &parts) && parts > 0 && parts <= INT_MAX;
}

static bool is_memory(struct checked *c, const char *text)
{
	/* Where 0 is refused: MemoryHigh=, MemoryMax=, MemoryLimit=. */
	bool zero = !strstr(c->key->name, "High") && !strstr(c->key->name, "MemoryMax") &&
		    !strstr(c->key->name, "MemoryLimit");
	long long parts;
	double size;

	if (strcmp(text, "infinity") == 0)
		return true;
	if (read_percentage(text, &parts))
		return parts <= 10000 && (zero || parts > 0);
	return read_size(text, &size) && (zero || size > 0);
}

static bool is_quota(struct checked *c, const char *text)
{
	return is_percentage(c, text) || value_is_size(c, text);
}

static bool is_tasks(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	if (read_percentage(text, &parts))
		return parts > 0 && parts <= 10000;
	return value_is_count(text, 1, UINT64_MAX - 1);
}

static bool is_mode(struct checked *c, const char *text)
{
	(void)c;
	if (value_after(text, "0o"))
		text += 2;
	return value_consists_of(text, "01234567") && strtoul(text, NULL, 8) <= 07777;
}

static bool is_hexadecimal(struct checked *c, const char *text)
{
	char *end;

	(void)c;
	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	(void)strtoull(text, &end, 16);
	return *end == '\0' && errno == 0;
}

/* A limit's soft or hard value. */
typedef bool limit_fn(const char *text, double *ret);

static bool limit_count(const char *text, double *ret)
{
	*ret = strcmp(text, "infinity") == 0 ? INFINITE : strtod(text, NULL);
	return *ret == INFINITE || value_is_count(text, 0, UINT64_MAX);
}

static bool limit_bytes(const char *text, double *ret)
{
	if (strcmp(text, "infinity") != 0)
		return read_size(text, ret);
	*ret = INFINITE;
	return true;
}

static bool limit_seconds(const char *text, double *ret)
{
	return value_read_span(text, 1e6, ret);
}

static bool limit_us(const char *text, double *ret)
{
	return value_read_span(text, 1, ret);
}

static bool limit_nice(const char *text, double *ret)
{
	bool is_nice = text[0] == '+' || text[0] == '-';
	long long n;

	if (strcmp(text, "infinity") == 0 || !read_number(text, 0, &n) || n < (is_nice ? -20 : 0) ||
	    n > (is_nice ? 19 : 40))
		return false;
	*ret = (double)(is_nice ? 20 - n : n);
	return true;
}

static bool is_limit_of(struct checked *c, const char *text, limit_fn *read)
{
	const char *rest, *soft = value_cut(c, text, ':', &rest);
	double first, second;

	if (!read(soft, &first))
		return false;
	return !rest || (read(rest, &second) && first <= second);
}

static bool is_limit(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_count);
}

static bool is_limit_bytes(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_bytes);
}

static bool is_limit_seconds(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_seconds);
}

static bool is_limit_us(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_us);
}

static bool is_limit_nice(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_nice);
}

/* "0-3,5" */
static bool is_cpus(struct checked *c, const char *text)
{
	static const char separators[] = WHITE ",";

	(void)c;
	for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
		char *end;
		unsigned long first, last;

		if (!isdigit((unsigned char)text[text[0] == '+']))
			return false;
		first = last = strtoul(text, &end, 0);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return false;
			last = strtoul(end + 1, &end, 0);
		}
		if ((*end && !strchr(separators, *end)) || first > last || last > 8191)
			return false;
		text = end;
	}
	return true;
}

const struct checker number_checkers[] = {
	{ "a time span", is_span, false },
	{ "a time span in nanoseconds", is_span_ns, false },
	{ "a size", value_is_size, false },
	{ "a quota", is_quota, false },
	{ "an amount of memory", is_memory, false },
	{ "a number of tasks", is_tasks, false },
	{ "a percentage", is_percentage, false },
	{ "a percentage of CPUs", is_cpu_percentage, false },
	{ "a list of CPUs", is_cpus, false },
	{ "a mode", is_mode, false },
	{ "a hexadecimal number", is_hexadecimal, false },
	{ "a limit", is_limit, false },
	{ "a limit of bytes", is_limit_bytes, false },
	{ "a limit of seconds", is_limit_seconds, false },
	{ "a limit of microseconds", is_limit_us, false },
	{ "a limit of nice levels", is_limit_nice, false },
	{ 0 },
};
