/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TLS before a service: accepts clients, shakes hands, passes plain text on. */
#include "front.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * For the handshake, from accept on; then for a client that neither sends nor takes
 * anything; then for the end of its connection.
 */
#define QUIET_SECONDS 10

/*
 * At the limit of connections, when another client waits: how long one keeps its place that
 * has sent nothing, since a hello comes right behind the connection; and any other that does
 * nothing.
 */
#define SILENT_GRACE_US (USEC_PER_SEC / 40)
#define QUIET_GRACE_US  USEC_PER_SEC

/* The kernel's buffer for a client. It would grow to megabytes for one that never reads. */
#define SEND_BUFFER 32768

/* The same for the service, which reads no request before it can answer the one before. */
#define REQUEST_BUFFER 16384

/* Of what a client says, per connection: most requests fit. */
#define REQUEST_PORTION 2048

/* Of what the service says, at a time: one record. */
#define ANSWER_PORTION MBEDTLS_SSL_OUT_CONTENT_LEN

/* Records to one client before others have their turn. */
#define ANSWER_ROUNDS 8

/*
 * What is still read and discarded from a client after the end of ours. Closed at once, its
 * kernel would discard the answer.
 */
#define LINGER_MAX     ((size_t)4 * 1024 * 1024)
#define LINGER_PORTION 4096

enum tls_state {
	TLS_SILENT, /* has sent nothing yet */
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_CLOSING,   /* the service has closed: what is left has to be sent */
	TLS_LINGERING, /* all is sent, and it may still be sending */
};

struct tls_session {
	mbedtls_ssl_context ssl;
	struct tls_identity *identity; /* a reference */
	struct tls_connection *connection;
	struct loop_source inner; /* our end of the pair; -1 before and after */
	uint32_t inner_events;    /* 0: it is not in the loop, where it would report a hang-up */
	size_t answer_size;       /* of the record that is being sent; 0: none */
	size_t request_start, request_size;
	unsigned char request[REQUEST_PORTION]; /* not yet taken by the service */
};

struct tls_connection {
	struct tls_front *front;
	struct loop_source outer; /* the client's socket */
	struct deadline deadline;
	enum tls_state state;
	bool read_ended; /* the client says no more */
	uint32_t outer_events;
	struct tls_session *session; /* NULL while it is silent or lingers */
	size_t discarded;            /* bytes, since it lingers */
};

static void free_session(struct tls_connection *c)
{
	struct tls_session *s = c->session;

	if (!s)
		return;
	if (s->inner_events)
		loop_remove(c->front->loop, &s->inner);
	close_fd(&s->inner.fd);
	mbedtls_ssl_free(&s->ssl);
	tls_identity_release(s->identity);
	free(s);
	c->session = NULL;
}

static void free_connection(struct tls_connection *c)
{
	struct tls_front *front = c->front;

	free_session(c);
	loop_remove(front->loop, &c->outer);
	close_fd(&c->outer.fd);
	deadline_clear(&front->deadlines, &c->deadline);
	free(c);
	listeners_release(&front->listeners);
}

static void deadline_elapsed(struct deadlines *deadlines, struct deadline *deadline)
{
	(void)deadlines;
	free_connection(CONTAINER_OF(deadline, struct tls_connection, deadline));
}

