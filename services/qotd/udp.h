/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Quotes over UDP, where an answer does no harm: see source.h and limiter.h. Every
 * datagram is read, answered or not, or the service manager would start us for it
 * again and again.
 */
#ifndef UDP_H
#define UDP_H

#include "limiter.h"
#include "loop.h"
#include "pick.h"
#include "quotes.h"
#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct udp_socket {
	struct loop_source source; /* borrowed from the set of sockets */
	struct udp *udp;
	uint16_t port; /* it is bound to */
};

struct udp {
	struct loop *loop;           /* borrowed */
	const struct quotes *quotes; /* borrowed */
	enum pick pick;
	bool silent; /* read, never answer */
	struct limiter *limiter;
	struct udp_socket sockets[SOCKETS_MAX];
	size_t n_sockets;
};

#define UDP_CLOSED ((struct udp){ 0 })

/*
 * Starts serving the datagram sockets of the set, which stays the caller's, as do
 * loop and quotes; others in it are left alone.
 *
 * rate: as in limiter_open(). silent: only read, never answer.
 * Returns 0, -ENOMEM, or a negative errno of the loop or of getrandom(2).
 * udp_close() is allowed either way.
 */
int udp_open(struct udp *udp, struct loop *loop, const struct quotes *quotes, enum pick pick,
	     unsigned rate, bool silent, const struct sockets *sockets);

/* Reads no more; later datagrams are for the next process. */
void udp_stop(struct udp *udp);

void udp_close(struct udp *udp);

#endif
