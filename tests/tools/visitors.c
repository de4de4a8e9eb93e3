/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * visitors [OPTION]... ADDRESS...
 *
 * Visits visitord and remembers every number it was told. ADDRESS is a port of
 * 127.0.0.1 or the path of a unix socket; visitors are spread over them.
 *
 *	--clients=N     at a time
 *	--requests=N    of each; 0: until SIGTERM
 *	--gap=MIN-MAX   milliseconds between an answer and the next request
 *	--keep-alive    one connection for all requests of a visitor
 *	--lenient       a broken connection is counted, and tried again
 *
 * Prints "answered=N broken=N refused=N twice=N highest=N". Exit status 0 if no number
 * was given twice at one address and, unless lenient, each request was answered with one.
 */
#include "clock.h"
#include "number.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX 1024
/* Longer than visitord lets anybody wait. */
#define ANSWER_MS 15000

static uint64_t arg_clients = 1, arg_requests = 1, arg_gap_min, arg_gap_max;
static bool arg_keep_alive, arg_lenient;
static char **arg_addresses;
static size_t n_addresses;

struct visitor {
	int fd; /* -1: not connected */
	bool waiting;
	uint64_t at_ms; /* the next request, or the end of our patience */
	uint64_t done;
	size_t address, got;
	char buffer[1024];
};

static struct {
	uint64_t number;
	size_t address;
} * told;
static size_t n_told, room;
static uint64_t broken, refused;
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t now_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

