/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes packets, sends them, and waits for the server's answer. */
#ifndef SEND_H
#define SEND_H

#include "dyndns.h"
#include "values.h"

#include <stdbool.h>

/* More than people keep in one file. */
#define SIGNERS_MAX 64

#define SECRET_SIZE 64 /* seed and verify key, as libsodium has them */

struct signer {
	uint8_t secret[SECRET_SIZE];
	uint8_t verify_key[DYNDNS_KEY_SIZE];
	char key_id[DYNDNS_KEY_ID_SIZE + 1];
};

/* Makes a signer of the 32 bytes of a signing key. */
void signer_make(const uint8_t seed[static DYNDNS_KEY_SIZE], struct signer *ret);

/* Fills in key id and signature. Returns the size of the packet. */
size_t signer_sign(const struct signer *signer, struct dyndns_request *request,
		   uint8_t bytes[static DYNDNS_V2_SIZE]);

/* In seconds: CLOCK_REALTIME, CLOCK_MONOTONIC. */
double unix_time(void);
double monotonic_time(void);

struct route {
	int family;  /* AF_UNSPEC, AF_INET, AF_INET6 */
	bool random; /* any of the addresses of a name, not the first */
	bool debug;
	const struct endpoint *bind; /* NULL: the kernel's choice */
};

/*
 * Resolves and opens a connected socket. Logs failures itself. Returns the descriptor,
 * which is the caller's, or a negative errno.
 */
int open_route(const struct endpoint *destination, const struct route *route);

/* AF_INET or AF_INET6 of a socket. */
int socket_family(int fd);

/* Sends one packet. Returns 0 or a negative errno. */
int send_packet(int fd, const uint8_t *bytes, size_t size);

/*
 * Sends a request of version 2, each time with a new timestamp, until the server
 * acknowledges it, and answers challenges.
 *
 * Returns 0 and sets *ret, -ETIMEDOUT, or the errno of getrandom(2).
 */
int ask(int fd, const struct signer *signer, const struct dyndns_request *request, double seconds,
	struct dyndns_answer *ret);

#endif
