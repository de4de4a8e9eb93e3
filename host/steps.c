/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a verb is going to do. */
#include "steps.h"

#include "jobs.h"
#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

static const char *const words[] = {
	[STEP_STOP] = "stop",
	[STEP_DISABLE] = "disable",
	[STEP_DISABLE_RUNTIME] = "disable until reboot",
	[STEP_DETACH] = "detach",
	[STEP_ATTACH] = "attach",
	[STEP_REATTACH] = "attach again",
	[STEP_RELOAD] = "reload",
	[STEP_ENABLE] = "enable",
	[STEP_ENABLE_RUNTIME] = "enable until reboot",
	[STEP_START] = "start",
};

void steps_open(struct steps *steps, struct pool *pool, const char *name)
{
	*steps = (struct steps){ .pool = pool, .name = name };
	steps->end = &steps->first;
}

int steps_add(struct steps *steps, enum step_kind kind, const char *object,
	      const struct portabled_image *image)
{
	struct step *step = pool_take(steps->pool, sizeof *step);

	if (!step)
		return pool_exhausted();
	*step = (struct step){ NULL, kind, object, image };
	*steps->end = step;
	steps->end = &step->next;
	return 0;
}

static bool has_step(const struct steps *steps, enum step_kind kind, const char *object)
{
	for (const struct step *step = steps->first; step; step = step->next)
		if (step->kind == kind && strcmp(step->object, object) == 0)
			return true;
	return false;
}

int steps_add_disables(struct steps *steps, const char *unit, const struct enabling_link *links)
{
	int r = 0;

	for (const struct enabling_link *link = links; link && r >= 0; link = link->next) {
		enum step_kind kind = link->is_runtime ? STEP_DISABLE_RUNTIME : STEP_DISABLE;
		const char *object = link->is_alias ? unit : link->name;

		if (enables(link, unit) && !has_step(steps, kind, object))
			r = steps_add(steps, kind, object, NULL);
	}
	return r;
}

void steps_print(const struct steps *steps)
{
	char shown[LOG_ESCAPED_SIZE];

	for (const struct step *step = steps->first; step; step = step->next)
		if (step->kind != STEP_RELOAD)
			printf("%s %s\n", words[step->kind], log_escape(step->object, shown));
}

void journal_step(const char *name, const char *step, const char *object, int r)
{
	int priority = r < 0 ? LOG_ERR : LOG_INFO;

	/* Without a journal nobody reads it. */
	(void)sd_journal_send("MESSAGE=%s: %s %s%s", name, step, object, r < 0 ? ": failed" : "",
			      "PRIORITY=%i", priority, "PORTABLE=%s", name, "PORTABLE_STEP=%s",
			      step, "PORTABLE_OBJECT=%s", object,
			      "SYSLOG_IDENTIFIER=portable-admin", NULL);
}

static int take(const struct step *step, struct pool *pool, sd_bus *bus)
{
	const char *const units[] = { step->object, NULL };
	struct portabled_change *changes, *added;

	switch (step->kind) {
	case STEP_STOP:
		return manager_run(bus, MANAGER_STOP, step->object);
	case STEP_START:
		return manager_run(bus, MANAGER_START, step->object);
	case STEP_DISABLE:
	case STEP_DISABLE_RUNTIME:
		return manager_disable(bus, units, step->kind == STEP_DISABLE_RUNTIME);
	case STEP_ENABLE:
	case STEP_ENABLE_RUNTIME:
		return manager_enable(bus, units, step->kind == STEP_ENABLE_RUNTIME);
	case STEP_RELOAD:
		return manager_reload(bus);
	case STEP_DETACH:
		return portabled_detach(bus, pool, step->image, &changes);
	case STEP_ATTACH:
		return portabled_attach(bus, pool, step->image, &changes);
	case STEP_REATTACH:
		return portabled_reattach(bus, pool, step->image, &changes, &added);
	}
	return 0;
}

int steps_take(const struct steps *steps, sd_bus *bus)
{
	int r = 0;

	for (const struct step *step = steps->first; step && r >= 0; step = step->next) {
		r = take(step, steps->pool, bus);
		if (step->kind != STEP_RELOAD)
			journal_step(steps->name, words[step->kind], step->object, r);
	}
	return r;
}
