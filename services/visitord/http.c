/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP/1.1 for the visitor counter: libmicrohttpd on lib's loop. */
#include "http.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"
#include "log.h"
#include "number.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/*
 * The only time limit: from accept, or from the end of the last answer, a client has
 * this long to send a request and take the answer. It ends slow senders, silent
 * clients, idle keep-alive and clients that never read.
 */
#define REQUEST_SECONDS 10

/*
 * For a connection's headers, both ways. The library's default of 32 KiB costs
 * half of the throughput; at 2 KiB the headers of some browsers do not fit.
 */
#define CONNECTION_MEMORY 4096

/* Bytes of a request's body that are read and discarded; then the client is dropped. */
#define BODY_MAX 65536

/*
 * The kernel's buffer for answers, per connection: several of the largest. It
 * would grow to megabytes for a client that keeps asking and never reads.
 */
#define SEND_BUFFER (8 * PAGE_SIZE)

/* Rounds before other sources have their turn. */
#define TURN_ROUNDS 32

/* A disk that fails now and then is logged no more often than this. */
#define FAILURE_SECONDS 60

enum client_state {
	CLIENT_IDLE,      /* no request whose headers are complete */
	CLIENT_RECEIVING, /* its body */
	CLIENT_WAITING,   /* suspended until the next commit */
	CLIENT_COUNTED,   /* resumed, with a number */
	CLIENT_REFUSED,   /* resumed, without one */
	CLIENT_ANSWERED,
};

struct client {
	struct http *http;
	struct MHD_Connection *connection;
	int fd; /* the library's */
	enum client_state state;
	enum page_name page;
	uint64_t number;
	uint64_t body_size;
	bool served; /* it had an answer before */
	struct deadline deadline;
	struct client *next_waiting;
};

static void deadline_elapsed(struct deadlines *deadlines, struct deadline *deadline)
{
	const struct client *c = CONTAINER_OF(deadline, struct client, deadline);

	(void)deadlines;
	/* The connection, never a listener. The library sees the end and closes it. */
	(void)shutdown(c->fd, SHUT_RDWR);
}

/* Letting clients in */

/* Takes the descriptor, whatever happens. */
static int let_in(struct listeners *listeners, int fd)
{
	struct http *http = CONTAINER_OF(listeners, struct http, listeners);
	const int send_buffer = SEND_BUFFER;
	struct client *c = calloc(1, sizeof *c);

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	if (!c) {
		(void)close(fd);
		listeners_wait(listeners);
		return 0;
	}
	c->http = http;
	c->fd = fd;
	http->arriving = c;
	/* Without the peer's address: nothing needs it. */
	if (MHD_add_connection(http->daemon, fd, NULL, 0) != MHD_YES)
		listeners_wait(listeners);
	free(http->arriving); /* if the library did not take it */
	http->arriving = NULL;
	return 0;
}

static void connection_changed(void *cls, struct MHD_Connection *connection, void **context,
			       enum MHD_ConnectionNotificationCode what)
{
	struct http *http = cls;
	struct client *c;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		c = http->arriving;
		http->arriving = NULL;
		c->connection = connection;
		*context = c;
		listeners_hold(&http->listeners);
		deadline_set(&c->http->clients, &c->deadline);
		return;
	}
	c = *context;
	deadline_clear(&c->http->clients, &c->deadline);
	free(c);
	listeners_release(&http->listeners);
}

/*
 * The library misses an end of the stream that arrives together with a request
 * (edge-triggered epoll, and a short read), and would keep the connection until its
 * deadline. A shutdown makes a new edge. After a suspension there is one anyway.
 */
static void notice_end(const struct client *c)
{
	char byte;

	if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		(void)shutdown(c->fd, SHUT_RD);
}

static void request_ended(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_RequestTerminationCode how)
{
	struct client *c = *context;

	(void)cls;
	(void)connection;
	if (!c)
		return;
	c->state = CLIENT_IDLE;
	c->served = true;
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK && c->deadline.at_us > 0)
		deadline_set(&c->http->clients, &c->deadline);
	if (!pages[c->page].counts)
		notice_end(c);
	*context = NULL;
}

