/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text from values: the part of printf(3) that programs in images need. */
#include "format.h"

#include "fd.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Digits of the largest number to the smallest base, 8. */
#define DIGITS_MAX ((sizeof(uintmax_t) * CHAR_BIT + 2) / 3)

struct output {
	char *bytes;
	size_t room; /* of bytes */
	size_t used;
	size_t size; /* of the whole text, even if it did not fit */
	int fd;      /* written to when bytes are full; -1: none */
	int r;       /* its failure */
};

/* A va_list may be an array: only in a struct can functions share and advance it. */
struct values {
	va_list list;
};

struct conversion {
	char letter;
	char length;     /* 'l', 'L' for "ll", 'j', 'z'; '\0': that of an int */
	size_t digits;   /* at least */
	size_t text_max; /* bytes */
};

static void flush(struct output *output)
{
	if (output->r == 0)
		output->r = fd_write_all(output->fd, output->bytes, output->used);
	output->used = 0;
}

static void put(struct output *output, const char *bytes, size_t size)
{
	size_t n;

	for (output->size += size; size > 0; bytes += n, size -= n) {
		if (output->used == output->room && output->fd >= 0)
			flush(output);
		n = output->room - output->used;
		if (n == 0)
			return;
		if (n > size)
			n = size;
		memcpy(output->bytes + output->used, bytes, n);
		output->used += n;
	}
}

static void put_number(struct output *output, const struct conversion *c, bool negative,
		       uintmax_t number)
{
	const unsigned base = c->letter == 'x' ? 16 : c->letter == 'o' ? 8 : 10;
	char digits[DIGITS_MAX];
	size_t begin = sizeof digits;

	do {
		digits[--begin] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0);
	if (negative)
		put(output, "-", 1);
	for (size_t n = sizeof digits - begin + negative; n < c->digits; n++)
		put(output, "0", 1);
	put(output, digits + begin, sizeof digits - begin);
}

static intmax_t take_signed(struct values *values, char length)
{
	switch (length) {
	case 'l':
		return va_arg(values->list, long);
	case 'L':
		return va_arg(values->list, long long);
	case 'j':
		return va_arg(values->list, intmax_t);
	case 'z':
		return va_arg(values->list, ssize_t);
	default:
		return va_arg(values->list, int);
	}
}

static uintmax_t take_unsigned(struct values *values, char length)
{
	switch (length) {
	case 'l':
		return va_arg(values->list, unsigned long);
	case 'L':
		return va_arg(values->list, unsigned long long);
	case 'j':
		return va_arg(values->list, uintmax_t);
	case 'z':
		return va_arg(values->list, size_t);
	default:
		return va_arg(values->list, unsigned);
	}
}

/* Reads what follows a '%'. Returns its end. */
static const char *read_conversion(const char *at, struct values *values, struct conversion *ret)
{
	struct conversion c = { .text_max = SIZE_MAX };

	if (at[0] == '0' && at[1] >= '1' && at[1] <= '9') {
		for (at++; *at >= '0' && *at <= '9' && c.digits < 10; at++)
			c.digits = c.digits * 10 + (size_t)(*at - '0');
	} else if (at[0] == '.' && at[1] == '*' && at[2] == 's') {
		int most = va_arg(values->list, int);

		if (most >= 0) /* fprintf(3) ignores a negative one */
			c.text_max = (size_t)most;
		at += 2;
	}
	if (*at == 'l' || *at == 'j' || *at == 'z')
		c.length = *at++;
	if (c.length == 'l' && *at == 'l') {
		c.length = 'L';
		at++;
	}
	c.letter = *at;
	/* These take neither a length nor zeros. */
	if (strchr("sc%", c.letter) && (c.length || c.digits > 0))
		c.letter = '\0';
	*ret = c;
	return c.letter ? at + 1 : at;
}

/* Returns whether it is known. */
static bool put_value(struct output *output, const struct conversion *c, struct values *values)
{
	const char *text;
	intmax_t number;
	char byte;

	switch (c->letter) {
	case 's':
		text = va_arg(values->list, const char *);
		put(output, text, strnlen(text, c->text_max));
		return true;
	case 'c':
		byte = (char)va_arg(values->list, int);
		put(output, &byte, 1);
		return true;
	case 'd':
		number = take_signed(values, c->length);
		put_number(output, c, number < 0,
			   number < 0 ? -(uintmax_t)number : (uintmax_t)number);
		return true;
	case 'u':
	case 'x':
	case 'o':
		put_number(output, c, false, take_unsigned(values, c->length));
		return true;
	case '%':
		put(output, "%", 1);
		return true;
	default:
		return false;
	}
}

__attribute__((format(printf, 2, 0))) static void put_format(struct output *output,
							     const char *format, va_list arguments)
{
	struct values values;
	struct conversion c;
	const char *plain, *end;

	va_copy(values.list, arguments);
	for (;;) {
		plain = format;
		format = strchrnul(format, '%');
		put(output, plain, (size_t)(format - plain));
		if (*format == '\0')
			break;
		end = read_conversion(format + 1, &values, &c);
		if (!put_value(output, &c, &values)) {
			put(output, format, strlen(format));
			break;
		}
		format = end;
	}
	va_end(values.list);
}

size_t format_text_list(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct output output = { .bytes = buffer, .room = size > 0 ? size - 1 : 0, .fd = -1 };

	put_format(&output, format, arguments);
	if (size > 0)
		buffer[output.used] = '\0';
	return output.size;
}

size_t format_text(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = format_text_list(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

int format_print(int fd, const char *format, ...)
{
	char portion[FORMAT_PORTION];
	struct output output = { .bytes = portion, .room = sizeof portion, .fd = fd };
	va_list arguments;

	va_start(arguments, format);
	put_format(&output, format, arguments);
	va_end(arguments);
	flush(&output);
	return output.r;
}
