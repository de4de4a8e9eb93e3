/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports and interfaces. */
#include "units/value-addresses.h"

#include "elements.h"
#include "units/value-numbers.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool is_interface(struct checked *c, const char *text)
{
	/* BindToDevice= takes no alternative names. */
	size_t max = strstr(c->key->name, "BindToDevice") ? 15 : 127;

	return text[0] && strlen(text) <= max && !strpbrk(text, "/:" WHITE) &&
	       !value_has_control(text) && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
	       !value_consists_of(text, DIGITS) && strcmp(text, "all") != 0 &&
	       strcmp(text, "default") != 0;
}

/* SOURCE:FAMILY:TABLE:SET */
static bool is_nft_set(struct checked *c, const char *text)
{
	static const char sources[] = "cgroup user group";
	const char *rest, *source = value_cut(c, text, ':', &rest);
	bool known = value_is_one_of(source, sources);
	unsigned parts = 1;

	for (; known && rest; parts++)
		known = value_cut(c, rest, ':', &rest)[0] != '\0';
	return known && parts == 4;
}

static bool is_port(const char *text)
{
	return value_is_count(text, 1, 65535);
}

/* [family:][protocol:]port or [family:][protocol:]from-to */
static bool is_port_to_bind(struct checked *c, const char *text)
{
	const char *rest, *word = value_cut(c, text, ':', &rest), *last;

	if (strcmp(word, "ipv4") == 0 || strcmp(word, "ipv6") == 0) {
		if (!rest)
			return true;
		word = value_cut(c, rest, ':', &rest);
	}
	if (strcmp(word, "tcp") == 0 || strcmp(word, "udp") == 0) {
		if (!rest)
			return true;
		word = value_cut(c, rest, ':', &rest);
	}
	if (rest)
		return false;
	if (strcmp(word, "any") == 0)
		return true;
	word = value_cut(c, word, '-', &last);
	return value_is_count(word, 0, 65535) &&
	       (!last || (value_is_count(last, 1, 65535) &&
			  strtoul(word, NULL, 0) <= strtoul(last, NULL, 0)));
}

static bool is_address_prefix(struct checked *c, const char *text)
{
	const char *length, *address = value_cut(c, text, '/', &length);
	unsigned char bytes[16];
	bool is_v6 = inet_pton(AF_INET6, address, bytes) == 1;

	if (!is_v6 && inet_pton(AF_INET, address, bytes) != 1)
		return false;
	return !length || value_is_count(length, 0, is_v6 ? 128 : 32);
}

static bool is_vsock(struct checked *c, const char *text)
{
	const char *port, *cid = value_cut(c, text, ':', &port);

	return port && value_is_count(port, 0, UINT32_MAX) &&
	       (cid[0] == '\0' || value_is_count(cid, 0, UINT32_MAX));
}

static bool is_listen_address(struct checked *c, const char *text)
{
	static const char *const vsock[] = { "vsock:", "vsock-stream:", "vsock-dgram:",
					     "vsock-seqpacket:" };
	const char *colon = strrchr(text, ':'), *address, *rest;
	unsigned char bytes[16];

	if (text[0] == '/')
		return strlen(text) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	if (text[0] == '@')
		return text[1] && strlen(text) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	for (size_t i = 0; i < ELEMENTS(vsock); i++)
		if (value_after(text, vsock[i]))
			return is_vsock(c, value_after(text, vsock[i]));
	if (is_port(text))
		return true;
	if (!colon || !is_port(colon + 1))
		return false;
	if (text[0] == '[') {
		address = value_cut(c, text + 1, ']', &rest);
		if (!rest)
			return false;
		/* "[fe80::1]:80%eth0" is refused above; "[fe80::1%eth0]:80" is read. */
		address = value_cut(c, address, '%', &rest);
		return strstr(text, "]:") && strstr(text, "]:") + 1 == colon &&
		       inet_pton(AF_INET6, address, bytes) == 1;
	}
	address = pool_copy_bytes(c->pool, text, (size_t)(colon - text));
	c->no_memory |= !address;
	return address && inet_pton(AF_INET, address, bytes) == 1;
}

static bool is_unix_address(struct checked *c, const char *text)
{
	return strchr("/@", text[0]) && is_listen_address(c, text);
}

static bool is_netlink(struct checked *c, const char *text)
{
	static const char families[] =
		"route firewall inet-diag nflog xfrm selinux iscsi audit fib-lookup "
		"connector netfilter ip6-fw dnrtmsg kobject-uevent generic "
		"scsitransport ecryptfs rdma";
	const char *rest, *family = value_cut(c, text, ' ', &rest);

	return (value_is_one_of(family, families) || value_is_count(family, 0, INT_MAX)) &&
	       (!rest || value_is_count(rest + strspn(rest, WHITE), 0, UINT32_MAX));
}

const struct checker address_checkers[] = {
	{ "an NFT set", is_nft_set, false },
	{ "an interface", is_interface, true },
	{ "a UNIX address to listen at", is_unix_address, true },
	{ "a port to bind", is_port_to_bind, false },
	{ "an address", is_address_prefix, false },
	{ "an address to listen at", is_listen_address, true },
	{ "a netlink family", is_netlink, true },
	{ 0 },
};
