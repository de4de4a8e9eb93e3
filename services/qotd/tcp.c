/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quotes over TCP, and over other streams. */
#include "tcp.h"

#include "fd.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define MICROSECONDS UINT64_C(1000000)

/* What a client may send, to be thrown away, before it is; and how much is taken at a time. */
#define DISCARD_MAX     65536
#define DISCARD_PORTION 1024

struct tcp_connection {
	struct loop_source source; /* its descriptor is owned */
	struct tcp *tcp;
	struct tcp_connection *earlier, *later;
	uint64_t deadline_us;
	size_t discarded; /* bytes */
};

/* The whole, from the member that a callback was given. */
#define TCP_OF(pointer, member) ((struct tcp *)((char *)(pointer)-offsetof(struct tcp, member)))

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000;
}

static void set_deadline(struct tcp *tcp)
{
	uint64_t now = now_us();

	/* 0 stops the timer, or it would wake an idle program. */
	loop_timer_set(&tcp->deadline, !tcp->first ? 0
				       : tcp->first->deadline_us > now
					       ? tcp->first->deadline_us - now
					       : 1);
}

static void remove_connection(struct tcp_connection *c)
{
	struct tcp *tcp = c->tcp;
	bool was_first = tcp->first == c;

	*(c->earlier ? &c->earlier->later : &tcp->first) = c->later;
	*(c->later ? &c->later->earlier : &tcp->last) = c->earlier;
	loop_remove(tcp->loop, &c->source);
	close_fd(&c->source.fd);
	c->later = tcp->unused;
	tcp->unused = c;
	/* A timer that elapses early is set anew; only an empty list must stop it. */
	if (was_first && !tcp->first)
		set_deadline(tcp);
	listeners_release(&tcp->listeners);
}

static int deadline_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct tcp *tcp = TCP_OF(timer, deadline);
	uint64_t now = now_us();

	(void)loop;
	while (tcp->first && tcp->first->deadline_us <= now)
		remove_connection(tcp->first);
	set_deadline(tcp);
	return 0;
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

	assert(tcp->listeners.n_clients < TCP_MAX_CONNECTIONS); /* they are paused there */
	if (!c)
		c = &tcp->pool[tcp->n_touched];
	c->source.fd = fd;
	c->source.ready = connection_ready;
	r = loop_add(tcp->loop, &c->source, EPOLLIN);
	if (r < 0)
		return r;
	if (tcp->unused)
		tcp->unused = c->later;
	else
		tcp->n_touched++;
	c->tcp = tcp;
	c->discarded = 0;
	c->later = NULL;
	/* Everybody has the same time, so who comes last goes last. */
	c->deadline_us = now_us() + TCP_LINGER_SECONDS * MICROSECONDS;
	c->earlier = tcp->last;
	*(tcp->last ? &tcp->last->later : &tcp->first) = c;
	tcp->last = c;
	listeners_hold(&tcp->listeners);
	if (tcp->first == c)
		set_deadline(tcp);
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
	/* With MSG_MORE the kernel waits for the shutdown, and one packet carries both. */
	if (send(fd, quote, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE) != size)
		return 0;
	if (shutdown(fd, SHUT_WR) < 0)
		return 0;
	/* Where epoll has no memory to wait with, it has had its answer all the same. */
	if (discard(fd, &discarded) && add_connection(tcp, fd) == 0)
		(void)TAKE_FD(fd);
	return 0;
}

static int let_in(struct listeners *listeners, int fd)
{
	return tcp_answer(TCP_OF(listeners, listeners), fd);
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
	tcp->deadline.elapsed = deadline_elapsed;
	r = loop_timer_open(loop, &tcp->deadline);
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
	while (tcp->first)
		remove_connection(tcp->first);
	listeners_close(&tcp->listeners);
	free(tcp->pool);
	tcp->pool = NULL;
	loop_timer_close(tcp->loop, &tcp->deadline);
}
