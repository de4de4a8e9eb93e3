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
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/*
 * The only time limit: from accept, or from the end of the last answer, a client has
 * this long to send a request and take the answer. It ends slow senders, silent
 * clients, idle keep-alive and clients that never read.
 */
#define REQUEST_SECONDS 10

/*
 * For a connection's headers, both ways: an eighth is kept for the answer's, and each line
 * and each argument of a request costs 64 bytes beside its text. The library's default of
 * 32 KiB costs half of the throughput; at 4 KiB a browser behind two proxies does not fit.
 */
#define CONNECTION_MEMORY 8192

/* Bytes of a request's body that are read and discarded; then the client gets 413. */
#define BODY_MAX 65536

/*
 * What is still read and discarded from a client that is refused while it sends. Closed at
 * once, its kernel would discard the answer.
 */
#define LINGER_MAX     ((size_t)4 * 1024 * 1024)
#define LINGER_PORTION 4096

/*
 * The kernel's buffer for answers, per connection: several of the largest. It
 * would grow to megabytes for a client that keeps asking and never reads.
 */
#define SEND_BUFFER (8 * PAGE_SIZE)

/*
 * At the limit of connections, when another client waits: how long one keeps its place that
 * has sent nothing, since a request comes right behind the connection; and how long one
 * that is slow, or may ask again.
 */
#define SILENT_GRACE_US (USEC_PER_SEC / 40)
#define SLOW_GRACE_US   USEC_PER_SEC

/* Rounds before other sources have their turn. */
#define TURN_ROUNDS 32

/* A disk that fails now and then is logged no more often than this. */
#define FAILURE_SECONDS 60

enum client_state {
	CLIENT_SILENT,    /* has sent nothing yet: the library does not know it */
	CLIENT_IDLE,      /* no request whose headers are complete */
	CLIENT_RECEIVING, /* its body */
	CLIENT_WAITING,   /* suspended until the next commit */
	CLIENT_COUNTED,   /* resumed, with a number */
	CLIENT_REFUSED,   /* resumed, without one */
	CLIENT_ANSWERED,
	CLIENT_LINGERING, /* the library has closed it, and it may still be sending */
};

struct client {
	struct http *http;
	struct MHD_Connection *connection;
	struct loop_source source; /* its descriptor is ours or, in between, the library's */
	enum client_state state;
	enum page_name page;
	uint64_t number;
	uint64_t body_size; /* received; when lingering, discarded */
	bool served;        /* it had an answer before */
	bool closing;       /* its request was whole, and the last one */
	struct deadline deadline;
	struct client *next_waiting;
};

static bool is_ours(const struct client *c)
{
	return c->state == CLIENT_SILENT || c->state == CLIENT_LINGERING;
}

/* The library closes its descriptors itself. */
static void free_client(struct client *c)
{
	struct http *http = c->http;

	if (is_ours(c)) {
		loop_remove(http->loop, &c->source);
		close_fd(&c->source.fd);
	}
	deadline_clear(&http->clients, &c->deadline);
	free(c);
	listeners_release(&http->listeners);
}

/* The connection, never a listener. The library sees the end and closes it. */
static void end_connection(const struct client *c)
{
	(void)shutdown(c->source.fd, SHUT_RDWR);
}

static void deadline_elapsed(struct deadlines *deadlines, struct deadline *deadline)
{
	struct client *c = CONTAINER_OF(deadline, struct client, deadline);

	(void)deadlines;
	if (is_ours(c))
		free_client(c);
	else
		end_connection(c);
}

