/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers to packets of version 2: challenges, and acknowledgements after the disk. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "accept.h"
#include "pending.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* More clients than this get no acknowledgement, and send their packet again. */
#define ANSWERS_MAX 256

/* Where a datagram came from, and how to answer it. */
struct peer {
	int fd; /* borrowed; the socket it came to */
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
	socklen_t address_size;
	/* IP_PKTINFO, IPV6_PKTINFO: the address it came to, which must be the answer's source. */
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t control_size;
};

/* Clients that wait for the disk. */
struct answers {
	struct answers_waiting {
		struct peer peer;
		struct state_key *key;
		uint8_t nonce[DYNDNS_NONCE_SIZE];
		bool families[DYNDNS_FAMILIES];
	} at[ANSWERS_MAX];
	size_t n;
};

/* The peer's address, mapped for IPv4. Returns false for another family. */
bool peer_source(const struct peer *peer, uint8_t ret[static DYNDNS_ADDRESS_SIZE]);

/* Sends one answer, which may get lost like any datagram. */
void answer_send(const struct peer *peer, const struct dyndns_answer *answer);

/* Remembers who sent an accepted packet, if it is of version 2. */
void answers_add(struct answers *answers, const struct peer *peer, const struct accepted *accepted);

/* Acknowledges to all of them what became of their updates; failed: they are still pending. */
void answers_send(struct answers *answers, const struct pending *pending, bool failed);

#endif
