/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a .timer unit says. */
#include "timer-unit.h"

#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS(X)           \
	X(OnBootSec)          \
	X(OnStartupSec)       \
	X(OnActiveSec)        \
	X(OnUnitActiveSec)    \
	X(OnUnitInactiveSec)  \
	X(OnCalendar)         \
	X(OnClockChange)      \
	X(RandomizedDelaySec) \
	X(Unit)

#define NUMBER(key) KEY_##key,
enum key {
	SETTINGS(NUMBER)
};
#define NAME(key) #key "\0"
static const char key_names[] = SETTINGS(NAME);

bool timer_unit_knows(const char *key)
{
	return word_index(key_names, key) >= 0;
}

static int add_trigger(struct timer_unit *t, enum trigger_kind kind, const char *value)
{
	struct trigger trigger = { .kind = kind };
	int r;

	if (*value == '\0') {
		/* An empty one resets all of them: systemd.timer(5). */
		t->n_triggers = 0;
		return 0;
	}
	r = kind == TRIGGER_CALENDAR ? calendar_parse(value, &trigger.calendar)
				     : parse_time_span(value, &trigger.span);
	if (r < 0 || t->n_triggers == TIMER_TRIGGERS_MAX)
		return -EINVAL;
	t->triggers[t->n_triggers++] = trigger;
	return 0;
}

static int read_setting(struct timer_unit *t, enum key key, const char *value)
{
	switch (key) {
	case KEY_OnClockChange:
		return parse_boolean(value, &t->on_clock_change);
	case KEY_RandomizedDelaySec:
		return parse_time_span(value, &t->random_delay);
	case KEY_Unit:
		free(t->service);
		t->service = NULL;
		return unit_expand(t->unit, NULL, value, &t->service);
	default:
		return add_trigger(t, (enum trigger_kind)key, value);
	}
}

int timer_unit_read(const struct unit *unit, struct timer_unit *ret,
		    const struct unit_setting **ret_problem)
{
	*ret = (struct timer_unit){ .unit = unit };
	*ret_problem = NULL;
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];
		int key = strcmp(setting->section, "Timer") == 0
				  ? word_index(key_names, setting->key)
				  : -1;
		int r = key < 0 ? 0 : read_setting(ret, (enum key)key, setting->value);

		if (r < 0) {
			*ret_problem = setting;
			return r == -ENOMEM ? r : -EINVAL;
		}
	}
	return ret->n_triggers == 0 && !ret->on_clock_change ? -EINVAL : 0;
}

void timer_unit_release(struct timer_unit *t)
{
	free(t->service);
	*t = (struct timer_unit){ 0 };
}
