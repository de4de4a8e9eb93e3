/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TLS before a service: accepts clients, shakes hands, and gives the service a stream socket for
 * each, with what the client says in plain text. So the service, and the library that it may
 * have for its protocol, need not know of TLS.
 *
 * A client that has sent nothing costs no more than a descriptor; one that shakes hands, or is
 * connected, about 40 KiB, and two descriptors more for the pair of sockets. At the limit of
 * connections the place of one that does nothing goes to one that waits in the kernel's queue.
 */
#ifndef TLS_FRONT_H
#define TLS_FRONT_H

#include "deadlines.h"
#include "identity.h"
#include "listeners.h"
#include "loop.h"
#include "sockets.h"

struct tls_front {
	struct loop *loop;             /* borrowed */
	struct tls_identity *identity; /* of clients to come; a reference of its own */
	void (*connected)(struct tls_front *front, int fd);
	struct listeners listeners;
	struct deadlines deadlines; /* of all connections, the one that is quiet longest first */
};

#define TLS_FRONT_CLOSED                                                             \
	{                                                                            \
		.listeners.retry = LOOP_TIMER_CLOSED, .deadlines = DEADLINES_CLOSED, \
	}

/*
 * Accepts clients on all listeners of the set, which stays the caller's, as does the loop.
 *
 * max: at least 1. identity: borrowed for the call. connected: takes the descriptor (non-blocking,
 * close-on-exec) of a client whose handshake is complete; when the service closes it, what
 * was written before is sent, and the connection ends. An end of its stream is one of the client's.
 * Returns 0 or a negative errno of the loop; tls_front_close() is allowed either way.
 */
int tls_front_open(struct tls_front *front, struct loop *loop, const struct sockets *sockets,
		   unsigned max, struct tls_identity *identity,
		   void (*connected)(struct tls_front *front, int fd));

/* Another identity, for handshakes that begin from now on; borrowed for the call. */
void tls_front_use(struct tls_front *front, struct tls_identity *identity);

/*
 * Accepts nobody any more, and ends the connections that have all of their answers. Others stay
 * until the service closes.
 */
void tls_front_stop(struct tls_front *front);

/* Ends all connections. */
void tls_front_close(struct tls_front *front);

#endif
