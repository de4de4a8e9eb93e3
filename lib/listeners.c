/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The listening sockets of a service: accepts clients up to a limit. */
#include "listeners.h"

#include "clock.h"
#include "elements.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

/* Clients that are accepted before other sources have their turn. */
#define ACCEPT_BURST 64

/* Without descriptors or memory, the time to the next attempt, unless a client leaves. */
#define RETRY_US USEC_PER_SEC

/* When nobody would make room, the same. */
#define ROOM_RETRY_US (USEC_PER_SEC / 100)

static void poll_all(struct listeners *listeners, uint32_t events)
{
	int r;

	for (size_t i = 0; i < listeners->n; i++) {
		r = loop_change(listeners->loop, &listeners->at[i].source, events);
		assert(r == 0); /* it is in the loop, and changing needs no memory */
		(void)r;
	}
}

static void pause_all(struct listeners *listeners)
{
	if (listeners->paused)
		return;
	listeners->paused = true;
	poll_all(listeners, 0);
}

static void resume_all(struct listeners *listeners)
{
	if (!listeners->paused || listeners->stopped ||
	    (listeners->n_clients >= listeners->max_clients && !listeners->make_room))
		return;
	listeners->paused = false;
	loop_timer_set(&listeners->retry, 0);
	poll_all(listeners, EPOLLIN);
}

static int retry_elapsed(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	resume_all(CONTAINER_OF(timer, struct listeners, retry));
	return 0;
}

static int listener_ready(struct loop *loop, struct loop_source *source)
{
	struct listeners *listeners = ((struct listener *)source)->listeners;
	int fd, r;

	(void)loop;
	for (int i = 0; i < ACCEPT_BURST && !listeners->paused; i++) {
		if (listeners->n_clients >= listeners->max_clients &&
		    !listeners->make_room(listeners)) {
			pause_all(listeners);
			loop_timer_set(&listeners->retry, ROOM_RETRY_US);
			return 0;
		}
		fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			r = listeners->accepted(listeners, fd);
			if (r < 0)
				return r;
			continue;
		}
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			listeners_wait(listeners);
			return 0;
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
		case EOPNOTSUPP:
			return -errno;
		default:
			/* None there, or a client that has already gone: accept(2). */
			return 0;
		}
	}
	return 0;
}

int listeners_open(struct listeners *listeners, struct loop *loop, const struct sockets *sockets,
		   unsigned max_clients, int (*accepted)(struct listeners *listeners, int fd))
{
	struct listener *l;
	int r;

	*listeners = LISTENERS_CLOSED;
	listeners->loop = loop;
	listeners->max_clients = max_clients;
	listeners->accepted = accepted;
	listeners->retry.elapsed = retry_elapsed;
	r = loop_timer_open(loop, &listeners->retry);
	for (size_t i = 0; r == 0 && i < sockets->n; i++) {
		if (!sockets->at[i].listening)
			continue;
		l = &listeners->at[listeners->n];
		l->listeners = listeners;
		l->source.fd = sockets->at[i].fd;
		l->source.ready = listener_ready;
		r = loop_add(loop, &l->source, EPOLLIN);
		if (r == 0)
			listeners->n++;
	}
	return r;
}

void listeners_hold(struct listeners *listeners)
{
	loop_hold(listeners->loop);
	if (++listeners->n_clients >= listeners->max_clients && !listeners->make_room)
		pause_all(listeners);
}

void listeners_release(struct listeners *listeners)
{
	assert(listeners->n_clients > 0);
	listeners->n_clients--;
	resume_all(listeners);
	loop_release(listeners->loop);
}

void listeners_wait(struct listeners *listeners)
{
	pause_all(listeners);
	loop_timer_set(&listeners->retry, RETRY_US);
}

void listeners_stop(struct listeners *listeners)
{
	listeners->stopped = true;
	pause_all(listeners);
}

void listeners_close(struct listeners *listeners)
{
	while (listeners->n > 0)
		loop_remove(listeners->loop, &listeners->at[--listeners->n].source);
	loop_timer_close(listeners->loop, &listeners->retry);
}
