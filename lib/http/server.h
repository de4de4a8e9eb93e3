/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP/1.1 for a service that answers with small pages: libmicrohttpd on lib's loop.
 *
 * The library gets connections that we accepted, and never a listener: it would
 * shut down a socket that belongs to the service manager.
 *
 * Requests that could be read in two ways, or whose body is larger than what is read and
 * discarded, are refused before the service sees more of them.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "clients.h"
#include "loop.h"
#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Daemon;
struct http;

/* A request, without its body. All of it is borrowed for the call. */
struct http_request {
	/* 0, or the status that it must get: 400 or 413. The rest is not set then. */
	unsigned refusal;
	const char *method; /* the case counts */
	/*
	 * The path, decoded (but for one with a NUL in it), without the query; or the absolute
	 * form of RFC 9112 3.2.2.
	 */
	const char *path;
	const char *target; /* the whole of it as it was sent, or NULL: see http_service */
	const char *host;   /* the header, with valid characters; NULL: there is none (HTTP/1.0) */
	const char *accept; /* the header, or NULL */
};

struct http_header {
	const char *name, *value; /* value: NULL for a header that is not sent */
};

/* All of it is borrowed for the call, and copied. */
struct http_answer {
	unsigned status; /* with 400 the connection is closed */
	const struct http_header *headers;
	size_t n_headers;
	const char *body;
	size_t size;
};

/* What a service does with requests. */
struct http_service {
	bool wants_target; /* costs a copy of each */
	/*
	 * Answers by http_answer(), or by http_wait(). Returns what these return; false, when there is no
	 * memory, closes the connection.
	 */
	bool (*request)(struct http *http, struct client *c, const struct http_request *request);
	/*
	 * NULL, or what all that wait are waiting for: http->waiting, the last to come
	 * first, linked by next_waiting. They are resumed after it.
	 */
	void (*commit)(struct http *http);
	/* Answers one that has waited; called after commit(). */
	bool (*resumed)(struct http *http, struct client *c);
};

struct http {
	const struct http_service *service; /* borrowed */
	struct loop *loop;                  /* borrowed */
	struct MHD_Daemon *daemon;

	struct loop_source events; /* the library's epoll descriptor */
	struct loop_timer turn;    /* the library has work that no descriptor reports */
	struct clients clients;

	struct client *arriving; /* handed to the library's callback */
	struct client *waiting;  /* for the end of the turn; a stack */
	unsigned n_waiting;
};

#define HTTP_CLOSED                                                                   \
	{                                                                             \
		.events.fd = -1, .turn = LOOP_TIMER_CLOSED, .clients = CLIENTS_CLOSED \
	}

/*
 * Starts serving all listeners of the set, which stays the caller's, as do loop and service;
 * an empty set is for clients_let_in() only.
 *
 * max_connections: at least 1. Above it a client that has sent nothing, or no complete
 * request, gives its place to one that waits in the kernel's queue; if all are being
 * answered, the listeners are not polled.
 * Returns 0, -ENOMEM when the library cannot be started, or a negative errno of the
 * loop. http_close() is allowed either way.
 */
int http_open(struct http *http, struct loop *loop, const struct http_service *service,
	      const struct sockets *sockets, unsigned max_connections);

/* Gives a client its answer. Returns false when there is no memory. */
bool http_answer(struct http *http, struct client *c, const struct http_answer *answer);

/*
 * Lets the client wait for the end of the turn: one commit() serves all that came in it, so
 * that what it costs is paid once, and a crowd makes it cheaper. Returns true.
 */
bool http_wait(struct http *http, struct client *c);

/*
 * Accepts nobody any more and ends connections without a request; what has been
 * received is still answered while the loop drains.
 */
void http_stop(struct http *http);

void http_close(struct http *http);

#endif
