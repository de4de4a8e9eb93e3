/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Quotes over TCP, and over other streams.
 *
 * A client gets its quote as soon as it is accepted, with one send(2): a quote is
 * below 512 bytes, and the kernel never makes a socket's send buffer smaller than
 * some thousand. What remains is to close without destroying the answer. If a
 * client has sent something that nobody reads, close(2) sends a reset, and the
 * client's kernel may then discard the quote. So we only shut down our side,
 * discard what the client sends, and close when it does, or after
 * TCP_LINGER_SECONDS.
 */
#ifndef TCP_H
#define TCP_H

#include "deadlines.h"
#include "listeners.h"
#include "loop.h"
#include "pick.h"
#include "quotes.h"
#include "sockets.h"

#include <stddef.h>

/* How long a client may stay after its quote: a round trip and some retransmissions. */
#define TCP_LINGER_SECONDS 5

/*
 * Further clients wait in the kernel's queue. One descriptor each: below the usual
 * limit of 1024.
 */
#define TCP_MAX_CONNECTIONS 512

struct tcp_connection;

struct tcp {
	struct loop *loop;           /* borrowed */
	const struct quotes *quotes; /* borrowed */
	enum pick pick;

	struct listeners listeners;

	struct tcp_connection *pool;   /* as many as there can be */
	struct tcp_connection *unused; /* a stack of those that were used before */
	size_t n_touched;              /* of the pool: those after it were never used */
	struct deadlines connections;
};

#define TCP_CLOSED \
	((struct tcp){ .connections = DEADLINES_CLOSED, .listeners.retry = LOOP_TIMER_CLOSED })

/*
 * Starts serving the listening sockets of the set, which stays the caller's, as do
 * loop and quotes; others in it are left alone. Each connection is held in the
 * loop until it is closed.
 *
 * Returns 0, -ENOMEM or a negative errno of the loop. tcp_close() is allowed either
 * way.
 */
int tcp_open(struct tcp *tcp, struct loop *loop, const struct quotes *quotes, enum pick pick,
	     const struct sockets *sockets);

/*
 * Answers on a connection, and closes it later. The descriptor is taken.
 *
 * Returns 0 whatever the client does, or the negative errno of getrandom(2).
 */
int tcp_answer(struct tcp *tcp, int fd);

/* Accepts nobody any more. Those that are there have their quotes. */
void tcp_stop(struct tcp *tcp);

void tcp_close(struct tcp *tcp);

#endif
