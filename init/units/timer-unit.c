/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/timer-unit.h"

#include "units/settings.h"
#include "units/values.h"
#include "units/words.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum {
	KIND_TRIGGER = SETTING_CUSTOM, /* more: the kind */
	KIND_CALENDAR                  /* no effect, unless empty */
};

#define SETTINGS(X)                                                         \
	X(OnBootSec, KIND_TRIGGER, TRIGGER_BOOT, triggers)                  \
	X(OnStartupSec, KIND_TRIGGER, TRIGGER_STARTUP, triggers)            \
	X(OnActiveSec, KIND_TRIGGER, TRIGGER_ACTIVE, triggers)              \
	X(OnUnitActiveSec, KIND_TRIGGER, TRIGGER_UNIT_ACTIVE, triggers)     \
	X(OnUnitInactiveSec, KIND_TRIGGER, TRIGGER_UNIT_INACTIVE, triggers) \
	X(OnCalendar, KIND_CALENDAR, 0, triggers)                           \
	X(OnClockChange, SETTING_BOOLEAN, 0, on_clock_change)               \
	X(RandomizedDelaySec, SETTING_SPAN, 0, random_delay)                \
	X(Unit, SETTING_TEXT, 0, service)

#define RULE(name, kind, more, field) { kind, more, offsetof(struct timer_unit, field) },
static const struct setting_rule rules[] = { SETTINGS(RULE) };
static const char names[] = SETTINGS(SETTING_NAME);

bool timer_unit_knows(const char *key)
{
	return word_index(names, key) >= 0 && strcmp(key, "OnCalendar") != 0;
}

static int add_trigger(void *base, const struct setting_rule *rule, const struct unit_setting *s)
{
	struct timer_unit *t = base;
	struct trigger *trigger;
	int r;

	if (!rule)
		return 0;
	if (*s->value == '\0') {
		/* systemd.timer(5): an empty value resets the triggers of all kinds. */
		t->n_triggers = 0;
		return 0;
	}
	if (rule->kind == KIND_CALENDAR)
		return 0;
	if (t->n_triggers == TIMER_TRIGGERS_MAX)
		return -EINVAL;
	trigger = &t->triggers[t->n_triggers];
	trigger->kind = rule->more;
	r = parse_time_span(s->value, &trigger->span);
	t->n_triggers += r == 0;
	return r;
}

static const struct setting_table table = { "Timer", names, rules, add_trigger };

int timer_unit_read(const struct boot_unit *unit, struct timer_unit *ret,
		    const struct unit_setting **ret_problem)
{
	int r;

	*ret = (struct timer_unit){ .unit = unit };
	r = settings_read(&table, unit, NULL, ret, ret_problem);
	return r < 0 ? r : ret->n_triggers == 0 && !ret->on_clock_change ? -EINVAL : 0;
}

void timer_unit_release(struct timer_unit *t)
{
	settings_release(&table, t);
}
