/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "clock.h"
#include "fd.h"
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	return (double)now_us(CLOCK_MONOTONIC) / (double)USEC_PER_SEC;
}

static void with_nothing_to_do_it_ends_after_the_idle_time(void)
{
	struct loop loop = LOOP_CLOSED;
	double start = now();

	CHECK(loop_open(&loop, 1) == 0);
	CHECK(loop_run(&loop) == 0);
	CHECK(now() - start >= 0.99);
	loop_close(&loop);
	loop_close(&loop);
}

static void a_signal_ends_it_and_is_given_back_afterwards(void)
{
	struct loop loop = LOOP_CLOSED;
	sigset_t before, after;

	(void)sigprocmask(SIG_SETMASK, NULL, &before);
	CHECK(loop_open(&loop, 0) == 0);
	CHECK(kill(getpid(), SIGTERM) == 0);
	CHECK(loop_run(&loop) == 0);
	CHECK(kill(getpid(), SIGINT) == 0);
	CHECK(loop_run(&loop) == 0);
	loop_close(&loop);
	(void)sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK(sigismember(&before, SIGTERM) == sigismember(&after, SIGTERM));
}

struct counting_source {
	struct loop_source source;
	int turns;
	int result;
};

static int count_turn(struct loop *loop, struct loop_source *source)
{
	struct counting_source *s = (struct counting_source *)source;

	(void)loop;
	return ++s->turns == 3 ? s->result : 0;
}

static void a_failing_source_ends_it_with_its_error(void)
{
	struct loop loop = LOOP_CLOSED;
	struct counting_source s = { .source.ready = count_turn, .result = -EPROTO };

	s.source.fd = eventfd(1, EFD_CLOEXEC);
	CHECK(loop_open(&loop, 0) == 0);
	CHECK(loop_add(&loop, &s.source, EPOLLIN) == 0);
	CHECK(loop_add(&loop, &s.source, EPOLLIN) == -EEXIST);
	CHECK(loop_run(&loop) == -EPROTO);
	CHECK(s.turns == 3); /* level-triggered: it was never read */
	loop_remove(&loop, &s.source);
	loop_remove(&loop, &s.source);
	loop_close(&loop);
	close_fd(&s.source.fd);
}

/* Holds for longer than the idle time, then lets go. */
struct holding_timer {
	struct loop_timer timer;
	int step;
	double released;
};

static int let_go(struct loop *loop, struct loop_timer *timer)
{
	struct holding_timer *h = (struct holding_timer *)timer;

	if (h->step++ == 0) {
		loop_hold(loop);
		loop_timer_set(timer, 1300000);
	} else {
		h->released = now();
		loop_release(loop);
	}
	return 0;
}

static void it_does_not_leave_while_something_is_held(void)
{
	struct loop loop = LOOP_CLOSED;
	struct holding_timer h = { .timer = LOOP_TIMER_CLOSED };

	h.timer.elapsed = let_go;
	CHECK(loop_open(&loop, 1) == 0);
	CHECK(loop_timer_open(&loop, &h.timer) == 0);
	loop_timer_set(&h.timer, 1);
	CHECK(loop_run(&loop) == 0);
	CHECK(h.step == 2);
	CHECK(now() - h.released >= 0.99); /* the idle time begins anew */
	loop_timer_close(&loop, &h.timer);
	loop_timer_close(&loop, &h.timer);
	loop_close(&loop);
}

static void holding_forgets_an_idle_expiry_not_yet_read(void)
{
	struct loop loop = LOOP_CLOSED;
	struct holding_timer h = { .timer = LOOP_TIMER_CLOSED, .step = 1 };
	struct timespec longer_than_idle = { 1, 100000000 };

	h.timer.elapsed = let_go;
	CHECK(loop_open(&loop, 1) == 0);
	CHECK(loop_timer_open(&loop, &h.timer) == 0);
	(void)nanosleep(&longer_than_idle, NULL); /* the clock has run out, nobody has looked */
	loop_hold(&loop);
	loop_timer_set(&h.timer, 1000);
	CHECK(loop_run(&loop) == 0);
	CHECK(h.step == 2); /* it lived to let go */
	loop_timer_close(&loop, &h.timer);
	loop_close(&loop);
}

