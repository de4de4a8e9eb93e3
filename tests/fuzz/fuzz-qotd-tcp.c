/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are what a client of qotd sends, in pieces: it must get its quote, whole and
 * then the end of the stream, and no connection may be left when it has gone.
 */
#include "../../services/qotd/pick.c"
#include "../../services/qotd/quotes.c"
#include "../../services/qotd/tcp.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct loop loop;
static struct tcp tcp;

static void no_problem(void *userdata, unsigned line, const char *what)
{
	(void)userdata;
	(void)line;
	(void)what;
	abort();
}

static void open_service(void)
{
	static const char text[] = "One\n%\nTwo\n%\nThree\n";
	static const struct sockets none;
	static struct quotes quotes;
	static struct quote_file file;
	char *copy = malloc(sizeof text);

	assert(copy);
	memcpy(copy, text, sizeof text);
	quotes_parse(copy, sizeof text - 1, no_problem, NULL, &file);
	quotes = (struct quotes){ .n = file.n, .n_files = 1, .files = &file };
	if (loop_open(&loop, 0) < 0 || tcp_open(&tcp, &loop, &quotes, PICK_DAY, &none) < 0)
		abort();
}

/* What loop_run() does, as long as a source is ready. */
static void run_loop(void)
{
	struct epoll_event event;

	while (epoll_wait(loop.epoll_fd, &event, 1, 0) > 0) {
		struct loop_source *source = event.data.ptr;

		if (source->ready(&loop, source) < 0)
			abort();
	}
}

/* One byte says how long the next piece is, and whether the service has its turn before. */
static void send_pieces(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 1) {
		size_t piece = bytes[0] & 0x7f, rest = size - 1;
		bool turn = bytes[0] & 0x80;

		piece = piece < rest ? piece : rest;
		if (turn)
			run_loop();
		/* The service may have hung up. */
		if (piece > 0)
			(void)!send(fd, bytes + 1, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
		bytes += 1 + piece;
		size = rest - piece;
	}
}

static void expect_quote(int fd)
{
	char quote[QUOTE_SIZE_MAX + 1];
	ssize_t size = recv(fd, quote, sizeof quote, MSG_DONTWAIT);

	assert(size > 2 && memcmp(quote + size - 2, "\r\n", 2) == 0);
	/* After bytes that were not read there is an error in the end's place. */
	assert(recv(fd, quote, sizeof quote, MSG_DONTWAIT) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int ends[2];
	uint8_t manner;

	if (!tcp.pool)
		open_service();
	if (size == 0)
		return 0;
	manner = *bytes++;
	size--;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	/* Some clients send before they are accepted. */
	if (manner & 1)
		send_pieces(ends[0], bytes, size);
	if (manner & 2)
		(void)shutdown(ends[0], SHUT_WR);
	if (tcp_answer(&tcp, ends[1]) < 0)
		abort();
	if (!(manner & 1))
		send_pieces(ends[0], bytes, size);
	run_loop();
	if (!(manner & 4))
		expect_quote(ends[0]);
	(void)close(ends[0]);
	run_loop();
	assert(tcp.listeners.n_clients == 0 && loop.held == 0 && !tcp.connections.first);
	return 0;
}
