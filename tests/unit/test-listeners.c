/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients are let in up to a limit, and wait in the kernel's queue above it. */
#include "check.h"
#include "listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define CLIENTS 8
#define LIMIT   3

static struct loop loop;
static struct listeners listeners;
static struct sockets sockets;
static int clients[CLIENTS];  /* their end */
static int accepted[CLIENTS]; /* ours */
static size_t n_accepted;
static bool want_memory;

/* Returns -ECANCELED to end the loop when all have come. */
static int let_in(struct listeners *l, int fd)
{
	if (want_memory) {
		want_memory = false;
		(void)close(fd);
		listeners_wait(l);
		return 0;
	}
	accepted[n_accepted++] = fd;
	listeners_hold(l);
	return n_accepted == CLIENTS ? -ECANCELED : 0;
}

static int connect_client(void)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(getsockname(sockets.at[0].fd, (struct sockaddr *)&address, &size) == 0);
	CHECK(connect(fd, (struct sockaddr *)&address, size) == 0);
	return fd;
}

static void setup(unsigned limit)
{
	n_accepted = 0;
	CHECK(loop_open(&loop, 0) == 0);
	CHECK(sockets_listen(&sockets, "127.0.0.1:0", SOCK_STREAM) == 0);
	CHECK(sockets_listen(&sockets, "127.0.0.1:0", SOCK_DGRAM) == 0); /* is left alone */
	CHECK(listeners_open(&listeners, &loop, &sockets, limit, let_in) == 0);
	CHECK(listeners.n == 1);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = connect_client();
}

static void teardown(void)
{
	while (n_accepted > 0)
		(void)close(accepted[--n_accepted]);
	while (listeners.n_clients > 0)
		listeners_release(&listeners);
	for (size_t i = 0; i < CLIENTS; i++)
		(void)close(clients[i]);
	listeners_close(&listeners);
	sockets_close(&sockets);
	loop_close(&loop);
}

/* One client goes, then the loop may let in the next. */
static int one_goes(struct loop *l, struct loop_timer *timer)
{
	(void)l;
	CHECK(n_accepted >= LIMIT && n_accepted < CLIENTS);
	CHECK(listeners.n_clients == LIMIT && listeners.paused);
	listeners_release(&listeners);
	CHECK(listeners.n_clients == LIMIT - 1 && !listeners.paused);
	loop_timer_set(timer, 10000);
	return 0;
}

static void the_limit_is_never_passed_and_nobody_is_forgotten(void)
{
	struct loop_timer timer = LOOP_TIMER_CLOSED;

	setup(LIMIT);
	timer.elapsed = one_goes;
	CHECK(loop_timer_open(&loop, &timer) == 0);
	loop_timer_set(&timer, 10000);
	CHECK(loop_run(&loop) == -ECANCELED);
	CHECK(n_accepted == CLIENTS && listeners.n_clients == LIMIT);
	CHECK(loop.held == LIMIT);
	loop_timer_close(&loop, &timer);
	teardown();
}

static unsigned n_asked;

/* The first time nobody leaves, then always the oldest does. */
static bool oldest_leaves(struct listeners *l)
{
	CHECK(l->n_clients == LIMIT);
	if (n_asked++ == 0)
		return false;
	listeners_release(l);
	return true;
}

static void at_the_limit_one_can_leave_for_another(void)
{
	setup(LIMIT);
	n_asked = 0;
	listeners.make_room = oldest_leaves;
	CHECK(loop_run(&loop) == -ECANCELED);
	CHECK(n_accepted == CLIENTS && listeners.n_clients == LIMIT);
	CHECK(n_asked == 1 + CLIENTS - LIMIT);
	teardown();
}

static void without_memory_it_goes_on_a_moment_later(void)
{
	setup(2 * CLIENTS);
	want_memory = true;
	(void)close(clients[0]); /* its connection is the one that is dropped */
	clients[0] = connect_client();
	CHECK(loop_run(&loop) == -ECANCELED); /* ended by the last client */
	CHECK(!listeners.paused && n_accepted == CLIENTS);
	teardown();
}

static void without_descriptors_it_goes_on_a_moment_later(void)
{
	struct rlimit before, limit;

	setup(2 * CLIENTS);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	limit = before;
	limit.rlim_cur = (rlim_t)clients[CLIENTS - 1] + 1; /* the next is too many */
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(listeners.at[0].source.ready(&loop, &listeners.at[0].source) == 0);
	CHECK(listeners.paused && n_accepted == 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(loop_run(&loop) == -ECANCELED);
	CHECK(n_accepted == CLIENTS);
	teardown();
}

static void after_a_stop_nobody_comes_in(void)
{
	setup(2);
	CHECK(listeners.at[0].source.ready(&loop, &listeners.at[0].source) == 0);
	CHECK(n_accepted == 2 && listeners.paused);
	listeners_stop(&listeners);
	listeners_release(&listeners);
	CHECK(listeners.paused);
	listeners_release(&listeners);
	CHECK(loop_drain(&loop, 1) == 0);
	CHECK(n_accepted == 2);
	teardown();
}

int main(void)
{
	RUN(the_limit_is_never_passed_and_nobody_is_forgotten);
	RUN(at_the_limit_one_can_leave_for_another);
	RUN(without_memory_it_goes_on_a_moment_later);
	RUN(without_descriptors_it_goes_on_a_moment_later);
	RUN(after_a_stop_nobody_comes_in);
	return CHECK_STATUS();
}
