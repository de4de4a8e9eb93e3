/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quotes over TCP, and over other streams. */
#include "tcp.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* What a client may send before it is dropped, and how much of it is read at a time. */
#define DISCARD_MAX     65536
#define DISCARD_PORTION 1024

struct tcp_connection {
	struct loop_source source; /* its descriptor is owned */
	struct tcp *tcp;
	struct deadline deadline;
	struct tcp_connection *next_unused;
	size_t discarded; /* bytes */
};

static void remove_connection(struct tcp_connection *c)
{
	struct tcp *tcp = c->tcp;

	deadline_clear(&tcp->connections, &c->deadline);
	loop_remove(tcp->loop, &c->source);
	close_fd(&c->source.fd);
	c->next_unused = tcp->unused;
	tcp->unused = c;
	listeners_release(&tcp->listeners);
}

static void deadline_elapsed(struct deadlines *deadlines, struct deadline *deadline)
{
	(void)deadlines;
	remove_connection(CONTAINER_OF(deadline, struct tcp_connection, deadline));
}

/* Returns whether the client is still there. */
static bool discard(int fd, size_t *discarded)
{
	char portion[DISCARD_PORTION];
	ssize_t n;

	n = recv(fd, portion, sizeof portion, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	*discarded += (size_t)n;
	return n > 0 && *discarded <= DISCARD_MAX;
}

static int connection_ready(struct loop *loop, struct loop_source *source)
{
	struct tcp_connection *c = (struct tcp_connection *)source;

	(void)loop;
	if (!discard(source->fd, &c->discarded))
		remove_connection(c);
	return 0;
}

/* Takes the descriptor unless it fails. */
static int add_connection(struct tcp *tcp, int fd)
{
	struct tcp_connection *c = tcp->unused;
	int r;

	assert(tcp->listeners.n_clients < TCP_MAX_CONNECTIONS); /* the listeners are paused there */
	if (!c)
		c = &tcp->pool[tcp->n_touched];
	c->source.fd = fd;
	c->source.ready = connection_ready;
	r = loop_add(tcp->loop, &c->source, EPOLLIN);
	if (r < 0)
		return r;
	if (tcp->unused)
		tcp->unused = c->next_unused;
	else
		tcp->n_touched++;
	c->tcp = tcp;
	c->discarded = 0;
	listeners_hold(&tcp->listeners);
	deadline_set(&tcp->connections, &c->deadline);
	return 0;
}

int tcp_answer(struct tcp *tcp, int fd_taken)
{
	CLEANUP_FD int fd = fd_taken;
	char quote[QUOTE_SIZE_MAX];
	size_t discarded = 0;
	int size;

	size = pick_quote(tcp->quotes, tcp->pick, quote);
	if (size < 0)
		return size;
	/* MSG_MORE: the kernel waits for the shutdown, and one packet carries both. */
	if (send(fd, quote, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE) != size)
		return 0;
	if (shutdown(fd, SHUT_WR) < 0)
		return 0;
	/* If epoll has no memory, the client has its answer all the same. */
	if (discard(fd, &discarded) && add_connection(tcp, fd) == 0)
		(void)TAKE_FD(fd);
	return 0;
}

static int let_in(struct listeners *listeners, int fd)
{
	return tcp_answer(CONTAINER_OF(listeners, struct tcp, listeners), fd);
}

/* Life */

int tcp_open(struct tcp *tcp, struct loop *loop, const struct quotes *quotes, enum pick pick,
	     const struct sockets *sockets)
{
	int r;

	*tcp = TCP_CLOSED;
	tcp->loop = loop;
	tcp->quotes = quotes;
	tcp->pick = pick;
	/* Pages of it that no client needs stay untouched. */
	tcp->pool = calloc(TCP_MAX_CONNECTIONS, sizeof *tcp->pool);
	if (!tcp->pool)
		return -ENOMEM;
	r = deadlines_open(&tcp->connections, loop, TCP_LINGER_SECONDS * USEC_PER_SEC,
			   deadline_elapsed);
	if (r < 0)
		return r;
	return listeners_open(&tcp->listeners, loop, sockets, TCP_MAX_CONNECTIONS, let_in);
}

void tcp_stop(struct tcp *tcp)
{
	listeners_stop(&tcp->listeners);
}

void tcp_close(struct tcp *tcp)
{
	while (tcp->connections.first)
		deadline_elapsed(&tcp->connections, tcp->connections.first);
	listeners_close(&tcp->listeners);
	free(tcp->pool);
	tcp->pool = NULL;
	deadlines_close(&tcp->connections, tcp->loop);
}