/* Returns what recv(2) does, and -1 also when there is nothing yet. */
static ssize_t peek(const struct tls_connection *c)
{
	char byte;

	return recv(c->outer.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/* For the library */

static int send_record(void *cls, const unsigned char *bytes, size_t size)
{
	const struct tls_connection *c = cls;
	ssize_t n = send(c->outer.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE
						 : MBEDTLS_ERR_NET_CONN_RESET;
}

static int receive_record(void *cls, unsigned char *bytes, size_t size)
{
	const struct tls_connection *c = cls;
	ssize_t n = recv(c->outer.fd, bytes, size, MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ
						 : MBEDTLS_ERR_NET_CONN_RESET;
}

/* What to wait for */

static int wait_outer(struct tls_connection *c, uint32_t events)
{
	if (events == c->outer_events)
		return 0;
	c->outer_events = events;
	return loop_change(c->front->loop, &c->outer, events);
}

static int wait_inner(struct tls_session *s, uint32_t events)
{
	struct loop *loop = s->connection->front->loop;
	int r = 0;

	if (events == s->inner_events)
		return 0;
	if (events == 0)
		loop_remove(loop, &s->inner);
	else if (s->inner_events == 0)
		r = loop_add(loop, &s->inner, events);
	else
		r = loop_change(loop, &s->inner, events);
	if (r == 0)
		s->inner_events = events;
	return r;
}

/* Plain text. These return whether the connection goes on. */

/* From the service to the client. Sets *ret_moved when there was something. */
static bool pass_answers(struct tls_connection *c, bool *ret_moved)
{
	/*
	 * One for all: when a record could not be sent, it is in the library, which only wants to
	 * be called with the same place and size again.
	 */
	static unsigned char answer[ANSWER_PORTION];
	struct tls_session *s = c->session;
	const int max = mbedtls_ssl_get_max_out_record_payload(&s->ssl);
	size_t portion = max > 0 && max < ANSWER_PORTION ? (size_t)max : ANSWER_PORTION;
	ssize_t n;
	int r;

	for (int i = 0; i < ANSWER_ROUNDS; i++) {
		if (s->answer_size == 0) {
			n = c->state == TLS_OPEN ? recv(s->inner.fd, answer, portion, MSG_DONTWAIT)
						 : -1;
			if (n < 0 && (c->state != TLS_OPEN || errno == EAGAIN || errno == EINTR))
				return true;
			if (n <= 0) { /* also when it did not read all that the client sent */
				c->state = TLS_CLOSING;
				deadline_set(&c->front->deadlines, &c->deadline);
				return true;
			}
			s->answer_size = (size_t)n;
		}
		r = mbedtls_ssl_write(&s->ssl, answer, s->answer_size);
		if (r == MBEDTLS_ERR_SSL_WANT_WRITE)
			return true;
		if (r < 0 || (size_t)r != s->answer_size)
			return false;
		*ret_moved = true;
		s->answer_size = 0;
		if ((size_t)r < portion)
			return true;
	}
	return true;
}

static void end_requests(struct tls_connection *c)
{
	c->read_ended = true;
	c->session->request_size = 0;
	(void)shutdown(c->session->inner.fd, SHUT_WR);
}

/* Sends what was received to the service. Returns whether it has taken all of it. */
static bool send_request(struct tls_connection *c)
{
	struct tls_session *s = c->session;
	ssize_t n;

	if (s->request_size == 0)
		return true;
	n = send(s->inner.fd, s->request + s->request_start, s->request_size,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end_requests(c); /* the service listens no more, and may still answer */
		return s->request_size == 0;
	}
	s->request_start += (size_t)n;
	s->request_size -= (size_t)n;
	return s->request_size == 0;
}

/* From the client to the service. */
static bool pass_requests(struct tls_connection *c, bool *ret_moved)
{
	struct tls_session *s = c->session;
	int r;

	if (c->state != TLS_OPEN)
		return true;
	/* As long as the library holds text that no descriptor reports; else the loop tells. */
	while (send_request(c) && !c->read_ended) {
		r = mbedtls_ssl_read(&s->ssl, s->request, sizeof s->request);
		if (r == MBEDTLS_ERR_SSL_WANT_READ || r == MBEDTLS_ERR_SSL_WANT_WRITE)
			break;
		if (r == 0 || r == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ||
		    r == MBEDTLS_ERR_SSL_CONN_EOF) {
			end_requests(c);
			break;
		}
		if (r < 0)
			return false;
		*ret_moved = true;
		s->request_start = 0;
		s->request_size = (size_t)r;
		if (mbedtls_ssl_get_bytes_avail(&s->ssl) == 0) {
			(void)send_request(c);
			break;
		}
	}
	return true;
}

static int linger(struct tls_connection *c)
{
	free_session(c);
	(void)shutdown(c->outer.fd, SHUT_WR);
	c->state = TLS_LINGERING;
	deadline_set(&c->front->deadlines, &c->deadline);
	return wait_outer(c, EPOLLIN);
}

/* The service has closed, and all of its text is sent: says so to the client. */
static bool say_goodbye(struct tls_connection *c)
{
	const int r = mbedtls_ssl_close_notify(&c->session->ssl);

	if (r == MBEDTLS_ERR_SSL_WANT_WRITE)
		return wait_outer(c, EPOLLOUT) == 0 && wait_inner(c->session, 0) == 0;
	if (r != 0)
		return false;
	/* At a stop nobody is waited for who may keep the connection for later, as browsers do. */
	if (c->front->listeners.stopped && peek(c) <= 0)
		return false;
	return linger(c) == 0;
}

/*
 * What can be passed on now: what comes from that side, and what the other one could not take
 * before. To look for more would cost a system call, and the loop tells. Returns whether the
 * connection goes on.
 */
static bool pass(struct tls_connection *c, bool from_service)
{
	struct tls_session *s = c->session;
	bool moved = false;

	if ((!from_service || s->request_size > 0) && !pass_requests(c, &moved))
		return false;
	if ((from_service || s->answer_size > 0) && !pass_answers(c, &moved))
		return false;
	if (c->state == TLS_CLOSING && s->answer_size == 0)
		return say_goodbye(c);
	if (moved && c->state == TLS_OPEN)
		deadline_set(&c->front->deadlines, &c->deadline);
	if (c->state == TLS_CLOSING)
		return wait_outer(c, EPOLLOUT) == 0 && wait_inner(s, 0) == 0;
	return wait_outer(c, (c->read_ended || s->request_size > 0 ? 0 : EPOLLIN) |
				     (s->answer_size > 0 ? EPOLLOUT : 0)) == 0 &&
	       wait_inner(s, (s->answer_size > 0 ? 0 : EPOLLIN) |
				     (s->request_size > 0 ? EPOLLOUT : 0)) == 0;
}

static int inner_ready(struct loop *loop, struct loop_source *source)
{
	struct tls_session *s = CONTAINER_OF(source, struct tls_session, inner);
	struct tls_connection *c = s->connection;

	(void)loop;
	if (!pass(c, true))
		free_connection(c);
	return 0;
}

/* The handshake is complete. */
static bool connect_service(struct tls_connection *c)
{
	struct tls_session *s = c->session;
	const int send_buffer = REQUEST_BUFFER;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return false;
	(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	s->inner.fd = ends[0];
	c->state = TLS_OPEN;
	deadline_set(&c->front->deadlines, &c->deadline);
	c->front->connected(c->front, ends[1]);
	return pass(c, false);
}

static bool shake_hands(struct tls_connection *c)
{
	switch (mbedtls_ssl_handshake(&c->session->ssl)) {
	case 0:
		return connect_service(c);
	case MBEDTLS_ERR_SSL_WANT_READ:
		return wait_outer(c, EPOLLIN) == 0;
	case MBEDTLS_ERR_SSL_WANT_WRITE:
		return wait_outer(c, EPOLLOUT) == 0;
	default: /* the library has told the client why */
		return false;
	}
}

/* The client has sent something. */
static bool begin_handshake(struct tls_connection *c)
{
	struct tls_session *s = calloc(1, sizeof *s);

	if (!s)
		return false;
	s->connection = c;
	s->inner = (struct loop_source){ .fd = -1, .ready = inner_ready };
	s->identity = tls_identity_hold(c->front->identity);
	mbedtls_ssl_init(&s->ssl);
	c->session = s;
	c->state = TLS_HANDSHAKE;
	if (mbedtls_ssl_setup(&s->ssl, tls_identity_config(s->identity)) != 0)
		return false;
	mbedtls_ssl_set_bio(&s->ssl, c, send_record, receive_record, NULL);
	return shake_hands(c);
}

static bool discard(struct tls_connection *c)
{
	char discarded[LINGER_PORTION];
	ssize_t n = recv(c->outer.fd, discarded, sizeof discarded, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	c->discarded += n > 0 ? (size_t)n : 0;
	return n > 0 && c->discarded <= LINGER_MAX;
}

static bool advance(struct tls_connection *c)
{
	ssize_t n;

	switch (c->state) {
	case TLS_SILENT:
		n = peek(c);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		return n > 0 && begin_handshake(c);
	case TLS_HANDSHAKE:
		return shake_hands(c);
	case TLS_OPEN:
	case TLS_CLOSING:
		/* Nothing was waited for: it has hung up. */
		return c->outer_events != 0 && pass(c, false);
	case TLS_LINGERING:
		return discard(c);
	}
	return false;
}

static int outer_ready(struct loop *loop, struct loop_source *source)
{
	struct tls_connection *c = CONTAINER_OF(source, struct tls_connection, outer);

	(void)loop;
	if (!advance(c))
		free_connection(c);
	return 0;
}

/* Letting clients in */

/* Takes the descriptor, whatever happens. */
static int let_in(struct listeners *listeners, int fd)
{
	struct tls_front *front = CONTAINER_OF(listeners, struct tls_front, listeners);
	struct tls_connection *c = calloc(1, sizeof *c);
	const int send_buffer = SEND_BUFFER, on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	/* Records are sent whole. Fails for a Unix socket, which does not wait for more either. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (c)
		*c = (struct tls_connection){ .front = front,
					      .outer = { .fd = fd, .ready = outer_ready },
					      .outer_events = EPOLLIN };
	if (!c || loop_add(front->loop, &c->outer, EPOLLIN) < 0) {
		free(c);
		(void)close(fd);
		listeners_wait(listeners);
		return 0;
	}
	listeners_hold(listeners);
	deadline_set(&front->deadlines, &c->deadline);
	return 0;
}

/* Whether a connection was accepted, or quiet, at least so long ago. */
static bool is_older(const struct deadline *d, uint64_t age_us)
{
	return d->at_us + age_us <= now_us(CLOCK_MONOTONIC) + QUIET_SECONDS * USEC_PER_SEC;
}

/*
 * Another client waits for a place. The oldest that has sent nothing gives it up, unless it is
 * new; without one, the oldest that has all of its answers already; then the one that is quiet
 * longest.
 */
static bool make_room(struct listeners *listeners)
{
	struct tls_front *front = CONTAINER_OF(listeners, struct tls_front, listeners);
	struct tls_connection *silent = NULL, *lingering = NULL, *quiet = NULL, *c;

	for (struct deadline *d = front->deadlines.first; d; d = d->later) {
		c = CONTAINER_OF(d, struct tls_connection, deadline);
		if (c->state == TLS_SILENT) {
			silent = c;
			break;
		}
		if (c->state == TLS_LINGERING && !lingering)
			lingering = c;
		else if (!quiet && is_older(d, QUIET_GRACE_US) && peek(c) <= 0)
			quiet = c;
	}
	if (silent && (!is_older(&silent->deadline, SILENT_GRACE_US) || peek(silent) > 0))
		return false;
	c = silent ? silent : lingering ? lingering : quiet;
	if (c)
		free_connection(c);
	return c != NULL;
}

/* Life */

int tls_front_open(struct tls_front *front, struct loop *loop, const struct sockets *sockets,
		   unsigned max, struct tls_identity *identity,
		   void (*connected)(struct tls_front *front, int fd))
{
	int r;

	*front = (struct tls_front)TLS_FRONT_CLOSED;
	front->loop = loop;
	front->identity = tls_identity_hold(identity);
	front->connected = connected;
	r = deadlines_open(&front->deadlines, loop, QUIET_SECONDS * USEC_PER_SEC, deadline_elapsed);
	if (r < 0)
		return r;
	r = listeners_open(&front->listeners, loop, sockets, max, let_in);
	front->listeners.make_room = make_room;
	return r;
}

void tls_front_use(struct tls_front *front, struct tls_identity *identity)
{
	tls_identity_release(front->identity);
	front->identity = tls_identity_hold(identity);
}

void tls_front_stop(struct tls_front *front)
{
	struct tls_connection *c;
	struct deadline *next;

	listeners_stop(&front->listeners);
	for (struct deadline *d = front->deadlines.first; d; d = next) {
		next = d->later;
		c = CONTAINER_OF(d, struct tls_connection, deadline);
		if (c->state == TLS_LINGERING)
			free_connection(c);
	}
}

void tls_front_close(struct tls_front *front)
{
	struct deadline *next;

	for (struct deadline *d = front->deadlines.first; d; d = next) {
		next = d->later;
		free_connection(CONTAINER_OF(d, struct tls_connection, deadline));
	}
	if (front->loop)
		deadlines_close(&front->deadlines, front->loop);
	listeners_close(&front->listeners);
	tls_identity_release(front->identity);
	front->identity = NULL;
}
