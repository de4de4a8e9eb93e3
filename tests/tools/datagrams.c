/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * datagrams catch ADDRESS PORT FILE            keep the next datagram in FILE
 * datagrams send FROM TO PORT FILE [COUNT]     send FILE as one, COUNT times
 * datagrams sizes FROM TO PORT COUNT           send COUNT of sizes that are no packet's
 * datagrams drain PORT COUNT                   receive COUNT in a bare loop, and print
 *                                              how many nanoseconds each took
 * datagrams lock FILE                          hold a lock on FILE until killed
 */
#include "fd.h"
#include "file.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static uint64_t number(const char *text, uint64_t max)
{
	uint64_t value = 0;

	if (parse_uint(text, 0, max, &value) < 0) {
		errno = EINVAL;
		fail(text);
	}
	return value;
}

static socklen_t address_of(const char *host, const char *port, union address *ret)
{
	uint16_t n = htons((uint16_t)number(port, UINT16_MAX));

	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = n;
		return sizeof ret->in;
	}
	if (inet_pton(AF_INET6, host, &ret->in6.sin6_addr) != 1)
		fail(host);
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = n;
	return sizeof ret->in6;
}

static int bound(const char *host, const char *port)
{
	union address address;
	socklen_t size = address_of(host, port, &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &address.any, size) < 0)
		fail("bind");
	return fd;
}

static void catch_one(char *argv[])
{
	CLEANUP_FD int fd = bound(argv[0], argv[1]), file = -1;
	char bytes[2048];
	ssize_t n;

	(void)puts("ready");
	(void)fflush(stdout);
	n = recv(fd, bytes, sizeof bytes, 0);
	file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (n < 0 || file < 0 || fd_write_all(file, bytes, (size_t)n) < 0)
		fail(argv[2]);
}

/* A full queue at the receiver is not our concern; a full one at the sender clears up. */
static void send_to(int fd, const void *bytes, size_t size, const union address *to,
		    socklen_t to_size)
{
	while (sendto(fd, bytes, size, 0, &to->any, to_size) < 0) {
		if (errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED)
			fail("sendto");
	}
}

static void send_file(int argc, char *argv[])
{
	CLEANUP_FD int fd = bound(argv[0], "0");
	union address to;
	socklen_t size = address_of(argv[1], argv[2], &to);
	uint64_t count = argc > 4 ? number(argv[4], UINT32_MAX) : 1;
	char *bytes = NULL;
	size_t length = 0;

	if (file_read(AT_FDCWD, argv[3], 2048, &bytes, &length) < 0)
		fail(argv[3]);
	for (uint64_t i = 0; i < count; i++)
		send_to(fd, bytes, length, &to, size);
	free(bytes);
}

static void send_sizes(char *argv[])
{
	CLEANUP_FD int fd = bound(argv[0], "0");
	union address to;
	socklen_t size = address_of(argv[1], argv[2], &to);
	uint64_t count = number(argv[3], UINT32_MAX);
	char bytes[1400] = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		size_t length = i % sizeof bytes;

		send_to(fd, bytes, length == 100 || length == 172 ? 99 : length, &to, size);
	}
}

static void drain(char *argv[])
{
	CLEANUP_FD int fd = bound("::", argv[0]);
	uint64_t count = number(argv[1], UINT32_MAX);
	struct timespec spent;
	char bytes[256];

	(void)puts("ready");
	(void)fflush(stdout);
	for (uint64_t i = 0; i < count; i++) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof peer;

		if (recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &size) < 0)
			fail("recvfrom");
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	(void)printf("%.0f\n",
		     ((double)spent.tv_sec * 1e9 + (double)spent.tv_nsec) / (double)count);
}

static void hold_lock(const char *path)
{
	const struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0)
		fail(path);
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

int main(int argc, char *argv[])
{
	if (argc == 5 && strcmp(argv[1], "catch") == 0)
		catch_one(argv + 2);
	else if ((argc == 6 || argc == 7) && strcmp(argv[1], "send") == 0)
		send_file(argc - 2, argv + 2);
	else if (argc == 6 && strcmp(argv[1], "sizes") == 0)
		send_sizes(argv + 2);
	else if (argc == 4 && strcmp(argv[1], "drain") == 0)
		drain(argv + 2);
	else if (argc == 3 && strcmp(argv[1], "lock") == 0)
		hold_lock(argv[2]);
	else
		return 2;
	return EXIT_SUCCESS;
}
