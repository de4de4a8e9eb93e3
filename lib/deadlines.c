/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlines of connections that all have the same time: one timer for all of them. */
#include "deadlines.h"

#include "clock.h"
#include "elements.h"

static void take_out(struct deadlines *list, struct deadline *d)
{
	*(d->earlier ? &d->earlier->later : &list->first) = d->later;
	*(d->later ? &d->later->earlier : &list->last) = d->earlier;
	*d = (struct deadline){ 0 };
}

void deadline_set(struct deadlines *list, struct deadline *d)
{
	/* Else the timer runs already. If it elapses too early, it is set again then. */
	if (!list->first)
		loop_timer_set(&list->timer, list->span_us);
	if (d->at_us > 0)
		take_out(list, d);
	d->at_us = now_us(CLOCK_MONOTONIC) + list->span_us;
	d->earlier = list->last;
	*(list->last ? &list->last->later : &list->first) = d;
	list->last = d;
}

void deadline_clear(struct deadlines *list, struct deadline *d)
{
	if (d->at_us == 0)
		return;
	take_out(list, d);
	if (!list->first)
		loop_timer_set(&list->timer, 0);
}

static int timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct deadlines *list = CONTAINER_OF(timer, struct deadlines, timer);
	uint64_t now = now_us(CLOCK_MONOTONIC);
	struct deadline *d;

	(void)loop;
	while ((d = list->first) && d->at_us <= now) {
		take_out(list, d);
		list->elapsed(list, d);
	}
	if (list->first)
		loop_timer_set(timer, list->first->at_us - now);
	return 0;
}

int deadlines_open(struct deadlines *list, struct loop *loop, uint64_t span_us,
		   void (*elapsed)(struct deadlines *list, struct deadline *d))
{
	*list = DEADLINES_CLOSED;
	list->span_us = span_us;
	list->elapsed = elapsed;
	list->timer.elapsed = timer_elapsed;
	return loop_timer_open(loop, &list->timer);
}

void deadlines_close(struct deadlines *list, struct loop *loop)
{
	loop_timer_close(loop, &list->timer);
}
