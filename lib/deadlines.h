/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines of connections that all have the same time: one timer for all of them.
 *
 * Whoever begins last ends last, so the list is sorted by itself, and nothing here costs
 * more with more connections. With no deadline set, the timer is stopped: it does not
 * wake an idle program.
 */
#ifndef DEADLINES_H
#define DEADLINES_H

#include "loop.h"

#include <stdint.h>

/* Lies in the connection's struct; all zeros when it is not set. */
struct deadline {
	uint64_t at_us; /* CLOCK_MONOTONIC; 0: not set */
	struct deadline *earlier, *later;
};

struct deadlines {
	struct loop_timer timer;
	uint64_t span_us;
	void (*elapsed)(struct deadlines *deadlines, struct deadline *deadline);
	struct deadline *first, *last;
};

#define DEADLINES_CLOSED ((struct deadlines){ .timer = LOOP_TIMER_CLOSED })

/*
 * elapsed: called for each deadline that has passed, which is no longer set then; it may
 * set and clear any of them, and free its own.
 * Returns 0 or the negative errno of loop_timer_open().
 */
int deadlines_open(struct deadlines *deadlines, struct loop *loop, uint64_t span_us,
		   void (*elapsed)(struct deadlines *deadlines, struct deadline *deadline));
void deadlines_close(struct deadlines *deadlines, struct loop *loop);

/* Sets the deadline to the span from now, whether it was set before or not. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline);

/* Has no effect on a deadline that is not set. */
void deadline_clear(struct deadlines *deadlines, struct deadline *deadline);

#endif
