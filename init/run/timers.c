/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/timers.h"

#include "clock.h"
#include "elements.h"
#include "log.h"
#include "run/supervise.h"
#include "units/values.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A .timer unit that waits. All times are of CLOCK_MONOTONIC, in microseconds. */
struct open_timer {
	struct loop_timer timer;
	struct manager *manager;
	struct timer_entry *entry;
	uint64_t last_trigger;
};

/* When a trigger elapses, or FOR_EVER. */
static uint64_t next_of(const struct open_timer *t, const struct trigger *trigger)
{
	const struct service_entry *service = t->entry->service;
	uint64_t base, when;

	switch (trigger->kind) {
	case TRIGGER_UNIT_ACTIVE:
		base = service->last_active;
		break;
	case TRIGGER_UNIT_INACTIVE:
		base = service->jobs ? 0 : service->last_inactive;
		break;
	default:
		base = t->manager->started;
	}
	if (base == 0 || trigger->span > INT64_MAX)
		return FOR_EVER;
	when = base + trigger->span;
	/* It has elapsed. */
	return when <= t->last_trigger ? FOR_EVER : when;
}

static uint64_t random_below(uint64_t most)
{
	uint64_t number = 0;

	if (most == 0 || most > INT64_MAX || getrandom(&number, sizeof number, GRND_NONBLOCK) < 0)
		return 0;
	return number % (most + 1);
}

/* Returns whether a trigger is still to come. */
static bool set(struct open_timer *t)
{
	const struct timer_unit *unit = &t->entry->timer;
	uint64_t now = now_us(CLOCK_MONOTONIC), earliest = FOR_EVER, when;

	for (size_t i = 0; i < unit->n_triggers; i++) {
		when = next_of(t, &unit->triggers[i]);
		if (when < earliest)
			earliest = when;
	}
	if (earliest == FOR_EVER) {
		loop_timer_set(&t->timer, 0);
		return false;
	}
	earliest += random_below(unit->random_delay);
	loop_timer_set(&t->timer, earliest > now ? earliest - now : 1);
	return true;
}

static void elapse(struct open_timer *t)
{
	struct service_entry *service = t->entry->service;
	uint64_t wait;
	int r = 0;

	t->last_trigger = now_us(CLOCK_MONOTONIC);
	if (!service->jobs)
		r = service_start(t->manager, service, NULL, -1, &wait);
	/* All triggers may count from a start, which there was not: it is tried again. */
	if (!set(t) && r == -EAGAIN)
		loop_timer_set(&t->timer, wait);
}

static int timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	elapse(CONTAINER_OF(timer, struct open_timer, timer));
	return 0;
}

void timers_update(const struct service_entry *service)
{
	for (struct timer_entry *entry = service->timers; entry; entry = entry->next_of_service)
		if (entry->open)
			(void)set(entry->open);
}

/* A timer that never elapses, but fails when the clock is set: timerfd_create(2). */
static int watch_clock(int fd)
{
	struct itimerspec never = { .it_value.tv_sec = INT64_MAX / 2000000000 };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

static int clock_changed(struct loop *loop, struct loop_source *source)
{
	struct manager *m = CONTAINER_OF(source, struct manager, clock_changes);
	uint64_t expiries;

	(void)loop;
	if (read(source->fd, &expiries, sizeof expiries) >= 0 || errno != ECANCELED)
		return 0;
	(void)watch_clock(source->fd);
	for (size_t i = 0; i < m->plan.n_timers; i++)
		if (m->plan.timers[i].open && m->plan.timers[i].timer.on_clock_change)
			elapse(m->plan.timers[i].open);
	return 0;
}

static int open_clock_watch(struct manager *m)
{
	int r;

	m->clock_changes.ready = clock_changed;
	m->clock_changes.fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (m->clock_changes.fd < 0)
		return -errno;
	r = watch_clock(m->clock_changes.fd);
	return r < 0 ? r : loop_add(&m->loop, &m->clock_changes, EPOLLIN);
}

/* For the life of the process. */
static int open_entry(struct manager *m, struct timer_entry *entry)
{
	struct open_timer *t = calloc(1, sizeof *t);
	int r;

	if (!t)
		return -ENOMEM;
	entry->open = t;
	*t = (struct open_timer){
		.timer = { .source.fd = -1, .elapsed = timer_elapsed },
		.manager = m,
		.entry = entry,
	};
	r = loop_timer_open(&m->loop, &t->timer);
	if (r == 0 && entry->timer.on_clock_change && m->clock_changes.fd < 0)
		r = open_clock_watch(m);
	if (r == 0)
		(void)set(t);
	m->n_triggers += r == 0;
	return r;
}

int timers_open(struct manager *m)
{
	int r = 0;

	for (size_t i = 0; i < m->plan.n_timers && r == 0; i++) {
		struct timer_entry *entry = &m->plan.timers[i];

		if (entry->service->refused) {
			log_error("%s: its service is ignored; timer not started",
				  entry->timer.unit->name);
			m->failed = true;
		} else {
			r = open_entry(m, entry);
		}
	}
	return r;
}
