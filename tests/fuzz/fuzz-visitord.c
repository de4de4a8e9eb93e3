/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are what a client of visitord sends, in pieces. Nobody may be counted without an
 * answer, answers must be whole and in a row, and no connection may be left when the client
 * has gone.
 */
#include "../../lib/http/clients.c" /* so that the fuzzer sees their branches */
#include "../../lib/http/headers.c"
#include "../../lib/http/server.c"
#include "../../services/visitord/pages.c"
#include "../../services/visitord/visits.c"
#include "../bench/counter-memory.c"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Of answers to one input: those of all requests that fit into it. */
#define ANSWERS_MAX ((size_t)1024 * 1024)

static struct loop loop;
static struct visits visits;
static struct counter counter;
static char answers[ANSWERS_MAX + 1];
static size_t answers_size;

static void open_service(void)
{
	static const struct sockets none;

	(void)counter_open(&counter, "");
	if (loop_open(&loop, 0) < 0 || visits_open(&visits, &loop, &counter, &none, 8) < 0)
		abort();
}

/*
 * What loop_run() does, as long as a source is ready; and takes what is answered, which may
 * make room for more.
 */
static void run_loop(int fd)
{
	struct epoll_event event;
	ssize_t n = 0;

	do {
		while (epoll_wait(loop.epoll_fd, &event, 1, 0) > 0) {
			struct loop_source *source = event.data.ptr;

			if (source->ready(&loop, source) < 0)
				abort();
		}
		if (fd >= 0)
			n = recv(fd, answers + answers_size, ANSWERS_MAX - answers_size,
				 MSG_DONTWAIT);
		answers_size += n > 0 ? (size_t)n : 0;
	} while (n > 0);
}

/* What requests are made of, so that not each has to be found anew. */
static const char *const texts[] = {
	"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\n",
	"GET /badge.svg HTTP/1.0\r\n",
	"POST /count HTTP/1.1\r\nHost: x\r\n",
	"Accept: text/html\r\n",
	"Connection: close\r\n",
	"Content-Length: 5\r\n",
	"Content-Length: 70000\r\n",
	"Transfer-Encoding: chunked\r\n",
	"Expect: 100-continue\r\n",
	"\r\n",
	"hello",
	"5;a=b\r\nhello\r\n",
	"0\r\n\r\n",
	"0;x\r\nTrailer: y\r\n\r\n",
	" HTTP/1.2\r\n",
};

/*
 * The first byte says whether the service has its turn, and how long the next piece is, or
 * which text it is.
 */
static void send_pieces(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t rest = size - 1, piece = bytes[0] & 0x7f;
		const void *text = bytes + 1;
		size_t text_size;

		if (bytes[0] & 0x80)
			run_loop(fd);
		if (piece >= 0x80 - ELEMENTS(texts)) {
			text = texts[piece - (0x80 - ELEMENTS(texts))];
			text_size = strlen(text);
			piece = 0;
		} else {
			text_size = piece = piece < rest ? piece : rest;
		}
		/* The service may have hung up. */
		if (text_size > 0)
			(void)!send(fd, text, text_size, MSG_NOSIGNAL | MSG_DONTWAIT);
		bytes += 1 + piece;
		size = rest - piece;
	}
}

/* Walks through the answers. Returns how many visitors were told their numbers. */
static uint64_t count_told(void)
{
	static const char told[] = "You are visitor #", html[] = "You are visitor <strong>#";
	const char *p = answers, *end, *length;
	uint64_t n = 0;
	size_t size;

	answers[answers_size] = '\0';
	while (*p) {
		assert(strncmp(p, "HTTP/1.1 ", 9) == 0);
		end = strstr(p, "\r\n\r\n");
		assert(end);
		if (strncmp(p, "HTTP/1.1 100 ", 13) == 0) {
			p = end + 4;
			continue;
		}
		length = strstr(p, "\r\nContent-Length: ");
		size = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
		p = end + 4;
		assert(size <= (size_t)(answers + answers_size - p));
		if (size > 0 &&
		    (memmem(p, size, told, strlen(told)) || memmem(p, size, html, strlen(html)) ||
		     memmem(p, size, "<title>visitors: ", 17)))
			n++;
		p += size;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint64_t before = counter.number;
	uint8_t manner;
	int ends[2];

	if (!visits.http.daemon)
		open_service();
	if (size == 0)
		return 0;
	manner = *bytes++;
	size--;
	answers_size = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	clients_let_in(&visits.http.clients, ends[1]);
	send_pieces(ends[0], bytes, size);
	if (manner & 1)
		(void)shutdown(ends[0], SHUT_WR);
	run_loop(ends[0]);
	/* HEAD has lengths without bodies, which cannot be walked through. */
	if (!memmem(bytes, size, "HEAD", 4))
		assert(counter.number - before == count_told());
	(void)close(ends[0]);
	run_loop(-1);
	assert(visits.http.clients.listeners.n_clients == 0 && loop.held == 0 &&
	       !visits.http.clients.deadlines.first);
	assert(!visits.http.waiting);
	return 0;
}
