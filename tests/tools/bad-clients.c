/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bad-clients KIND COUNT PORT
 *
 * So many connections to 127.0.0.1 at a time, until SIGTERM:
 *
 *	silent   say nothing
 *	return   say nothing, and come back when the server hangs up
 *	drip     send a request's head a byte at a time
 *	deaf     send requests and never read an answer
 *
 * Or, one after another, and then the end:
 *
 *	garbage  send damaged requests and random bytes, read what comes, hang up or reset
 *
 * Prints "open" when all are connected. Exit status 0, or 1 if one of them was refused.
 */
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CLIENTS_MAX  1024
#define DRIP_MS      50
#define GARBAGE_SIZE 8192
#define GARBAGE_MS   5

static int dial(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	/* Longer than visitord gives anybody. */
	struct timeval patience = { .tv_sec = 15 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&in, sizeof in) < 0) {
		perror("bad-clients: connect");
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool has_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno != EAGAIN;
}

static int hold(const char *kind, size_t n, uint16_t port)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ";
	static const char whole[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	bool drip = strcmp(kind, "drip") == 0, deaf = strcmp(kind, "deaf") == 0;
	bool again = strcmp(kind, "return") == 0;
	size_t sent[CLIENTS_MAX] = { 0 }; /* of the request that is under way */
	int fds[CLIENTS_MAX];
	ssize_t n_sent;

	for (size_t i = 0; i < n; i++) {
		fds[i] = dial(port);
		if (fds[i] < 0)
			return 1;
	}
	printf("open\n");
	(void)fflush(stdout);
	for (size_t at = 0;; at++) {
		const char *byte = at < sizeof head - 1 ? &head[at] : "x";

		/* Errors are what these clients are for: the server has hung up. */
		for (size_t i = 0; i < n; i++) {
			if (drip)
				(void)!send(fds[i], byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
			while (deaf &&
			       (n_sent = send(fds[i], whole + sent[i], sizeof whole - 1 - sent[i],
					      MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
				sent[i] = (sent[i] + (size_t)n_sent) % (sizeof whole - 1);
			if (again && has_ended(fds[i])) {
				(void)close(fds[i]);
				fds[i] = dial(port);
				if (fds[i] < 0)
					return 1;
			}
		}
		(void)poll(NULL, 0, drip || deaf || again ? DRIP_MS : -1);
	}
}

static const char *const corpus[] = {
	"",
	"\r\n\r\n\r\n\r\n",
	"\n",
	"GET",
	"GET /\r\n\r\n",
	"GET / HTTP/0.9\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
	"GET / HTTP/1.1\r\n\r\n",
	"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	"GET  /  HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /%00%ff%zz HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
	"GET / HTTP/1.1\r\n: no name\r\n\r\n",
	"GET / HTTP/1.1\r\nno colon\r\n\r\n",
	"GET / HTTP/1.1\nHost: x\n\n",
	"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
	"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
	"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nAccept: ,;q=;,text/html;q=9;;;\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nGET /count HTTP/1.1\r\n",
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
};
#define CORPUS (sizeof corpus / sizeof corpus[0])

/* Texts of the corpus, damaged here and there; long heads and bodies; noise. */
static size_t make_garbage(size_t i, char *bytes)
{
	size_t size, changes;

	if (i < CORPUS) {
		size = strlen(corpus[i]);
		memcpy(bytes, corpus[i], size);
		return size;
	}
	if (i % 3 == 0) {
		size = (size_t)random() % GARBAGE_SIZE;
		for (size_t k = 0; k < size; k++)
			bytes[k] = (char)random();
		return size;
	}
	size = strlen(corpus[i % CORPUS]);
	memcpy(bytes, corpus[i % CORPUS], size);
	changes = (size_t)random() % 4;
	for (size_t k = 0; size > 0 && k < changes; k++)
		bytes[(size_t)random() % size] = (char)random();
	if (i % 3 == 1) {
		changes = (size_t)random() % (GARBAGE_SIZE - size);
		memset(bytes + size, 'x', changes);
		size += changes;
	}
	return size;
}

static int throw_garbage(size_t n, uint16_t port)
{
	const struct linger reset = { .l_onoff = 1 };
	char bytes[GARBAGE_SIZE], answer[4096];
	size_t size;
	int fd;

	for (size_t i = 0; i < n; i++) {
		size = make_garbage(i, bytes);
		fd = dial(port);
		if (fd < 0)
			return 1;
		(void)!send(fd, bytes, size, MSG_NOSIGNAL);
		if (i % 2)
			(void)shutdown(fd, SHUT_WR);
		while (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, GARBAGE_MS) > 0 &&
		       recv(fd, answer, sizeof answer, 0) > 0)
			;
		if (i % 3)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		(void)close(fd);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	uint64_t n, port;

	if (argc != 4 || parse_uint(argv[2], 1, 1000000, &n) < 0 ||
	    parse_uint(argv[3], 1, UINT16_MAX, &port) < 0)
		return 2;
	srandom(1); /* the same garbage each time: what fails can be found again */
	if (strcmp(argv[1], "garbage") == 0)
		return throw_garbage((size_t)n, (uint16_t)port);
	if (n > CLIENTS_MAX)
		return 2;
	return hold(argv[1], (size_t)n, (uint16_t)port);
}
