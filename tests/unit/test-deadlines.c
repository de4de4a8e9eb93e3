/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlines pass in the order in which they were set, and an empty list wakes nobody. */
#include "check.h"
#include "clock.h"
#include "deadlines.h"

#include <sys/timerfd.h>

#define SPAN_US 30000

static struct loop loop;
static struct deadlines deadlines;
static struct deadline all[4];
static size_t passed[8], n_passed;
static struct deadline *cleared_by_first; /* by the callback of the first one */

static void note(struct deadlines *list, struct deadline *d)
{
	CHECK(d->at_us == 0);
	passed[n_passed++] = (size_t)(d - all);
	if (cleared_by_first)
		deadline_clear(list, cleared_by_first);
	cleared_by_first = NULL;
	if (!list->first)
		loop_end(&loop);
}

static bool timer_runs(void)
{
	struct itimerspec left;

	CHECK(timerfd_gettime(deadlines.timer.source.fd, &left) == 0);
	return left.it_value.tv_sec > 0 || left.it_value.tv_nsec > 0;
}

static void begin(void)
{
	n_passed = 0;
	memset(all, 0, sizeof all);
	CHECK(loop_open(&loop, 60) == 0);
	CHECK(deadlines_open(&deadlines, &loop, SPAN_US, note) == 0);
	CHECK(!timer_runs());
}

static void end(void)
{
	CHECK(!timer_runs());
	deadlines_close(&deadlines, &loop);
	loop_close(&loop);
}

static void sleep_us(long us)
{
	const struct timespec time = { .tv_nsec = us * 1000 };

	CHECK(nanosleep(&time, NULL) == 0);
}

static void they_pass_in_order_and_not_too_early(void)
{
	uint64_t start = now_us(CLOCK_MONOTONIC);

	begin();
	for (size_t i = 0; i < 3; i++)
		deadline_set(&deadlines, &all[i]);
	CHECK(loop_run(&loop) == 0);
	CHECK(n_passed == 3 && passed[0] == 0 && passed[1] == 1 && passed[2] == 2);
	CHECK(now_us(CLOCK_MONOTONIC) - start >= SPAN_US);
	end();
}

static void one_that_is_set_again_goes_last_and_has_its_whole_time(void)
{
	uint64_t start;

	begin();
	for (size_t i = 0; i < 3; i++)
		deadline_set(&deadlines, &all[i]);
	sleep_us(SPAN_US / 2);
	start = now_us(CLOCK_MONOTONIC);
	deadline_set(&deadlines, &all[0]);
	CHECK(loop_run(&loop) == 0);
	CHECK(n_passed == 3 && passed[0] == 1 && passed[1] == 2 && passed[2] == 0);
	CHECK(now_us(CLOCK_MONOTONIC) - start >= SPAN_US);
	end();
}

static void the_only_one_can_be_set_again(void)
{
	uint64_t start;

	begin();
	deadline_set(&deadlines, &all[0]);
	sleep_us(SPAN_US / 2);
	start = now_us(CLOCK_MONOTONIC);
	deadline_set(&deadlines, &all[0]);
	CHECK(loop_run(&loop) == 0);
	CHECK(n_passed == 1);
	CHECK(now_us(CLOCK_MONOTONIC) - start >= SPAN_US);
	end();
}

static void one_that_is_cleared_does_not_pass(void)
{
	begin();
	for (size_t i = 0; i < 4; i++)
		deadline_set(&deadlines, &all[i]);
	deadline_clear(&deadlines, &all[0]); /* the first, one in the middle, the last */
	deadline_clear(&deadlines, &all[2]);
	deadline_clear(&deadlines, &all[3]);
	deadline_clear(&deadlines, &all[3]);
	CHECK(timer_runs());
	CHECK(loop_run(&loop) == 0);
	CHECK(n_passed == 1 && passed[0] == 1);
	end();
}

static void an_empty_list_stops_the_timer(void)
{
	begin();
	deadline_set(&deadlines, &all[0]);
	CHECK(timer_runs());
	deadline_clear(&deadlines, &all[0]);
	end();
}

static void a_callback_may_clear_another_that_has_passed(void)
{
	begin();
	for (size_t i = 0; i < 3; i++)
		deadline_set(&deadlines, &all[i]);
	cleared_by_first = &all[1];
	sleep_us(SPAN_US + 1000L);
	CHECK(loop_run(&loop) == 0);
	CHECK(n_passed == 2 && passed[0] == 0 && passed[1] == 2);
	end();
}

int main(void)
{
	RUN(they_pass_in_order_and_not_too_early);
	RUN(one_that_is_set_again_goes_last_and_has_its_whole_time);
	RUN(the_only_one_can_be_set_again);
	RUN(one_that_is_cleared_does_not_pass);
	RUN(an_empty_list_stops_the_timer);
	RUN(a_callback_may_clear_another_that_has_passed);
	return CHECK_STATUS();
}
