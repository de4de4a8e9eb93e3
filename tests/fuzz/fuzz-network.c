/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are the value of ip= on the kernel's command line: process 1 neither crashes
 * nor reads astray, and what it asks of the kernel is whole.
 */
#include "elements.h"
#include "fd.h"

#include <assert.h>
#include <string.h>

static int expect_line(const char *line, size_t size)
{
	assert(size > 0 && memchr(line, '\n', size) == line + size - 1);
	return 0;
}
#define fd_write_all(fd, line, size) expect_line(line, size)
#include "log.c"
#undef fd_write_all

#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One bit for each call to the kernel: whether it fails. */
static unsigned failures;

static int expect_request(int fd, unsigned long number, const void *argument)
{
	const struct ifreq *request = argument;
	const struct rtentry *route = argument;
	bool fails = failures & 1;

	assert(fd >= 0);
	failures >>= 1;
	if (number == SIOCADDRT)
		assert(route->rt_gateway.sa_family == AF_INET &&
		       route->rt_dst.sa_family == AF_INET);
	else if (number != SIOCGIFNAME)
		assert(memchr(request->ifr_name, '\0', sizeof request->ifr_name));
	if (number == SIOCSIFADDR || number == SIOCSIFNETMASK)
		assert(request->ifr_addr.sa_family == AF_INET);
	errno = ENODEV;
	return fails ? -1 : 0;
}

static int expect_host_name(const char *name, size_t length)
{
	assert(length > 0 && length < 64 && strlen(name) == length && !strchr(name, ':'));
	return 0;
}

#define ioctl(fd, number, argument) expect_request(fd, number, argument)
#define sethostname(name, length)   expect_host_name(name, length)
#include "run/network.c" /* so that the fuzzer sees its branches */

int bring_up_loopback(void)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[512];

	if (size < 2 || size - 2 >= sizeof text)
		return 0;
	failures = (unsigned)bytes[0] << 8 | bytes[1];
	memcpy(text, bytes + 2, size - 2);
	text[size - 2] = '\0';
	network_open(text);
	return 0;
}
