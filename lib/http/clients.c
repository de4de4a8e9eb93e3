/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connections of clients, from accept to close. */
#include "clients.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * The only time limit: from accept, or from the end of the last answer, a client has
 * this long to send a request and take the answer. It ends slow senders, silent
 * clients, idle keep-alive and clients that never read.
 */
#define REQUEST_SECONDS 10

/*
 * What is still read and discarded from a client that is refused while it sends. Closed at
 * once, its kernel would discard the answer.
 */
#define LINGER_MAX     ((size_t)4 * 1024 * 1024)
#define LINGER_PORTION 4096

/*
 * The kernel's buffer for answers, per connection: several of a page or two. It
 * would grow to megabytes for a client that keeps asking and never reads.
 */
#define SEND_BUFFER 16384

/*
 * At the limit of connections, when another client waits: how long one keeps its place that
 * has sent nothing, since a request comes right behind the connection; and how long one
 * that is slow, or may ask again.
 */
#define SILENT_GRACE_US (USEC_PER_SEC / 40)
#define SLOW_GRACE_US   USEC_PER_SEC

static bool is_ours(const struct client *c)
{
	return c->state == CLIENT_SILENT || c->state == CLIENT_LINGERING;
}

/* The library closes its descriptors itself. */
static void free_client(struct client *c)
{
	struct clients *clients = c->clients;

	if (is_ours(c)) {
		loop_remove(clients->loop, &c->source);
		close_fd(&c->source.fd);
	}
	deadline_clear(&clients->deadlines, &c->deadline);
	free(c->target);
	free(c);
	listeners_release(&clients->listeners);
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
	struct clients *clients = c->clients;

	loop_remove(clients->loop, &c->source);
	c->state = CLIENT_IDLE;
	if (clients->hand_over(clients, c))
		return;
	free_client(c);
	listeners_wait(&clients->listeners);
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
	c->discarded += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->discarded > LINGER_MAX)
		free_client(c);
	return 0;
}

void clients_let_in(struct clients *clients, int fd)
{
	const int send_buffer = SEND_BUFFER;
	struct client *c = calloc(1, sizeof *c);

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	if (c)
		*c = (struct client){ .clients = clients,
				      .source = { .fd = fd, .ready = client_ready } };
	if (!c || loop_add(clients->loop, &c->source, EPOLLIN) < 0) {
		free(c);
		(void)close(fd);
		listeners_wait(&clients->listeners);
		return;
	}
	listeners_hold(&clients->listeners);
	deadline_set(&clients->deadlines, &c->deadline);
}

static int let_in(struct listeners *listeners, int fd)
{
	clients_let_in(CONTAINER_OF(listeners, struct clients, listeners), fd);
	return 0;
}

/* The client that came first, or had its last answer first, among those in a state. */
static struct client *find_oldest(const struct clients *clients, enum client_state state)
{
	struct client *c;

	for (struct deadline *d = clients->deadlines.first; d; d = d->later) {
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
static void end_oldest_slow(struct clients *clients)
{
	struct client *c;

	for (struct deadline *d = clients->deadlines.first; d && is_older(d, SLOW_GRACE_US);
	     d = d->later) {
		c = CONTAINER_OF(d, struct client, deadline);
		if ((c->state == CLIENT_IDLE || c->state == CLIENT_RECEIVING) && peek(c) <= 0) {
			deadline_clear(&clients->deadlines, d);
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
	struct clients *clients = CONTAINER_OF(listeners, struct clients, listeners);
	struct client *c = find_oldest(clients, CLIENT_SILENT);

	if (c && (!is_older(&c->deadline, SILENT_GRACE_US) || peek(c) > 0))
		return false;
	if (!c)
		c = find_oldest(clients, CLIENT_LINGERING);
	if (!c) {
		end_oldest_slow(clients);
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

	if (c->clients->is_closing || c->deadline.at_us == 0)
		return false;
	n = peek(c);
	return n > 0 || (n < 0 && errno == EAGAIN && !c->closing);
}

static void linger(struct client *c)
{
	c->source.fd = fcntl(c->source.fd, F_DUPFD_CLOEXEC, 0);
	c->state = CLIENT_LINGERING;
	c->discarded = 0;
	if (c->source.fd < 0 || loop_add(c->clients->loop, &c->source, EPOLLIN) < 0)
		free_client(c);
	else
		deadline_set(&c->clients->deadlines, &c->deadline);
}

void client_closed(struct client *c)
{
	if (has_to_linger(c))
		linger(c);
	else
		free_client(c);
}

void client_served(struct client *c)
{
	c->state = CLIENT_IDLE;
	c->served = true;
	if (c->deadline.at_us > 0)
		deadline_set(&c->clients->deadlines, &c->deadline);
}

/*
 * The library misses an end of the stream that arrives together with a request
 * (edge-triggered epoll, and a short read), and would keep the connection until its
 * deadline. A shutdown makes a new edge. After a suspension there is one anyway.
 */
void client_notice_end(const struct client *c)
{
	if (peek(c) == 0)
		(void)shutdown(c->source.fd, SHUT_RD);
}

/* Life */

int clients_open(struct clients *clients, struct loop *loop, const struct sockets *sockets,
		 unsigned max, bool (*hand_over)(struct clients *clients, struct client *c))
{
	int r;

	*clients = (struct clients)CLIENTS_CLOSED;
	clients->loop = loop;
	clients->hand_over = hand_over;
	r = deadlines_open(&clients->deadlines, loop, REQUEST_SECONDS * USEC_PER_SEC,
			   deadline_elapsed);
	if (r < 0)
		return r;
	r = listeners_open(&clients->listeners, loop, sockets, max, let_in);
	clients->listeners.make_room = make_room;
	return r;
}

/* Those that the library has closed; silent: and those that it does not know. */
static void free_ours(struct clients *clients, bool silent)
{
	struct deadline *next;

	for (struct deadline *d = clients->deadlines.first; d; d = next) {
		struct client *c = CONTAINER_OF(d, struct client, deadline);

		next = d->later;
		if (c->state == CLIENT_LINGERING || (silent && c->state == CLIENT_SILENT))
			free_client(c);
	}
}

void clients_stop(struct clients *clients)
{
	listeners_stop(&clients->listeners);
	free_ours(clients, false); /* they had their answers */
	/*
	 * Idle keep-alive connections would delay the stop until their deadlines. What the
	 * kernel has received is still read and answered, then the stream ends. New
	 * clients, which are about to ask, are not shut down.
	 */
	for (struct deadline *d = clients->deadlines.first; d; d = d->later) {
		const struct client *c = CONTAINER_OF(d, struct client, deadline);

		if (c->state == CLIENT_IDLE && c->served)
			(void)shutdown(c->source.fd, SHUT_RD);
	}
}

void clients_close_ours(struct clients *clients)
{
	clients->is_closing = true;
	free_ours(clients, true);
}

void clients_close(struct clients *clients)
{
	deadlines_close(&clients->deadlines, clients->loop);
	listeners_close(&clients->listeners);
}
