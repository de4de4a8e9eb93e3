/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source of a datagram, and whether an answer could do harm there. */
#include "source.h"

#include "elements.h"

#include <assert.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* So that no IPv4 address counts as an IPv6 network: above the 56 bits of one. */
#define TAG_IPV4 (UINT64_C(4) << 56)
#define TAG_IPV6 (UINT64_C(6) << 56)

static_assert(sizeof(struct sockaddr) == sizeof(struct sockaddr_in), "one check for both");

static bool port_is_safe(uint16_t port, uint16_t own_port)
{
	static const uint16_t unsafe[] = { 0, 7, 13, 17, 19, 37, 53, 69, 123 };

	for (size_t i = 0; i < ELEMENTS(unsafe); i++)
		if (port == unsafe[i])
			return false;
	return port != own_port;
}

static bool identify_ipv4(uint32_t host, uint64_t *ret_source)
{
	/* 0.0.0.0/8 is "this network"; from 224.0.0.0 on multicast, reserved, broadcast. */
	if (host >> 24 == 0 || host >> 24 >= 224)
		return false;
	*ret_source = TAG_IPV4 | host;
	return true;
}

static bool identify_ipv6(const struct in6_addr *host, uint64_t *ret_source)
{
	uint64_t network = 0;
	uint32_t ipv4;

	if (IN6_IS_ADDR_V4MAPPED(host)) {
		memcpy(&ipv4, host->s6_addr + 12, sizeof ipv4);
		return identify_ipv4(ntohl(ipv4), ret_source);
	}
	if (IN6_IS_ADDR_UNSPECIFIED(host) || IN6_IS_ADDR_MULTICAST(host))
		return false;
	for (unsigned i = 0; i < 56 / 8; i++)
		network = network << 8 | host->s6_addr[i];
	*ret_source = TAG_IPV6 | network;
	return true;
}

bool source_identify(const void *address, socklen_t size, uint16_t own_port, uint64_t *ret_source)
{
	sa_family_t family;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (size < sizeof(struct sockaddr))
		return false;
	memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family),
	       sizeof family);
	if (family == AF_INET) {
		memcpy(&in, address, sizeof in);
		return port_is_safe(ntohs(in.sin_port), own_port) &&
		       identify_ipv4(ntohl(in.sin_addr.s_addr), ret_source);
	}
	if (family == AF_INET6 && size >= sizeof in6) {
		memcpy(&in6, address, sizeof in6);
		return port_is_safe(ntohs(in6.sin6_port), own_port) &&
		       identify_ipv6(&in6.sin6_addr, ret_source);
	}
	return false;
}
