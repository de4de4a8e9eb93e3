/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connections of clients, from accept to close.
 *
 * The HTTP library has a client from its first byte to its last answer. Before, and after
 * when it may still be sending, it is here: it costs no more than a descriptor, and at the
 * limit of connections its place goes to a client that waits.
 */
#ifndef HTTP_CLIENTS_H
#define HTTP_CLIENTS_H

#include "deadlines.h"
#include "listeners.h"
#include "loop.h"
#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;
struct clients;

enum client_state {
	CLIENT_SILENT,    /* has sent nothing yet: the library does not know it */
	CLIENT_IDLE,      /* no request whose headers are complete */
	CLIENT_RECEIVING, /* its body */
	CLIENT_WAITING,   /* suspended until the end of the turn */
	CLIENT_RESUMED,
	CLIENT_ANSWERED,
	CLIENT_LINGERING, /* the library has closed it, and it may still be sending */
};

struct client {
	struct clients *clients;
	struct loop_source source; /* its descriptor is ours or, in between, the library's */
	struct deadline deadline;
	enum client_state state;
	bool served;      /* it had an answer before */
	bool closing;     /* its request was whole, and the last one */
	size_t discarded; /* bytes, since it lingers */

	/* Its request, for server.c. */
	struct MHD_Connection *connection;
	uint64_t body_size; /* received */
	char *target;       /* as it was sent, if the service wants it; owned */
	bool suspended;     /* its answer waited for the end of a turn */
	struct client *next_waiting;

	/* For the service: which answer it gets, and the number in it. */
	unsigned page;
	uint64_t number;
};

struct clients {
	struct loop *loop; /* borrowed */
	/*
	 * Gives the descriptor to the library, which has or closes it from now on. Returns
	 * whether it has the client.
	 */
	bool (*hand_over)(struct clients *clients, struct client *c);
	struct listeners listeners;
	struct deadlines deadlines;
	bool is_closing;
};

#define CLIENTS_CLOSED                                                               \
	{                                                                            \
		.listeners.retry = LOOP_TIMER_CLOSED, .deadlines = DEADLINES_CLOSED, \
	}

/*
 * Accepts clients on all listeners of the set, which stays the caller's, as does the loop.
 * max: at least 1. Returns 0 or a negative errno of the loop; clients_close() is allowed
 * either way.
 */
int clients_open(struct clients *clients, struct loop *loop, const struct sockets *sockets,
		 unsigned max, bool (*hand_over)(struct clients *clients, struct client *c));

/*
 * Lets in a client that the service has accepted, or the end of a pair of sockets whose other end
 * speaks for one. Takes the descriptor, non-blocking and close-on-exec, whatever happens; as many
 * are let in as there are.
 */
void clients_let_in(struct clients *clients, int fd);

/* Accepts nobody any more, and ends connections without a request. */
void clients_stop(struct clients *clients);

/* Closes those that the library does not have; what it closes from now on is freed at once. */
void clients_close_ours(struct clients *clients);

/* After it has closed the others. */
void clients_close(struct clients *clients);

/* Had its answer, and may ask again: its time begins anew. */
void client_served(struct client *c);

/* Ends its stream if it has ended its own. */
void client_notice_end(const struct client *c);

/* The library closes its descriptor, the sending side of which is shut down. Frees it, now or later. */
void client_closed(struct client *c);

#endif
