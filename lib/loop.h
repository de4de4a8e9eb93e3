/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An event loop that ends when the service is idle.
 *
 * A socket-activated service may end whenever it holds nothing: what the kernel has
 * queued on the listening socket starts it again. So the only rule is: end only while
 * holding nothing. A service calls loop_hold() when it has accepted or read something,
 * loop_release() when that is finished (answer and disk included), and the loop ends
 * after idle_seconds without anything held.
 *
 * Level-triggered epoll(7), one event per turn: a callback may remove and free
 * any source, since no stale pointer waits further down a batch. Callbacks that
 * want throughput drain their descriptor themselves.
 */
#ifndef LOOP_H
#define LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

struct loop_source {
	int fd; /* borrowed, never closed here; set before loop_add() */
	/* Returns 0 to go on, or a negative errno, which ends the loop and is returned by it. */
	int (*ready)(struct loop *loop, struct loop_source *source);
};

/* A timer as a source: it owns its timerfd. */
struct loop_timer {
	struct loop_source source;
	int (*elapsed)(struct loop *loop, struct loop_timer *timer); /* as ready() */
};

#define LOOP_TIMER_CLOSED ((struct loop_timer){ .source.fd = -1 })

struct loop {
	int epoll_fd;
	unsigned held;         /* what would be lost by ending now */
	unsigned idle_seconds; /* 0: never end by itself */
	bool ended;
	bool draining;
	int signal; /* that ended it: SIGTERM, SIGINT; 0: none */
	sigset_t signals_before;
	struct loop_source signals;
	struct loop_timer idle;
};

#define LOOP_CLOSED ((struct loop){ .epoll_fd = -1, .signals.fd = -1, .idle = LOOP_TIMER_CLOSED })

/*
 * Opens the loop: blocks SIGTERM and SIGINT, which from now on end loop_run().
 * The idle timer starts at once, before the first client.
 *
 * idle_seconds: 0 means never to end by itself.
 * Returns 0 or the negative errno of epoll_create1(2), signalfd(2),
 * timerfd_create(2); loop_close() is allowed either way.
 */
int loop_open(struct loop *loop, unsigned idle_seconds);

/* Closes what loop_open() opened, and restores the signal mask. Sources stay their owners'. */
void loop_close(struct loop *loop);

/* events: EPOLLIN, EPOLLOUT. Returns 0 or the negative errno of epoll_ctl(2). */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events);

/* Other events; 0 pauses the source (a connection still reports a hang-up). */
int loop_change(struct loop *loop, struct loop_source *source, uint32_t events);

/* To be called before the descriptor is closed. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Makes a stopped timer; timer->elapsed must be set. Returns 0 or a negative errno. */
int loop_timer_open(struct loop *loop, struct loop_timer *timer);
void loop_timer_close(struct loop *loop, struct loop_timer *timer);

/*
 * Lets the timer elapse once, after so many microseconds; 0 stops it, 1 means at once.
 * A pending expiry is discarded. Fails only for bugs of ours.
 */
void loop_timer_set(struct loop_timer *timer, uint64_t microseconds);

void loop_hold(struct loop *loop);    /* accepted or read something */
void loop_release(struct loop *loop); /* finished it, answer and disk included */

/* Returns 0 after SIGTERM, SIGINT or an idle period, else what a callback returned. */
int loop_run(struct loop *loop);

/* For a callback: loop_run() returns 0 after it. */
void loop_end(struct loop *loop);

/*
 * Runs until nothing is held, so that a stop loses no client; the caller has paused its
 * listeners. Ends early after that many seconds or at a second signal.
 *
 * Returns 0 when nothing is held any more, 1 when it ended early, else what a
 * callback returned.
 */
int loop_drain(struct loop *loop, unsigned seconds);

#endif