/* Returns what recv(2) does, and -1 also when there is nothing yet. */
static ssize_t peek(const struct client *c)
{
	char byte;

	return recv(c->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/* Letting clients in */

/* Gives a client that has sent something to the library. */
static void start(struct client *c)
{
	struct http *http = c->http;

	loop_remove(http->loop, &c->source);
	c->state = CLIENT_IDLE;
	http->arriving = c;
	/* Without the peer's address: nothing needs it. */
	if (MHD_add_connection(http->daemon, c->source.fd, NULL, 0) != MHD_YES)
		listeners_wait(&http->listeners);
	/* If the library did not take it, it has closed the descriptor. */
	if (http->arriving)
		free_client(http->arriving);
	http->arriving = NULL;
}

static int client_ready(struct loop *loop, struct loop_source *source)
{
	struct client *c = CONTAINER_OF(source, struct client, source);
	char discarded[LINGER_PORTION];
	ssize_t n;

	(void)loop;
	n = c->state == CLIENT_SILENT ? peek(c)
				      : recv(source->fd, discarded, sizeof discarded, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0 && c->state == CLIENT_SILENT) {
		start(c);
		return 0;
	}
	c->body_size += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->body_size > LINGER_MAX)
		free_client(c);
	return 0;
}

/* Takes the descriptor, whatever happens. */
static int let_in(struct listeners *listeners, int fd)
{
	struct http *http = CONTAINER_OF(listeners, struct http, listeners);
	const int send_buffer = SEND_BUFFER;
	struct client *c = calloc(1, sizeof *c);

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	if (c)
		*c = (struct client){ .http = http, .source = { .fd = fd, .ready = client_ready } };
	if (!c || loop_add(http->loop, &c->source, EPOLLIN) < 0) {
		free(c);
		(void)close(fd);
		listeners_wait(listeners);
		return 0;
	}
	listeners_hold(listeners);
	deadline_set(&http->clients, &c->deadline);
	return 0;
}

/* The client that came first, or had its last answer first, among those in a state. */
static struct client *find_oldest(const struct http *http, enum client_state state)
{
	struct client *c;

	for (struct deadline *d = http->clients.first; d; d = d->later) {
		c = CONTAINER_OF(d, struct client, deadline);
		if (c->state == state)
			return c;
	}
	return NULL;
}

/* Whether a client came, or had its last answer, at least so long ago. */
static bool is_older(const struct deadline *d, uint64_t age_us)
{
	return d->at_us + age_us <= now_us(CLOCK_MONOTONIC) + REQUEST_SECONDS * USEC_PER_SEC;
}

/* Ends the oldest whose request is not complete, and of which no byte waits in the kernel. */
static void end_oldest_slow(struct http *http)
{
	struct client *c;

	for (struct deadline *d = http->clients.first; d && is_older(d, SLOW_GRACE_US);
	     d = d->later) {
		c = CONTAINER_OF(d, struct client, deadline);
		if ((c->state == CLIENT_IDLE || c->state == CLIENT_RECEIVING) && peek(c) <= 0) {
			deadline_clear(&http->clients, d);
			end_connection(c);
			return;
		}
	}
}

/*
 * Another client waits for a place. The oldest that has sent nothing gives it up, unless it
 * is new; without one, the oldest that had its answer already; then the oldest that is slow,
 * whose place is free when the library has closed it.
 */
static bool make_room(struct listeners *listeners)
{
	struct http *http = CONTAINER_OF(listeners, struct http, listeners);
	struct client *c = find_oldest(http, CLIENT_SILENT);

	if (c && (!is_older(&c->deadline, SILENT_GRACE_US) || peek(c) > 0))
		return false;
	if (!c)
		c = find_oldest(http, CLIENT_LINGERING);
	if (!c) {
		end_oldest_slow(http);
		return false;
	}
	free_client(c);
	return true;
}

/*
 * Whether the answer could be lost by closing now: the client sends what nobody has read,
 * or was refused before its request was complete.
 */
static bool has_to_linger(const struct client *c)
{
	ssize_t n;

	if (c->http->is_closing || c->deadline.at_us == 0)
		return false;
	n = peek(c);
	return n > 0 || (n < 0 && errno == EAGAIN && !c->closing);
}

static void linger(struct client *c)
{
	c->source.fd = fcntl(c->source.fd, F_DUPFD_CLOEXEC, 0);
	c->state = CLIENT_LINGERING;
	c->body_size = 0;
	if (c->source.fd < 0 || loop_add(c->http->loop, &c->source, EPOLLIN) < 0)
		free_client(c);
	else
		deadline_set(&c->http->clients, &c->deadline);
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
		return;
	}
	/* The descriptor is still open, and its sending side shut down. */
	c = *context;
	if (has_to_linger(c))
		linger(c);
	else
		free_client(c);
}

/*
 * The library misses an end of the stream that arrives together with a request
 * (edge-triggered epoll, and a short read), and would keep the connection until its
 * deadline. A shutdown makes a new edge. After a suspension there is one anyway.
 */
static void notice_end(const struct client *c)
{
	if (peek(c) == 0)
		(void)shutdown(c->source.fd, SHUT_RD);
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
		{ MHD_HTTP_HEADER_CONNECTION,
		  http->listeners.stopped || page->status == MHD_HTTP_BAD_REQUEST ? "close"
										  : NULL },
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

/* The header lines that decide where a request ends, and whom it is for. */
struct framing {
	unsigned hosts, lengths, encodings;
	bool is_host_bad;
};

static enum MHD_Result look_at_header(void *cls, enum MHD_ValueKind kind, const char *name,
				      const char *value)
{
	struct framing *framing = cls;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
		framing->hosts++;
		framing->is_host_bad |= value && !host_is_valid(value);
	} else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		framing->lengths++;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		framing->encodings++;
	}
	return MHD_YES;
}

