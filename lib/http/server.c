/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP/1.1 for a service that answers with small pages: libmicrohttpd on lib's loop. */
#include "server.h"

#include "elements.h"
#include "headers.h"
#include "number.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * For a connection's headers, both ways: an eighth is kept for the answer's, and each line
 * and each argument of a request costs 64 bytes beside its text. The library's default of
 * 32 KiB costs half of the throughput; at 4 KiB a browser behind two proxies does not fit.
 */
#define CONNECTION_MEMORY 8192

/* Bytes of a request's body that are read and discarded; then the client gets 413. */
#define BODY_MAX 65536

/* Rounds before other sources have their turn. */
#define TURN_ROUNDS 32

static struct http *http_of(const struct client *c)
{
	return CONTAINER_OF(c->clients, struct http, clients);
}

/* What the library tells of connections */

static bool hand_over(struct clients *clients, struct client *c)
{
	struct http *http = CONTAINER_OF(clients, struct http, clients);
	bool taken;

	http->arriving = c;
	/* Without the peer's address: nothing needs it. */
	(void)MHD_add_connection(http->daemon, c->source.fd, NULL, 0);
	taken = !http->arriving;
	http->arriving = NULL;
	return taken;
}

static void connection_changed(void *cls, struct MHD_Connection *connection, void **context,
			       enum MHD_ConnectionNotificationCode what)
{
	struct http *http = cls;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		client_closed(*context);
		return;
	}
	http->arriving->connection = connection;
	*context = http->arriving;
	http->arriving = NULL;
}

static void request_ended(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_RequestTerminationCode how)
{
	struct client *c = *context;

	(void)cls;
	(void)connection;
	if (!c)
		return;
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		client_served(c);
	if (!c->suspended)
		client_notice_end(c);
	*context = NULL;
}

/* Answering */

static bool add_headers(struct MHD_Response *response, const struct http_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (headers[i].value &&
		    MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES)
			return false;
	return true;
}

bool http_answer(struct http *http, struct client *c, const struct http_answer *answer)
{
	const bool closes =
		http->clients.listeners.stopped || answer->status == MHD_HTTP_BAD_REQUEST;
	const struct http_header close = { MHD_HTTP_HEADER_CONNECTION, closes ? "close" : NULL };
	struct MHD_Response *response;
	bool is_queued;

	response = MHD_create_response_from_buffer_copy(answer->size, answer->body);
	if (!response)
		return false;
	is_queued = add_headers(response, answer->headers, answer->n_headers) &&
		    add_headers(response, &close, 1) &&
		    MHD_queue_response(c->connection, answer->status, response) == MHD_YES;
	MHD_destroy_response(response);
	c->state = CLIENT_ANSWERED;
	return is_queued;
}

bool http_wait(struct http *http, struct client *c)
{
	c->state = CLIENT_WAITING;
	c->suspended = true;
	c->next_waiting = http->waiting;
	http->waiting = c;
	http->n_waiting++;
	MHD_suspend_connection(c->connection);
	return true;
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

/* MHD_NO closes the connection: there is no memory for anything else. */
static enum MHD_Result ask(struct client *c, const struct http_request *request)
{
	struct http *http = http_of(c);

	return http->service->request(http, c, request) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse(struct client *c, unsigned status)
{
	const struct http_request request = { .refusal = status };

	return ask(c, &request);
}

/* The first call for a request: headers only. */
static enum MHD_Result begin_request(struct client *c, const char *version)
{
	const char *length = request_header(c->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t size;

	c->state = CLIENT_RECEIVING;
	c->body_size = 0;
	c->closing = false;
	c->suspended = false;
	if (is_ambiguous(c->connection, version))
		return refuse(c, MHD_HTTP_BAD_REQUEST);
	if (length && parse_uint(length, 0, BODY_MAX, &size) < 0)
		return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE);
	/* An answer now would close the connection after it, so it is given in the next call. */
	return MHD_YES;
}

static enum MHD_Result discard(struct client *c, size_t *size)
{
	c->body_size += *size;
	*size = 0;
	return c->body_size > BODY_MAX ? refuse(c, MHD_HTTP_CONTENT_TOO_LARGE) : MHD_YES;
}

static enum MHD_Result end_request(struct client *c, const char *method, const char *path,
				   const char *version)
{
	const char *connection = request_header(c->connection, MHD_HTTP_HEADER_CONNECTION);
	const struct http_request request = {
		.method = method,
		.path = path,
		.target = c->target,
		.host = request_header(c->connection, MHD_HTTP_HEADER_HOST),
		.accept = request_header(c->connection, MHD_HTTP_HEADER_ACCEPT),
	};

	c->closing = http_of(c)->clients.listeners.stopped ||
		     strcmp(version, MHD_HTTP_VERSION_1_0) == 0 ||
		     (connection && strcasecmp(connection, "close") == 0);
	return ask(c, &request);
}

static struct client *client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

/* The line of a request, before the library takes it to pieces. NULL: the context is not set yet. */
static void *keep_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	(void)cls;
	free(c->target);
	c->target = strdup(target);
	return NULL;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **context)
{
	struct client *c = *context;

	(void)cls;
	(void)body;
	if (!c) {
		c = client_of(connection);
		*context = c;
		return begin_request(c, version);
	}
	switch (c->state) {
	case CLIENT_RECEIVING:
		return *body_size > 0 ? discard(c, body_size)
				      : end_request(c, method, path, version);
	case CLIENT_RESUMED:
		return http_of(c)->service->resumed(http_of(c), c) ? MHD_YES : MHD_NO;
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

/* Turns */

/* One commit for all that wait. */
static void commit(struct http *http)
{
	struct client *c;

	if (http->n_waiting == 0)
		return;
	http->service->commit(http);
	while ((c = http->waiting)) {
		http->waiting = c->next_waiting;
		c->state = CLIENT_RESUMED;
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
		/* Looking for more costs less than a commit, a disk write for one, for few. */
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

int http_open(struct http *http, struct loop *loop, const struct http_service *service,
	      const struct sockets *sockets, unsigned max_connections)
{
	int r;

	*http = (struct http)HTTP_CLOSED;
	http->loop = loop;
	http->service = service;
	http->turn.elapsed = turn_elapsed;
	r = loop_timer_open(loop, &http->turn);
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
		service->wants_target ? MHD_OPTION_URI_LOG_CALLBACK : MHD_OPTION_END, keep_target,
		NULL, MHD_OPTION_END);
	if (!http->daemon)
		return -ENOMEM;
	http->events.fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	http->events.ready = events_ready;
	r = loop_add(loop, &http->events, EPOLLIN);
	if (r < 0)
		return r;
	return clients_open(&http->clients, loop, sockets, max_connections, hand_over);
}

void http_stop(struct http *http)
{
	clients_stop(&http->clients);
}

void http_close(struct http *http)
{
	clients_close_ours(&http->clients);
	if (http->daemon) {
		assert(!http->waiting); /* each turn ends with a commit */
		loop_remove(http->loop, &http->events);
		MHD_stop_daemon(http->daemon); /* closes what connections are left */
		http->daemon = NULL;
	}
	loop_timer_close(http->loop, &http->turn);
	clients_close(&http->clients);
}
