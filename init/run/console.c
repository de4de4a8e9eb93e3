/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/console.h"

#include "elements.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct console_pipe {
	struct loop_source source; /* owns its descriptor */
	size_t name_length, used;
	unsigned dropped;
	/* The name, ": ", and the line so far; one byte is for the newline. */
	char text[NAME_MAX + sizeof ": " + LOG_LINE_MAX + 1];
};

static bool console_takes_more(void)
{
	struct pollfd console = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&console, 1, 0) == 1 && console.revents & POLLOUT;
}

/*
 * Returns the length of a character in UTF-8; 0 if it is not one to print: control
 * characters, with those of Unicode, which terminals obey as well (U+0080 to U+009F), line
 * breaks, and characters that turn the direction of the text around them.
 */
static size_t take_character(const char *text, size_t size)
{
	static const struct {
		uint32_t first, last;
	} refused[] = { { 0, 8 },           { 10, 31 },         { 0x7f, 0x9f },
			{ 0x61c, 0x61c },   { 0x200e, 0x200f }, { 0x2028, 0x202e },
			{ 0x2066, 0x2069 }, { 0xd800, 0xdfff } };
	unsigned char first = (unsigned char)*text;
	size_t n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = n > 1 ? first & (0x7fU >> n) : first;

	if (n > size || first > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)text[i] & 0x3fU);
	}
	/* Longer than it has to be, or beyond Unicode. */
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	for (size_t i = 0; i < ELEMENTS(refused); i++)
		if (c >= refused[i].first && c <= refused[i].last)
			return 0;
	return n;
}

/* Prints the first length bytes of the line. */
static void print(struct console_pipe *s, size_t length)
{
	char *line = s->text + s->name_length, *begin = s->text;
	size_t size = s->name_length + length;

	/* The priority of sd-daemon(3), "<3>", is for a journal: the line moves over it. */
	if (length >= 3 && line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
		memmove(line, line + 3, length - 3);
		size -= 3;
	}
	for (char *p = line; p < begin + size;) {
		size_t n = take_character(p, (size_t)(begin + size - p));

		if (n == 0)
			*p = '?';
		p += n ? n : 1;
	}
	begin[size++] = '\n';
	if (!console_takes_more()) {
		s->dropped++;
		return;
	}
	if (s->dropped > 0) {
		begin[s->name_length - 2] = '\0';
		log_warning("%s: console busy, %u lines lost", begin, s->dropped);
		begin[s->name_length - 2] = ':';
		s->dropped = 0;
	}
	while (write(STDERR_FILENO, begin, size) < 0 && errno == EINTR)
		;
}

static void print_lines(struct console_pipe *s)
{
	char *line = s->text + s->name_length, *newline;

	while ((newline = memchr(line, '\n', s->used))) {
		size_t length = (size_t)(newline - line), rest = s->used - length - 1;
		char next[LOG_LINE_MAX];

		/* print() overwrites the newline and, without a priority, nothing else. */
		memcpy(next, newline + 1, rest);
		print(s, length);
		memcpy(line, next, rest);
		s->used = rest;
	}
	if (s->used == LOG_LINE_MAX) {
		print(s, s->used);
		s->used = 0;
	}
}

static int pipe_ready(struct loop *loop, struct loop_source *source)
{
	struct console_pipe *s = CONTAINER_OF(source, struct console_pipe, source);
	ssize_t n = read(source->fd, s->text + s->name_length + s->used, LOG_LINE_MAX - s->used);

	if (n > 0) {
		s->used += (size_t)n;
		print_lines(s);
		return 0;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (s->used > 0)
		print(s, s->used);
	loop_remove(loop, source);
	close_fd(&source->fd);
	free(s);
	loop_release(loop);
	return 0;
}

int console_open(struct loop *loop, const char *name)
{
	struct console_pipe *s = malloc(sizeof *s);
	size_t length = strnlen(name, NAME_MAX);
	int ends[2], r;

	if (!s)
		return -ENOMEM;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		free(s);
		return -errno;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	s->source = (struct loop_source){ .fd = ends[0], .ready = pipe_ready };
	memcpy(s->text, name, length);
	memcpy(s->text + length, ": ", 2);
	s->name_length = length + 2;
	s->used = 0;
	s->dropped = 0;
	r = loop_add(loop, &s->source, EPOLLIN);
	if (r < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		free(s);
		return r;
	}
	loop_hold(loop); /* until everything is printed */
	return ends[1];
}