/*
 * RFC 9112 3.2, 6.1 and 6.3: who reads such a request in another way, as a proxy might, sees
 * another request. The library looks at the first line of a name only, and has refused a
 * length together with an encoding, and HTTP/1.1 without a host.
 */
static bool is_ambiguous(struct MHD_Connection *connection, const char *version)
{
	struct framing framing = { 0 };

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header, &framing);
	return framing.hosts > 1 || framing.is_host_bad || framing.lengths > 1 ||
	       framing.encodings > 1 ||
	       (framing.encodings > 0 && strcmp(version, MHD_HTTP_VERSION_1_0) == 0);
}

/* The first call for a request: headers only. */
static enum MHD_Result begin_request(struct client *c, const char *version)
{
	const char *length = request_header(c->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t size;

	c->state = CLIENT_RECEIVING;
	c->body_size = 0;
	c->closing = false;
	if (is_ambiguous(c->connection, version))
		return answer(c, PAGE_BAD_REQUEST, 0);
	if (length && parse_uint(length, 0, BODY_MAX, &size) < 0)
		return answer(c, PAGE_TOO_LARGE, 0);
	/* An answer now would close the connection after it, so it is given in the next call. */
	return MHD_YES;
}

static enum MHD_Result discard(struct client *c, size_t *size)
{
	c->body_size += *size;
	*size = 0;
	return c->body_size > BODY_MAX ? answer(c, PAGE_TOO_LARGE, 0) : MHD_YES;
}

static enum MHD_Result end_request(struct client *c, const char *method, const char *target,
				   const char *version)
{
	const char *connection = request_header(c->connection, MHD_HTTP_HEADER_CONNECTION);
	struct http *http = c->http;

	c->closing = http->listeners.stopped || strcmp(version, MHD_HTTP_VERSION_1_0) == 0 ||
		     (connection && strcasecmp(connection, "close") == 0);
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
	(void)body;
	if (!c) {
		c = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			    ->socket_context;
		*context = c;
		return begin_request(c, version);
	}
	switch (c->state) {
	case CLIENT_RECEIVING:
		return *body_size > 0 ? discard(c, body_size)
				      : end_request(c, method, target, version);
	case CLIENT_COUNTED:
		return answer(c, c->page, c->number);
	case CLIENT_REFUSED:
		return answer(c, page_without_number(c->page), 0);
	case CLIENT_SILENT:
	case CLIENT_IDLE:
	case CLIENT_WAITING:
	case CLIENT_ANSWERED:
	case CLIENT_LINGERING:
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

/*
 * Decodes a path, or a part of a query, in place. One with a NUL in it stays as it is, and
 * is found nowhere: its text would end there. Returns its length.
 */
static size_t unescape(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
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
		request_ended, NULL, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
		MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, /* the strictest that RFC 9112 allows */
		MHD_OPTION_END);
	if (!http->daemon)
		return -ENOMEM;
	http->events.fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	http->events.ready = events_ready;
	r = loop_add(loop, &http->events, EPOLLIN);
	if (r < 0)
		return r;
	r = listeners_open(&http->listeners, loop, sockets, max_connections, let_in);
	http->listeners.make_room = make_room;
	return r;
}

/* Those that the library has closed; silent: and those that it does not know. */
static void free_ours(struct http *http, bool silent)
{
	struct deadline *next;

	for (struct deadline *d = http->clients.first; d; d = next) {
		struct client *c = CONTAINER_OF(d, struct client, deadline);

		next = d->later;
		if (c->state == CLIENT_LINGERING || (silent && c->state == CLIENT_SILENT))
			free_client(c);
	}
}

void http_stop(struct http *http)
{
	listeners_stop(&http->listeners);
	free_ours(http, false); /* they had their answers */
	/*
	 * Idle keep-alive connections would delay the stop until their deadlines. What the
	 * kernel has received is still read and answered, then the stream ends. New
	 * clients, which are about to ask, are not shut down.
	 */
	for (struct deadline *d = http->clients.first; d; d = d->later) {
		const struct client *c = CONTAINER_OF(d, struct client, deadline);

		if (c->state == CLIENT_IDLE && c->served)
			(void)shutdown(c->source.fd, SHUT_RD);
	}
}

void http_close(struct http *http)
{
	http->is_closing = true; /* nobody lingers any more */
	free_ours(http, true);
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
