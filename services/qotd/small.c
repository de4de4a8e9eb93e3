/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small stand-ins for three large parts of libc, which a linker prefers to those
 * in its archive: with musl's own malloc(3), printf(3) and getopt_long(3), this
 * program would be half as large again, for a few blocks at the start and lines of
 * text and numbers. Nothing else of the program knows of them.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Memory: each block is a mapping of its own. It is meant for few and large ones:
 * the files of quotes, the limiter's table, the pool of connections.
 */
union block {
	size_t size; /* of the mapping */
	max_align_t align;
};

void *malloc(size_t size)
{
	union block *block;

	if (size > PTRDIFF_MAX - sizeof *block) {
		errno = ENOMEM;
		return NULL;
	}
	size += sizeof *block;
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	return block + 1;
}

void *calloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(total); /* a fresh mapping is all zeros */
}

void *realloc(void *bytes, size_t size)
{
	union block *block = bytes;

	if (!block)
		return malloc(size);
	if (size > PTRDIFF_MAX - sizeof *block) {
		errno = ENOMEM;
		return NULL;
	}
	block--;
	size += sizeof *block;
	block = mremap(block, block->size, size, MREMAP_MAYMOVE);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	return block + 1;
}

void free(void *bytes)
{
	union block *block = bytes;
	int saved = errno;

	if (!block)
		return;
	block--;
	(void)munmap(block, block->size);
	errno = saved;
}

/*
 * Text: %s %c %d %u %%, and %u with z, l, ll, j. Anything else comes out as it
 * stands, so that it is seen.
 */
static_assert(sizeof(long) == sizeof(size_t) && sizeof(long) == sizeof(intmax_t) &&
		      sizeof(long) == sizeof(long long),
	      "one kind of large number");

struct out {
	char *bytes;
	size_t size, room;
};

static void put(struct out *out, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++, out->size++)
		if (out->size < out->room)
			out->bytes[out->size] = bytes[i];
}

static void put_number(struct out *out, uintmax_t number)
{
	char digits[3 * sizeof number];
	size_t begin = sizeof digits;

	do {
		digits[--begin] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(out, digits + begin, sizeof digits - begin);
}

int vsnprintf(char *restrict bytes, size_t size, const char *restrict format, va_list arguments)
{
	struct out out = { .bytes = bytes, .room = size > 0 ? size - 1 : 0 };
	const char *begin, *text;
	long long number;
	char c;

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, format, 1);
			continue;
		}
		begin = format++;
		number = 0;
		while (*format == 'z' || *format == 'l' || *format == 'j') {
			number = 1;
			format++;
		}
		switch (*format) {
		case 's':
			text = va_arg(arguments, const char *);
			put(&out, text, strlen(text));
			break;
		case 'c':
			c = (char)va_arg(arguments, int);
			put(&out, &c, 1);
			break;
		case 'd':
			number = number ? va_arg(arguments, long) : va_arg(arguments, int);
			if (number < 0)
				put(&out, "-", 1);
			put_number(&out, number < 0 ? -(uintmax_t)number : (uintmax_t)number);
			break;
		case 'u':
			put_number(&out, number ? va_arg(arguments, unsigned long)
						: va_arg(arguments, unsigned));
			break;
		case '%':
			put(&out, "%", 1);
			break;
		case '\0':
			format--; /* the loop is to see it */
			__attribute__((fallthrough));
		default:
			put(&out, begin, (size_t)(format - begin) + 1);
		}
	}
	if (size > 0)
		bytes[out.size < out.room ? out.size : out.room] = '\0';
	return out.size > INT_MAX ? -1 : (int)out.size;
}

int snprintf(char *restrict bytes, size_t size, const char *restrict format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(bytes, size, format, arguments);
	va_end(arguments);
	return n;
}

static int __attribute__((format(printf, 2, 0)))
print(int fd, const char *format, va_list arguments)
{
	char text[2048]; /* --help is the longest */
	int n = vsnprintf(text, sizeof text, format, arguments);

	if (n > 0)
		n = (int)write(fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
	return n;
}

int dprintf(int fd, const char *restrict format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = print(fd, format, arguments);
	va_end(arguments);
	return n;
}

/* Called by assert(3) only. */
int fprintf(FILE *restrict stream, const char *restrict format, ...)
{
	va_list arguments;
	int n;

	(void)stream;
	va_start(arguments, format);
	n = print(STDERR_FILENO, format, arguments);
	va_end(arguments);
	return n;
}

/*
 * Options: long ones only, with their whole names, as "--name=value" or
 * "--name value". What begins otherwise ends them.
 */
char *optarg;
int optind = 1, opterr, optopt;

int getopt_long(int argc, char *const argv[], const char *letters, const struct option *options,
		int *ret_index)
{
	size_t length;
	char *argument;

	(void)letters;
	(void)ret_index;
	optarg = NULL;
	if (optind >= argc || strncmp(argv[optind], "-", 1) != 0 || argv[optind][1] == '\0')
		return -1;
	argument = argv[optind++];
	if (strcmp(argument, "--") == 0)
		return -1;
	if (argument[1] != '-')
		return '?';
	argument += 2;
	length = strcspn(argument, "=");
	for (; options->name; options++) {
		if (strncmp(options->name, argument, length) != 0 || options->name[length] != '\0')
			continue;
		if (argument[length] == '=')
			optarg = argument + length + 1;
		if (options->has_arg == no_argument)
			return optarg ? '?' : options->val;
		if (!optarg && optind < argc)
			optarg = argv[optind++];
		return optarg ? options->val : ':';
	}
	return '?';
}