/* Answering */

static bool add_headers(const struct http *http, const struct page *page,
			struct MHD_Response *response)
{
	const struct {
		const char *name, *value;
	} headers[] = {
		{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
		{ MHD_HTTP_HEADER_CONTENT_TYPE, page->type },
		{ MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, page->type ? "nosniff" : NULL },
		{ MHD_HTTP_HEADER_CONTENT_SECURITY_POLICY, page->policy },
		{ page->header, page->value },
		{ MHD_HTTP_HEADER_CONNECTION, http->listeners.stopped ? "close" : NULL },
	};

	for (size_t i = 0; i < ELEMENTS(headers); i++)
		if (headers[i].value &&
		    MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES)
			return false;
	return true;
}

/* MHD_NO closes the connection: there is no memory for anything else. */
static enum MHD_Result answer(struct client *c, enum page_name name, uint64_t number)
{
	struct http *http = c->http;
	const struct page *page = &pages[name];
	struct MHD_Response *response;
	enum MHD_Result queued = MHD_NO;
	char body[PAGE_SIZE];
	size_t size;

	http->metrics.requests[page_status_index(page->status)]++;
	http->metrics.visits = http->counter->number;
	http->metrics.connections = http->listeners.n_clients;
	size = page_render(name, number, &http->metrics, body);
	response = MHD_create_response_from_buffer_copy(size, body);
	if (!response)
		return MHD_NO;
	if (add_headers(http, page, response))
		queued = MHD_queue_response(c->connection, page->status, response);
	MHD_destroy_response(response);
	c->state = CLIENT_ANSWERED;
	return queued;
}

static const char *request_header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The first call for a request: headers only. */
static enum MHD_Result begin_request(struct client *c)
{
	const char *length = request_header(c->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t size;

	c->state = CLIENT_RECEIVING;
	c->body_size = 0;
	if (length && parse_uint(length, 0, BODY_MAX, &size) < 0)
		return answer(c, PAGE_TOO_LARGE, 0);
	/* An answer now would close the connection after it, so it is given in the next call. */
	return MHD_YES;
}

static enum MHD_Result discard(struct client *c, size_t *size)
{
	c->body_size += *size;
	*size = 0;
	return c->body_size > BODY_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result end_request(struct client *c, const char *method, const char *target)
{
	struct http *http = c->http;

	c->page =
		page_choose(method, target, request_header(c->connection, MHD_HTTP_HEADER_ACCEPT));
	if (!pages[c->page].counts || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		return answer(c, c->page, http->counter->number);

	c->state = CLIENT_WAITING;
	c->next_waiting = http->waiting;
	http->waiting = c;
	http->n_waiting++;
	MHD_suspend_connection(c->connection);
	return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *target,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **context)
{
	struct client *c = *context;

	(void)cls;
	(void)version;
	(void)body;
	if (!c) {
		c = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			    ->socket_context;
		*context = c;
		return begin_request(c);
	}
	switch (c->state) {
	case CLIENT_RECEIVING:
		return *body_size > 0 ? discard(c, body_size) : end_request(c, method, target);
	case CLIENT_COUNTED:
		return answer(c, c->page, c->number);
	case CLIENT_REFUSED:
		return answer(c, PAGE_NO_NUMBER, 0);
	case CLIENT_IDLE:
	case CLIENT_WAITING:
	case CLIENT_ANSWERED:
		break;
	}
	assert(0 && "the library calls for a request that is answered or suspended");
	return MHD_NO;
}

/* Counting */

static void report_outcome(struct http *http, int r)
{
	uint64_t now;

	if (r == 0) {
		if (http->failing)
			log_info("counting again");
		http->failing = false;
		return;
	}
	now = now_us(CLOCK_MONOTONIC);
	if (http->failing || (http->failure_logged_us > 0 &&
			      now - http->failure_logged_us < FAILURE_SECONDS * USEC_PER_SEC))
		return;
	http->failing = true;
	http->failure_logged_us = now;
	if (r == -ERANGE)
		log_error("counter is at its maximum; answering 503");
	else
		log_failure(r, "cannot write the counter; answering 503 until it works");
}

/* One commit for all that wait. */
static void commit(struct http *http)
{
	struct client *c;
	uint64_t number = 0;
	int r;

	if (http->n_waiting == 0)
		return;
	r = counter_add(http->counter, http->n_waiting, &number);
	report_outcome(http, r);
	/* The last to come is the first on the stack, and gets the highest number. */
	number += http->n_waiting;
	while ((c = http->waiting)) {
		http->waiting = c->next_waiting;
		c->number = --number;
		c->state = r == 0 ? CLIENT_COUNTED : CLIENT_REFUSED;
		MHD_resume_connection(c->connection);
	}
	http->n_waiting = 0;
}

/*
 * Lets the library work while further requests come, commits, and goes on as long as
 * it has work that no descriptor reports: first of all, the answers.
 */
static int run_turn(struct http *http)
{
	uint64_t milliseconds;
	unsigned before;

	for (int i = 0; i < TURN_ROUNDS; i++) {
		before = http->n_waiting;
		if (MHD_run(http->daemon) != MHD_YES)
			return -EIO;
		/* Looking for more costs less than a disk write for few. */
		if (http->n_waiting > before)
			continue;
		commit(http);
		if (MHD_get_timeout64(http->daemon, &milliseconds) != MHD_YES || milliseconds > 0)
			return 0;
	}
	commit(http);
	loop_timer_set(&http->turn, 1);
	return 0;
}

static int events_ready(struct loop *loop, struct loop_source *source)
{
	(void)loop;
	return run_turn(CONTAINER_OF(source, struct http, events));
}

static int turn_elapsed(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	return run_turn(CONTAINER_OF(timer, struct http, turn));
}

/* Life */

static int open_timers(struct http *http)
{
	int r;

	http->turn.elapsed = turn_elapsed;
	r = loop_timer_open(http->loop, &http->turn);
	if (r == 0)
		r = deadlines_open(&http->clients, http->loop, REQUEST_SECONDS * USEC_PER_SEC,
				   deadline_elapsed);
	return r;
}

int http_open(struct http *http, struct loop *loop, struct counter *counter,
	      const struct sockets *sockets, unsigned max_connections)
{
	int r;

	*http = (struct http)HTTP_CLOSED;
	http->loop = loop;
	http->counter = counter;
	r = open_timers(http);
	if (r < 0)
		return r;

	/* One thread: without this flag each resume would write to an eventfd. */
	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_NO_THREAD_SAFETY |
			MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, handle, NULL,                  /* no port, no accept policy */
		MHD_OPTION_CONNECTION_LIMIT, max_connections, /* the default is select(2)'s */
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http, MHD_OPTION_NOTIFY_COMPLETED,
		request_ended, NULL, MHD_OPTION_END);
	if (!http->daemon)
		return -ENOMEM;
	http->events.fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	http->events.ready = events_ready;
	r = loop_add(loop, &http->events, EPOLLIN);
	if (r < 0)
		return r;
	return listeners_open(&http->listeners, loop, sockets, max_connections, let_in);
}

void http_stop(struct http *http)
{
	listeners_stop(&http->listeners);
	/*
	 * Idle keep-alive connections would delay the stop until their deadlines. What the
	 * kernel has received is still read and answered, then the stream ends. New
	 * clients, which are about to ask, are not shut down.
	 */
	for (struct deadline *d = http->clients.first; d; d = d->later) {
		const struct client *c = CONTAINER_OF(d, struct client, deadline);

		if (c->state == CLIENT_IDLE && c->served)
			(void)shutdown(c->fd, SHUT_RD);
	}
}

void http_close(struct http *http)
{
	if (http->daemon) {
		assert(!http->waiting); /* each turn ends with a commit */
		loop_remove(http->loop, &http->events);
		MHD_stop_daemon(http->daemon); /* closes what connections are left */
		http->daemon = NULL;
	}
	loop_timer_close(http->loop, &http->turn);
	deadlines_close(&http->clients, http->loop);
	listeners_close(&http->listeners);
}
