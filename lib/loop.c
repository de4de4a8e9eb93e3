/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event loop that ends when the service is idle. */
#include "loop.h"

#include "clock.h"
#include "fd.h"

#include <assert.h>
#include <errno.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void set_idle_timer(struct loop *loop, unsigned seconds)
{
	loop_timer_set(&loop->idle, seconds * USEC_PER_SEC);
}

static int idle_elapsed(struct loop *loop, struct loop_timer *timer)
{
	(void)timer;
	loop->ended = true;
	return 0;
}

static int signal_ready(struct loop *loop, struct loop_source *source)
{
	struct signalfd_siginfo info;

	/* Read, so that a later loop_drain() sees only a second signal. */
	if (read(source->fd, &info, sizeof info) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	loop->signal = (int)info.ssi_signo;
	loop->ended = true;
	return 0;
}

int loop_open(struct loop *loop, unsigned idle_seconds)
{
	sigset_t signals;
	int r;

	*loop = LOOP_CLOSED;
	loop->idle_seconds = idle_seconds;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;

	loop->signals.ready = signal_ready;
	loop->signals.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals.fd < 0)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &signals, &loop->signals_before) < 0) {
		r = -errno;
		close_fd(&loop->signals.fd); /* nothing for loop_close() to restore */
		return r;
	}
	r = loop_add(loop, &loop->signals, EPOLLIN);
	if (r < 0)
		return r;

	loop->idle.elapsed = idle_elapsed;
	r = loop_timer_open(loop, &loop->idle);
	if (r < 0)
		return r;
	set_idle_timer(loop, idle_seconds);
	return 0;
}

void loop_close(struct loop *loop)
{
	loop_timer_close(loop, &loop->idle);
	if (loop->signals.fd >= 0) {
		(void)sigprocmask(SIG_SETMASK, &loop->signals_before, NULL);
		close_fd(&loop->signals.fd);
	}
	close_fd(&loop->epoll_fd);
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0 ? -errno : 0;
}

int loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event) < 0 ? -errno : 0;
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	/* Fails only for a source that is not in the loop, which is what was wanted. */
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

static int timer_ready(struct loop *loop, struct loop_source *source)
{
	struct loop_timer *timer = (struct loop_timer *)source; /* its first member */
	uint64_t expiries;

	/* Nothing to read if the timer was set again after epoll had reported it. */
	if (read(source->fd, &expiries, sizeof expiries) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return timer->elapsed(loop, timer);
}

int loop_timer_open(struct loop *loop, struct loop_timer *timer)
{
	timer->source.ready = timer_ready;
	timer->source.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer->source.fd < 0)
		return -errno;
	return loop_add(loop, &timer->source, EPOLLIN);
}

void loop_timer_close(struct loop *loop, struct loop_timer *timer)
{
	if (timer->source.fd < 0)
		return;
	loop_remove(loop, &timer->source);
	close_fd(&timer->source.fd);
}

void loop_timer_set(struct loop_timer *timer, uint64_t microseconds)
{
	struct itimerspec spec = {
		.it_value.tv_sec = (time_t)(microseconds / USEC_PER_SEC),
		.it_value.tv_nsec = (long)(microseconds % USEC_PER_SEC) * 1000,
	};
	int r = timerfd_settime(timer->source.fd, 0, &spec, NULL);

	assert(r == 0); /* EBADF and EINVAL are all that can happen */
	(void)r;
}

void loop_hold(struct loop *loop)
{
	/* Setting a timerfd also discards an expiry that was not read yet. */
	if (loop->held++ == 0 && !loop->draining)
		set_idle_timer(loop, 0);
}

void loop_release(struct loop *loop)
{
	assert(loop->held > 0);
	if (--loop->held > 0)
		return;
	if (loop->draining)
		loop->ended = true;
	else
		set_idle_timer(loop, loop->idle_seconds);
}

int loop_run(struct loop *loop)
{
	struct epoll_event event;
	struct loop_source *source;
	int n, r;

	loop->ended = false;
	while (!loop->ended) {
		n = epoll_wait(loop->epoll_fd, &event, 1, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		source = event.data.ptr;
		r = source->ready(loop, source);
		if (r < 0)
			return r;
	}
	return 0;
}

void loop_end(struct loop *loop)
{
	loop->ended = true;
}

int loop_drain(struct loop *loop, unsigned seconds)
{
	int r;

	if (loop->held == 0)
		return 0;
	loop->draining = true;
	set_idle_timer(loop, seconds);
	r = loop_run(loop);
	loop->draining = false;
	if (r < 0)
		return r;
	return loop->held > 0;
}
