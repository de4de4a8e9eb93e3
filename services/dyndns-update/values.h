/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values on the command line of dyndns-update: pure readers of text. */
#ifndef VALUES_H
#define VALUES_H

#include "dyndns.h"

#include <netinet/in.h>

/* RFC 1035: a name has 253 characters; an IPv6 address with a zone fits as well. */
#define HOST_SIZE 256

struct endpoint {
	char host[HOST_SIZE];
	uint16_t port;
};

/*
 * Takes the first of "HOST[:PORT][/…]" off a list: a name, an IPv4 address, an IPv6
 * address with or without brackets ("::1", "[::1]", "[::1]:5533").
 *
 * Returns 1 and sets *ret, 0 at the end of the list, or -EINVAL.
 */
int next_endpoint(const char **list, uint16_t default_port, struct endpoint *ret);

/* How long to wait between packets: the first delay, and how it changes. */
struct delay {
	double seconds;
	char operation; /* '+' '-' '*' '/'; 0: it stays */
	double argument;
};

/* A day: the limit of a delay and of its growth. */
#define DELAY_SECONDS_MAX 86400.0

/*
 * Reads "SECONDS" or "SECONDS:OPERATION:NUMBER", with add, sub, mul or div: "1:mul:2"
 * is 1, 2, 4, 8. Returns 0 or -EINVAL.
 */
int parse_delay(const char *text, struct delay *ret);

/* The delay after this one: never negative, never above DELAY_SECONDS_MAX. */
void next_delay(struct delay *delay);

/* Reads an address of either family. Returns 0 or -EINVAL. */
int parse_address(const char *text, enum dyndns_family *ret_family,
		  uint8_t ret[static DYNDNS_ADDRESS_SIZE]);

/*
 * Reads "ADDRESS/LENGTH", or "/LENGTH" for the prefix of the IPv6 address that the
 * packet comes from: then the address is all zeros. Returns 0 or -EINVAL.
 */
int parse_prefix(const char *text, enum dyndns_family *ret_family,
		 uint8_t ret[static DYNDNS_ADDRESS_SIZE], uint8_t *ret_length);

#endif
