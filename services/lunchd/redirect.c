/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a request over HTTP is redirected to. */
#include "redirect.h"

#include "format.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/*
 * What may stand in a target as it is: RFC 3986, without quotes, so that the address can be put
 * into a page as well.
 */
static const char allowed[] = LETTERS DIGITS "-._~!$&()*+,;=:@/?%";

/* A name, or an address of IPv4. Less than RFC 3986 allows, and what DNS and browsers know. */
static bool is_name(const char *host, size_t size)
{
	size_t label = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i == size || host[i] == '.') {
			/* "x." is a name as well. */
			if ((label == 0 && (i < size || i == 0)) || label > 63)
				return false;
			label = 0;
			continue;
		}
		if (!strchr(LETTERS DIGITS "-_", host[i]))
			return false;
		label++;
	}
	return true;
}

static bool is_ipv6(const char *host, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr bytes;

	if (size < 4 || host[0] != '[' || host[size - 1] != ']' || size - 2 >= sizeof address)
		return false;
	memcpy(address, host + 1, size - 2);
	address[size - 2] = '\0';
	return inet_pton(AF_INET6, address, &bytes) == 1;
}

/* The host of "host:port". Returns its size, 0 for anything else. */
static size_t host_size(const char *authority, size_t size)
{
	size_t n = size;
	uint64_t port;

	for (size_t i = size; i > 0 && authority[i - 1] != ']'; i--)
		if (authority[i - 1] == ':')
			n = i - 1;
	if (n + 1 < size &&
	    parse_uint_bytes(authority + n + 1, size - n - 1, 0, UINT16_MAX, &port) < 0)
		return 0;
	if (n > REDIRECT_HOST_MAX)
		return 0;
	return is_name(authority, n) || is_ipv6(authority, n) ? n : 0;
}

static int append_target(const char *target, char *ret, size_t room)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t used = 0;

	for (; *target; target++) {
		const unsigned char c = (unsigned char)*target;
		const bool is_allowed = strchr(allowed, c);

		if (room - used <= (is_allowed ? 1 : 3)) /* and the NUL */
			return -ENAMETOOLONG;
		if (is_allowed) {
			ret[used++] = (char)c;
			continue;
		}
		ret[used++] = '%';
		ret[used++] = hex[c >> 4];
		ret[used++] = hex[c & 0xf];
	}
	ret[used] = '\0';
	return 0;
}

int redirect_location(const char *host, const char *target, uint16_t port,
		      char ret[static REDIRECT_SIZE])
{
	size_t size = host ? strlen(host) : 0, length;

	if (strncasecmp(target, "http://", strlen("http://")) == 0) {
		host = target + strlen("http://");
		size = strcspn(host, "/?");
		target = host + size;
	} else if (target[0] != '/') {
		return -EINVAL;
	}
	size = host ? host_size(host, size) : 0;
	if (size == 0)
		return -EINVAL;
	length = format_text(ret, REDIRECT_SIZE, "https://%.*s", (int)size, host);
	if (port != 443)
		length += format_text(ret + length, REDIRECT_SIZE - length, ":%u", port);
	if (target[0] != '/')
		ret[length++] = '/';
	return append_target(target, ret + length, REDIRECT_TARGET_MAX);
}
