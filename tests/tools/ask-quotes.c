/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ask-quotes [OPTION]... ADDRESS:PORT
 *
 * A client of RFC 865 that can also misbehave. ADDRESS is IPv4, or IPv6 in brackets.
 *
 *	--udp             over UDP, not TCP; --both: in turn
 *	--times=N         ask so often; --seconds=N: at most so long (default 30)
 *	--gap=US          pause so long in between, give or take a fortieth
 *	--wait=MS         for an answer (default 2000)
 *	--window=N        have so many datagrams under way at once (default 1)
 *	--from=ADDRESS    bind to that ADDRESS:PORT first
 *	--forge=ADDRESS   send datagrams that claim to be from IPv4 ADDRESS:PORT, and wait for nothing
 *	--any             take an answer from any address, and broadcast
 *	--crowd           connect all, then take the answers, then close
 *	--print           write the answers
 *
 * The last line is "asked=N answered=N bad=N us=N"; bad answers are those that are
 * no quote as RFC 865 has it. Exit status 0 unless it could not ask.
 */
#include "clock.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union address arg_to, arg_from, arg_forged;
static uint64_t arg_times = 1, arg_seconds = 30, arg_gap_us, arg_wait_ms = 2000, arg_window = 1;
static bool arg_udp, arg_both, arg_any, arg_crowd, arg_print;
static uint64_t asked, answered, bad;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

static bool parse_address(const char *text, union address *ret)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	uint64_t port;
	size_t length = colon ? (size_t)(colon - text) : sizeof host;

	if (length >= sizeof host || parse_uint(colon + 1, 0, UINT16_MAX, &port) < 0)
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	memset(ret, 0, sizeof *ret);
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		ret->in6.sin6_family = AF_INET6;
		ret->in6.sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host + 1, &ret->in6.sin6_addr) == 1;
	}
	ret->in.sin_family = AF_INET;
	ret->in.sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &ret->in.sin_addr) == 1;
}

static void count_answer(const char *answer, size_t size)
{
	bool good = size > 2 && size < 512 && memcmp(answer + size - 2, "\r\n", 2) == 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)answer[i];

		if (c == '\r'   ? i + 1 == size || answer[i + 1] != '\n'
		    : c == '\n' ? i == 0 || answer[i - 1] != '\r'
				: c < ' ' || c == 0x7f)
			good = false;
	}
	answered += good;
	bad += !good;
	if (arg_print)
		(void)fwrite(answer, 1, size, stdout);
}

static int open_socket(int type)
{
	int fd = socket(arg_to.any.sa_family, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket");
	if (arg_any && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0)
		die("SO_BROADCAST");
	if (arg_from.any.sa_family && bind(fd, &arg_from.any, size_of(&arg_from)) < 0)
		die("bind");
	if (!(arg_any && type == SOCK_DGRAM) && connect(fd, &arg_to.any, size_of(&arg_to)) < 0)
		die("connect");
	return fd;
}

static bool is_ready(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	return poll(&polled, 1, (int)arg_wait_ms) > 0;
}

static void take_stream(int fd)
{
	char answer[2048];
	size_t size = 0;
	ssize_t n = -1;

	while (size < sizeof answer && is_ready(fd)) {
		n = recv(fd, answer + size, sizeof answer - size, 0);
		if (n <= 0)
			break;
		size += (size_t)n;
	}
	if (n == 0)
		count_answer(answer, size);
	else if (size > 0)
		bad++; /* it did not end as it should */
	(void)close(fd);
}

static void ask_stream(void)
{
	asked++;
	take_stream(open_socket(SOCK_STREAM));
}

static void ask_crowd(void)
{
	int *fds = calloc(arg_times, sizeof *fds);

	if (!fds)
		die("calloc");
	for (uint64_t i = 0; i < arg_times; i++, asked++)
		fds[i] = open_socket(SOCK_STREAM);
	for (uint64_t i = 0; i < arg_times; i++)
		if (is_ready(fds[i])) {
			char answer[2048];
			ssize_t n = recv(fds[i], answer, sizeof answer, 0);

			count_answer(answer, n > 0 ? (size_t)n : 0);
		}
	for (uint64_t i = 0; i < arg_times; i++)
		(void)close(fds[i]);
	free(fds);
}

static void ask_datagrams(int fd, uint64_t n)
{
	char answer[2048];
	ssize_t size;

	for (uint64_t i = 0; i < n; i++, asked++)
		if (sendto(fd, "?", 1, 0, arg_any ? &arg_to.any : NULL,
			   arg_any ? size_of(&arg_to) : 0) < 0 &&
		    errno != ECONNREFUSED && errno != ENOBUFS)
			die("sendto");
	for (uint64_t i = 0; i < n && (arg_wait_ms > 0 || arg_window > 1); i++) {
		if (!is_ready(fd))
			return;
		size = recv(fd, answer, sizeof answer, 0);
		if (size >= 0)
			count_answer(answer, (size_t)size);
	}
}

static void forge(void)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		char text;
	} __attribute__((packed)) packet = {
		.ip = { .version = 4,
			.ihl = 5,
			.tot_len = htons(sizeof packet),
			.ttl = 9,
			.protocol = IPPROTO_UDP,
			.saddr = arg_forged.in.sin_addr.s_addr,
			.daddr = arg_to.in.sin_addr.s_addr },
		.udp = { .uh_sport = arg_forged.in.sin_port,
			 .uh_dport = arg_to.in.sin_port,
			 .uh_ulen = htons(sizeof packet.udp + 1) },
		.text = '?',
	};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		die("raw socket");
	for (; asked < arg_times; asked++)
		if (sendto(fd, &packet, sizeof packet, 0, &arg_to.any, sizeof arg_to.in) < 0)
			die("sendto");
	(void)close(fd);
}