static void draining_waits_for_what_is_held_but_not_for_ever(void)
{
	struct loop loop = LOOP_CLOSED;
	struct holding_timer h = { .timer = LOOP_TIMER_CLOSED, .step = 1 };
	double start;

	h.timer.elapsed = let_go;
	CHECK(loop_open(&loop, 0) == 0);
	CHECK(loop_timer_open(&loop, &h.timer) == 0);
	CHECK(loop_drain(&loop, 5) == 0); /* nothing held: at once */

	loop_hold(&loop);
	loop_timer_set(&h.timer, 20000);
	start = now();
	CHECK(loop_drain(&loop, 5) == 0);
	CHECK(h.step == 2 && now() - start < 4);

	loop_hold(&loop);
	CHECK(loop_drain(&loop, 1) == 1);

	CHECK(kill(getpid(), SIGTERM) == 0);
	start = now();
	CHECK(loop_drain(&loop, 5) == 1);
	CHECK(now() - start < 4);
	loop_timer_close(&loop, &h.timer);
	loop_close(&loop);
}

/* Takes another source away, and its memory with it, while that one is ready as well. */
struct removing_source {
	struct loop_source source;
	struct counting_source *other;
};

static int remove_other(struct loop *loop, struct loop_source *source)
{
	struct removing_source *s = (struct removing_source *)source;

	if (s->other->source.fd >= 0) {
		loop_remove(loop, &s->other->source);
		close_fd(&s->other->source.fd);
		memset(&s->other->source.ready, 0xee, sizeof s->other->source.ready);
		(void)kill(getpid(), SIGTERM);
	}
	return 0;
}

static void a_source_may_free_another_that_is_ready(void)
{
	struct loop loop = LOOP_CLOSED;
	struct counting_source victim = { .source.ready = count_turn };
	struct removing_source s = { .source.ready = remove_other, .other = &victim };

	CHECK(loop_open(&loop, 0) == 0);
	victim.source.fd = eventfd(1, EFD_CLOEXEC);
	s.source.fd = eventfd(1, EFD_CLOEXEC);
	CHECK(loop_add(&loop, &s.source, EPOLLIN) == 0);
	CHECK(loop_add(&loop, &victim.source, EPOLLIN) == 0);
	CHECK(loop_run(&loop) == 0);
	CHECK(victim.turns <= 1);
	loop_close(&loop);
	close_fd(&s.source.fd);
}

static void a_paused_source_is_left_alone(void)
{
	struct loop loop = LOOP_CLOSED;
	struct counting_source s = { .source.ready = count_turn, .result = -EPROTO };

	s.source.fd = eventfd(1, EFD_CLOEXEC);
	CHECK(loop_open(&loop, 1) == 0);
	CHECK(loop_add(&loop, &s.source, EPOLLIN) == 0);
	CHECK(loop_change(&loop, &s.source, 0) == 0);
	CHECK(loop_run(&loop) == 0 && s.turns == 0);
	CHECK(loop_change(&loop, &s.source, EPOLLIN) == 0);
	CHECK(loop_run(&loop) == -EPROTO && s.turns == 3);
	loop_close(&loop);
	close_fd(&s.source.fd);
}

int main(void)
{
	RUN(with_nothing_to_do_it_ends_after_the_idle_time);
	RUN(a_signal_ends_it_and_is_given_back_afterwards);
	RUN(a_failing_source_ends_it_with_its_error);
	RUN(it_does_not_leave_while_something_is_held);
	RUN(holding_forgets_an_idle_expiry_not_yet_read);
	RUN(draining_waits_for_what_is_held_but_not_for_ever);
	RUN(a_source_may_free_another_that_is_ready);
	RUN(a_paused_source_is_left_alone);
	return CHECK_STATUS();
}