static int dial(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool path = address[0] == '/';
	uint64_t port = 0;
	int fd, r;

	if (path)
		(void)snprintf(un.sun_path, sizeof un.sun_path, "%s", address);
	else
		(void)parse_uint(address, 1, UINT16_MAX, &port);
	in.sin_port = htons((uint16_t)port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = path ? connect(fd, (struct sockaddr *)&un, sizeof un)
		 : connect(fd, (struct sockaddr *)&in, sizeof in);
	if (r < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	return fd;
}

static void hang_up(struct visitor *v)
{
	if (v->fd >= 0)
		(void)close(v->fd);
	v->fd = -1;
	v->waiting = false;
}

static void gone_wrong(struct visitor *v, const char *what, int error)
{
	if (!arg_lenient && broken < 5)
		fprintf(stderr, "visitors: %s: %s: %s; got %zu bytes: %.*s\n",
			arg_addresses[v->address], what, error ? strerror(error) : "-", v->got,
			(int)v->got, v->buffer);
	broken++;
	hang_up(v);
	v->at_ms = now_ms() + 1;
	if (!arg_lenient)
		v->done++;
}

static void ask(struct visitor *v)
{
	static const char keep[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char once[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	const char *request = arg_keep_alive ? keep : once;
	ssize_t size = (ssize_t)strlen(request);

	v->got = 0;
	if (v->fd < 0)
		v->fd = dial(arg_addresses[v->address]);
	if (v->fd < 0) {
		gone_wrong(v, "connect", -v->fd);
		v->fd = -1;
		return;
	}
	if (send(v->fd, request, (size_t)size, MSG_NOSIGNAL) != size) {
		gone_wrong(v, "send", errno);
		return;
	}
	v->waiting = true;
	v->at_ms = now_ms() + ANSWER_MS;
}

static void remember(struct visitor *v, uint64_t number)
{
	if (n_told == room) {
		room = room ? room * 2 : 4096;
		told = realloc(told, room * sizeof *told);
		if (!told)
			abort();
	}
	told[n_told].number = number;
	told[n_told++].address = v->address;
}

/* The whole answer is there: takes the number from it. */
static bool judge(struct visitor *v, const char *body, size_t size)
{
	static const char before[] = "Hello! You are visitor #", after[] = "!\n";
	size_t digits;
	uint64_t number;

	if (strncmp(v->buffer, "HTTP/1.1 200 ", 13) != 0)
		return false;
	if (size < sizeof before + sizeof after - 2 ||
	    memcmp(body, before, sizeof before - 1) != 0 || memcmp(body + size - 2, after, 2) != 0)
		return false;
	digits = size - (sizeof before - 1) - (sizeof after - 1);
	if (parse_uint_bytes(body + sizeof before - 1, digits, 1, UINT64_MAX, &number) < 0)
		return false;
	remember(v, number);
	return true;
}

static void hear(struct visitor *v)
{
	ssize_t n = recv(v->fd, v->buffer + v->got, sizeof v->buffer - 1 - v->got, 0);
	const char *end, *length;
	uint64_t size;

	if (n <= 0) {
		gone_wrong(v, n < 0 ? "receive" : "closed", n < 0 ? errno : 0);
		return;
	}
	v->got += (size_t)n;
	v->buffer[v->got] = '\0';
	end = strstr(v->buffer, "\r\n\r\n");
	length = strstr(v->buffer, "\r\nContent-Length: ");
	if (!end || !length)
		return;
	length += strlen("\r\nContent-Length: ");
	if (parse_uint_bytes(length, strcspn(length, "\r"), 0, sizeof v->buffer, &size) < 0) {
		gone_wrong(v, "length", 0);
		return;
	}
	end += 4;
	if ((size_t)(v->buffer + v->got - end) < size)
		return;
	if (!judge(v, end, (size_t)size)) {
		if (strncmp(v->buffer, "HTTP/1.1 503 ", 13) == 0)
			refused++;
		else
			gone_wrong(v, "answer", 0);
	}
	v->done++;
	v->waiting = false;
	if (!arg_keep_alive || strstr(v->buffer, "\r\nConnection: close"))
		hang_up(v);
	v->at_ms = now_ms() + arg_gap_min;
	if (arg_gap_max > arg_gap_min)
		v->at_ms += (uint64_t)random() % (arg_gap_max - arg_gap_min + 1);
}

static int compare(const void *a, const void *b)
{
	const typeof(*told) *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int report(void)
{
	uint64_t twice = 0, highest = 0;

	if (n_told > 0)
		qsort(told, n_told, sizeof *told, compare);
	for (size_t i = 0; i < n_told; i++) {
		if (told[i].number > highest)
			highest = told[i].number;
		if (i > 0 && compare(&told[i], &told[i - 1]) == 0)
			twice++;
	}
	printf("answered=%zu broken=%ju refused=%ju twice=%ju highest=%ju\n", n_told,
	       (uintmax_t)broken, (uintmax_t)refused, (uintmax_t)twice, (uintmax_t)highest);
	return twice > 0 || (!arg_lenient && (broken > 0 || refused > 0));
}

static bool parse_option(const char *option)
{
	const char *value = strchr(option, '=');

	if (strcmp(option, "--keep-alive") == 0)
		return arg_keep_alive = true;
	if (strcmp(option, "--lenient") == 0)
		return arg_lenient = true;
	if (!value++)
		return false;
	if (strncmp(option, "--clients=", 10) == 0)
		return parse_uint(value, 1, CLIENTS_MAX, &arg_clients) == 0;
	if (strncmp(option, "--requests=", 11) == 0)
		return parse_uint(value, 0, UINT64_MAX, &arg_requests) == 0;
	if (strncmp(option, "--gap=", 6) == 0) {
		size_t first = strcspn(value, "-");

		return value[first] == '-' &&
		       parse_uint_bytes(value, first, 0, 60000, &arg_gap_min) == 0 &&
		       parse_uint(value + first + 1, arg_gap_min, 60000, &arg_gap_max) == 0;
	}
	return false;
}

int main(int argc, char *argv[])
{
	static struct visitor visitors[CLIENTS_MAX];
	static struct pollfd polled[CLIENTS_MAX];
	uint64_t now, next;
	size_t busy;
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
		if (!parse_option(argv[i])) {
			fprintf(stderr, "visitors: what is '%s'?\n", argv[i]);
			return 2;
		}
	arg_addresses = argv + i;
	n_addresses = (size_t)(argc - i);
	if (n_addresses == 0)
		return 2;
	(void)signal(SIGTERM, stop);
	srandom((unsigned)getpid());
	for (size_t k = 0; k < arg_clients; k++) {
		visitors[k].fd = -1;
		visitors[k].address = k % n_addresses;
		visitors[k].at_ms = now_ms() + (arg_gap_max ? (uint64_t)random() % arg_gap_max : 0);
	}

	do {
		now = now_ms();
		next = now + 1000;
		busy = 0;
		for (size_t k = 0; k < arg_clients; k++) {
			struct visitor *v = &visitors[k];
			bool more = !stopped && (arg_requests == 0 || v->done < arg_requests);

			if (v->waiting && v->at_ms <= now)
				gone_wrong(v, "no answer", ETIMEDOUT);
			if (!v->waiting && more && v->at_ms <= now)
				ask(v);
			polled[k].fd = v->waiting ? v->fd : -1;
			polled[k].events = POLLIN;
			busy += v->waiting || more;
			if ((v->waiting || more) && v->at_ms < next)
				next = v->at_ms;
		}
		now = now_ms();
		if (busy == 0 || poll(polled, arg_clients, next > now ? (int)(next - now) : 0) < 0)
			continue;
		for (size_t k = 0; k < arg_clients; k++)
			if (polled[k].revents)
				hear(&visitors[k]);
	} while (busy > 0);
	return report();
}
