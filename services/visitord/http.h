/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP/1.1 for the visitor counter: libmicrohttpd on lib's loop.
 *
 * The library gets connections that we accepted, and never a listener: it would
 * shut down a socket that belongs to the service manager. A request that counts is
 * suspended; after each turn one commit serves all of them, and only then they
 * are answered. So durability costs one disk write per turn, not per visit, and a crowd
 * makes it cheaper.
 */
#ifndef HTTP_H
#define HTTP_H

#include "clients.h"
#include "counter.h"
#include "loop.h"
#include "pages.h"
#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Daemon;

struct http {
	struct loop *loop;       /* borrowed */
	struct counter *counter; /* borrowed */
	struct MHD_Daemon *daemon;

	struct loop_source events; /* the library's epoll descriptor */
	struct loop_timer turn;    /* the library has work that no descriptor reports */
	struct clients clients;

	struct client *arriving; /* handed to the library's callback */
	struct client *waiting;  /* for the next commit; a stack */
	unsigned n_waiting;
	struct page_metrics metrics; /* the rest is filled in for each answer */

	bool failing;               /* logged that the counter cannot be written */
	uint64_t failure_logged_us; /* when; 0: never */
};

#define HTTP_CLOSED                                                                   \
	{                                                                             \
		.events.fd = -1, .turn = LOOP_TIMER_CLOSED, .clients = CLIENTS_CLOSED \
	}

/*
 * Starts serving all listeners of the set, which stays the caller's, as do loop
 * and counter.
 *
 * max_connections: at least 1. Above it a client that has sent nothing, or no complete
 * request, gives its place to one that waits in the kernel's queue; if all are being
 * answered, the listeners are not polled.
 * Returns 0, -ENOMEM when the library cannot be started, or a negative errno of the
 * loop. http_close() is allowed either way.
 */
int http_open(struct http *http, struct loop *loop, struct counter *counter,
	      const struct sockets *sockets, unsigned max_connections);

/*
 * Accepts nobody any more and ends connections without a request; what has been
 * received is still answered while the loop drains.
 */
void http_stop(struct http *http);

void http_close(struct http *http);

#endif
