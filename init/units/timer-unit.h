/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a .timer unit: systemd.timer(5). Pure.
 *
 * OnCalendar= is not supported: no image uses it, and the code for calendar events
 * would take 4 KB of the program.
 */
#ifndef TIMER_UNIT_H
#define TIMER_UNIT_H

#include "units/units.h"

#include <stdint.h>

/* More than people write; a bound, so that it needs no memory. */
#define TIMER_TRIGGERS_MAX 16

enum trigger_kind { /* in the order of their settings */
	TRIGGER_BOOT,
	TRIGGER_STARTUP, /* the same */
	TRIGGER_ACTIVE,  /* the same, too: timers are active from the start */
	TRIGGER_UNIT_ACTIVE,
	TRIGGER_UNIT_INACTIVE
};

struct trigger {
	enum trigger_kind kind;
	uint64_t span; /* microseconds */
};

struct timer_unit {
	const struct boot_unit *unit; /* borrowed */
	struct trigger triggers[TIMER_TRIGGERS_MAX];
	size_t n_triggers;
	uint64_t random_delay; /* microseconds, at most */
	bool on_clock_change;
	char *service; /* Unit=; NULL: of the same name */
};

/* Like service_read(). *ret_problem is NULL when there is no trigger. */
int timer_unit_read(const struct boot_unit *unit, struct timer_unit *ret,
		    const struct unit_setting **ret_problem);
void timer_unit_release(struct timer_unit *timer);

/* Whether timer_unit_read() reads this setting of [Timer]. */
bool timer_unit_knows(const char *key);

#endif
