/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to answers: redirects over HTTP, lunches over HTTPS. */
#ifndef SERVER_H
#define SERVER_H

#include "http/server.h"
#include "loop.h"
#include "menu.h"
#include "sockets.h"
#include "tls/front.h"

#include <stdint.h>

struct server {
	struct http redirects;  /* on sockets for HTTP */
	struct tls_front front; /* on sockets for HTTPS */
	struct http lunches;    /* behind it */
	struct menu *menu;      /* borrowed; may change between requests */
	uint16_t port;          /* of HTTPS, for redirects */
};

#define SERVER_CLOSED                                                                       \
	{                                                                                   \
		.redirects = HTTP_CLOSED, .front = TLS_FRONT_CLOSED, .lunches = HTTP_CLOSED \
	}

/* Descriptors of a connection over HTTPS: its socket, and the pair behind it. */
#define SERVER_DESCRIPTORS 3

/*
 * Starts serving the sockets of both sets, which stay the caller's, as do loop and menu; identity is
 * borrowed for the call.
 *
 * max_connections: of each kind, at least 1. Returns 0, -ENOMEM or a negative errno of the loop.
 * server_close() is allowed either way.
 */
int server_open(struct server *server, struct loop *loop, const struct sockets *plain,
		const struct sockets *secure, unsigned max_connections, struct menu *menu,
		struct tls_identity *identity);

/* Accepts nobody any more; what has been received is still answered while the loop drains. */
void server_stop(struct server *server);

/* How many clients are connected. */
unsigned server_clients(const struct server *server);

void server_close(struct server *server);

#endif