static void pause_between(void)
{
	uint32_t bits = 0;
	uint64_t range = arg_gap_us / 20 + 1, us;

	if (arg_gap_us == 0)
		return;
	(void)getrandom(&bits, sizeof bits, 0);
	us = arg_gap_us - range / 2 + bits % range;
	(void)nanosleep(&(struct timespec){ (time_t)(us / 1000000), (long)(us % 1000000) * 1000 },
			NULL);
}

static bool number(const char *option, const char *name, uint64_t *ret)
{
	size_t length = strlen(name);

	return strncmp(option, name, length) == 0 &&
	       parse_uint(option + length, 0, 1000000000, ret) == 0;
}

static bool parse_option(const char *option)
{
	if (number(option, "--times=", &arg_times) || number(option, "--seconds=", &arg_seconds) ||
	    number(option, "--gap=", &arg_gap_us) || number(option, "--wait=", &arg_wait_ms) ||
	    number(option, "--window=", &arg_window))
		return true;
	if (strncmp(option, "--from=", 7) == 0)
		return parse_address(option + 7, &arg_from);
	if (strncmp(option, "--forge=", 8) == 0)
		return parse_address(option + 8, &arg_forged);
	arg_udp |= strcmp(option, "--udp") == 0;
	arg_both |= strcmp(option, "--both") == 0;
	arg_any |= strcmp(option, "--any") == 0;
	arg_crowd |= strcmp(option, "--crowd") == 0;
	arg_print |= strcmp(option, "--print") == 0;
	return strcmp(option, "--udp") == 0 || strcmp(option, "--both") == 0 ||
	       strcmp(option, "--any") == 0 || strcmp(option, "--crowd") == 0 ||
	       strcmp(option, "--print") == 0;
}

int main(int argc, char *argv[])
{
	uint64_t begin, end;
	int fd = -1, i = 1;

	for (; i < argc && argv[i][0] == '-'; i++)
		if (!parse_option(argv[i]))
			return 2;
	if (i + 1 != argc || !parse_address(argv[i], &arg_to))
		return 2;

	begin = now_us(CLOCK_MONOTONIC);
	end = begin + arg_seconds * 1000000;
	if (arg_udp || arg_both)
		fd = open_socket(SOCK_DGRAM);
	if (arg_forged.any.sa_family == AF_INET)
		forge();
	else if (arg_crowd)
		ask_crowd();
	while (asked < arg_times && now_us(CLOCK_MONOTONIC) < end) {
		if (asked > 0)
			pause_between();
		if (arg_udp || (arg_both && asked % 2 == 1))
			ask_datagrams(fd, arg_window);
		else
			ask_stream();
	}
	printf("asked=%ju answered=%ju bad=%ju us=%ju\n", (uintmax_t)asked, (uintmax_t)answered,
	       (uintmax_t)bad, (uintmax_t)(now_us(CLOCK_MONOTONIC) - begin));
	return 0;
}
