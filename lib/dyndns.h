/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dynamic DNS by one signed datagram: the packets, versions 1 and 2.
 *
 * Version 1 is that of tinydns-dynamic-dns-updater: key id, time, signature; the
 * address is the packet's source. Version 2 may state the addresses, and is
 * answered. Pure: no socket, no clock, no cryptography; all numbers big endian.
 *
 *	v1	key id 28, timestamp 8, signature 64 (over all before it)
 *	v2	"tdd2", type, flags, prefix lengths v4 and v6, key id 28, timestamp 8,
 *		IPv4 16 (mapped), IPv6 16, nonce 16, cookie 16, signature 64
 *		(over DYNDNS_V2_CONTEXT with its NUL and all before it)
 *	answer	"tdd2", type, status, prefix lengths, nonce 16, 40 more; never longer than
 *		the request, so that it cannot amplify an attack
 */
#ifndef DYNDNS_H
#define DYNDNS_H

#include "address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DYNDNS_PORT 5533

#define DYNDNS_KEY_SIZE       32 /* Ed25519, RFC 8032: a public key, or the seed of a secret one */
#define DYNDNS_SIGNATURE_SIZE 64
#define DYNDNS_KEY_ID_SIZE    28 /* of the text of a SHA-256 in base64 */
#define DYNDNS_HASH_SIZE      32
#define DYNDNS_ADDRESS_SIZE   16 /* IPv6, or ::ffff:a.b.c.d for IPv4 */
#define DYNDNS_NONCE_SIZE     16
#define DYNDNS_COOKIE_SIZE    16

#define DYNDNS_V1_SIZE     100
#define DYNDNS_V2_SIZE     172
#define DYNDNS_ANSWER_SIZE 64

#define DYNDNS_V2_CONTEXT "tddu v2 update"

/* The longest text that is signed. */
#define DYNDNS_SIGNED_MAX (sizeof DYNDNS_V2_CONTEXT + DYNDNS_V2_SIZE - DYNDNS_SIGNATURE_SIZE)

/* The last second of the year 9999; later times have more digits. */
#define DYNDNS_TIMESTAMP_MAX  253402300799.0
#define DYNDNS_TIMESTAMP_TEXT 24 /* "253402300799.00", with room to spare */

enum dyndns_family {
	DYNDNS_IPV4,
	DYNDNS_IPV6,
	DYNDNS_FAMILIES
};

struct dyndns_request {
	unsigned version; /* 1 or 2 */
	char key_id[DYNDNS_KEY_ID_SIZE];
	double timestamp; /* any double: NaN, infinities, negative */
	uint8_t signature[DYNDNS_SIGNATURE_SIZE];

	/* Version 2 only, else zero. An address that is all zeros was not stated. */
	uint8_t prefix_length[DYNDNS_FAMILIES]; /* 1..32, 1..128 */
	uint8_t address[DYNDNS_FAMILIES][DYNDNS_ADDRESS_SIZE];
	uint8_t nonce[DYNDNS_NONCE_SIZE];
	uint8_t cookie[DYNDNS_COOKIE_SIZE];
};

/*
 * Reads a datagram; its size decides the version.
 *
 * Returns 0, or -EINVAL for anything else: another size, or a version 2 of
 * another type, with a flag or a prefix length that does not exist, or with an
 * IPv4 address that is not mapped. On failure *ret is untouched.
 */
int dyndns_request_read(const uint8_t *bytes, size_t size, struct dyndns_request *ret);

/* The key id in a datagram of one of the two sizes, or NULL; reads nothing else. */
const char *dyndns_request_key_id(const uint8_t *bytes, size_t size);

/* Writes the request. Returns its size. */
size_t dyndns_request_write(const struct dyndns_request *request,
			    uint8_t bytes[static DYNDNS_V2_SIZE]);

/* Writes the text that is signed for a datagram of that size. Returns its length. */
size_t dyndns_signed_text(const uint8_t *bytes, size_t size,
			  uint8_t text[static DYNDNS_SIGNED_MAX]);

/* Writes the key id that belongs to the SHA-256 of a verify key; no NUL. */
void dyndns_key_id(const uint8_t hash[static DYNDNS_HASH_SIZE],
		   char ret[static DYNDNS_KEY_ID_SIZE]);

enum dyndns_answer_type {
	DYNDNS_CHALLENGE = 2,
	DYNDNS_ACKNOWLEDGEMENT = 3
};

enum dyndns_status {
	DYNDNS_APPLIED = 0,       /* now in the zone on disk */
	DYNDNS_UNCHANGED = 1,     /* was in the zone before */
	DYNDNS_PENDING = 2,       /* accepted and saved; the zone could not be written yet */
	DYNDNS_UNCONFIRMED = 3,   /* accepted; another packet with the same address must follow */
	DYNDNS_WITHOUT_EFFECT = 4 /* newer, or not allowed, in every block of the key */
};

/* The server's answer. It is not signed: only the nonce shows that the request arrived. */
struct dyndns_answer {
	enum dyndns_answer_type type;
	enum dyndns_status status; /* of an acknowledgement */
	uint8_t nonce[DYNDNS_NONCE_SIZE];
	uint8_t cookie[DYNDNS_COOKIE_SIZE]; /* of a challenge */
	double server_time;                 /* of a challenge */
	/* The source, of a challenge; the applied addresses or zeros, of an acknowledgement. */
	uint8_t observed[DYNDNS_ADDRESS_SIZE];
	uint8_t address[DYNDNS_FAMILIES][DYNDNS_ADDRESS_SIZE];
};

/* Returns 0, or -EINVAL for anything else. On failure *ret is untouched. */
int dyndns_answer_read(const uint8_t *bytes, size_t size, struct dyndns_answer *ret);
void dyndns_answer_write(const struct dyndns_answer *answer,
			 uint8_t bytes[static DYNDNS_ANSWER_SIZE]);

/* Whether an address is a mapped IPv4 address (::ffff:a.b.c.d). */
bool dyndns_is_mapped(const uint8_t address[static DYNDNS_ADDRESS_SIZE]);
/* Makes ::ffff:a.b.c.d of the four bytes. */
void dyndns_map(const uint8_t ipv4[static 4], uint8_t ret[static DYNDNS_ADDRESS_SIZE]);

#define DYNDNS_ADDRESS_TEXT ADDRESS_TEXT_SIZE

/* Writes an address as text, IPv4 with dots. Returns buffer. */
const char *dyndns_address_text(const uint8_t address[static DYNDNS_ADDRESS_SIZE],
				char buffer[static DYNDNS_ADDRESS_TEXT]);

bool dyndns_is_zero(const void *bytes, size_t size);

/* Any eight bytes are a double. */
double dyndns_timestamp_read(const uint8_t bytes[static 8]);
void dyndns_timestamp_write(double timestamp, uint8_t bytes[static 8]);

/*
 * Whether it is a time: finite, above zero even with two decimals, and at most
 * DYNDNS_TIMESTAMP_MAX.
 */
bool dyndns_timestamp_is_sane(double timestamp);

/*
 * A sane timestamp in hundredths of a second, as zone files have it: the nearest, and
 * of two that are equally near the even one, as "%.2f" does it.
 */
uint64_t dyndns_timestamp_hundredths(double timestamp);

/* Writes it with its point. Returns buffer. */
const char *dyndns_timestamp_text(uint64_t hundredths, char buffer[static DYNDNS_TIMESTAMP_TEXT]);

#endif
