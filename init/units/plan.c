/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be opened and started, when, and what belongs together. */
#include "units/plan.h"

#include "elements.h"
#include "format.h"
#include "log.h"
#include "units/effects.h"
#include "units/users.h"
#include "units/values.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Says which line makes no sense, or is not to be left out; or another reason. */
static void refuse(const char *name, const struct unit_setting *problem, const char *reason)
{
	char value[LOG_ESCAPED_SIZE];

	if (problem)
		log_error("%s:%u: cannot do '%s=%s'; the unit is left out", name, problem->line,
			  problem->key, log_escape(problem->value, value));
	else
		log_error("%s: %s; the unit is left out", name, reason);
}

static void report_without_effect(const struct boot_unit *unit, const struct service *service)
{
	char names[SETTINGS_TEXT_SIZE];

	settings_without_effect(unit, service, names);
	if (*names)
		log_warning("%s: not in effect here: %s", unit->name, names);
}

static bool list_has(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], name) == 0)
			return true;
	return false;
}

static bool names(const struct boot_unit *unit, const char *section, const char *key,
		  const char *name)
{
	const struct unit_setting *setting = NULL;
	size_t length = strlen(name);

	/* Names of units have no white space and need no quotes. */
	while ((setting = unit_file_next(&unit->file, section, key, setting)))
		for (const char *p = setting->value; *p;
		     p += strcspn(p, " \t"), p += strspn(p, " \t"))
			if (strncmp(p, name, length) == 0 && strchr(" \t", p[length]))
				return true;
	return false;
}

bool unit_names(const struct boot_unit *unit, const char *key, const char *name)
{
	return names(unit, "Unit", key, name);
}

struct service_entry *plan_service(const struct boot_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_services; i++)
		/* Never NULL, which the analyzer does not follow. NOLINTNEXTLINE(clang-analyzer-*) */
		if (strcmp(plan->services[i].unit->name, name) == 0)
			return &plan->services[i];
	return NULL;
}

/* "x.socket" is for "x.service", or with Accept= for "x@.service". */
static struct service_entry *service_of(const struct boot_plan *plan, const struct boot_unit *unit,
					const char *stated, const char *suffix)
{
	char name[NAME_MAX + 1];

	(void)format_text(name, sizeof name, "%.*s%s", (int)(unit->suffix - unit->name), unit->name,
			  suffix);
	return plan_service(plan, stated ? stated : name);
}

static bool has_install(const struct boot_unit *unit)
{
	return unit_file_has_section(&unit->file, "Install");
}

/* WantedBy= or RequiredBy= the targets that a boot leads to. */
static bool is_wanted(const struct boot_unit *unit)
{
	for (int i = 0; i < 4; i++)
		if (names(unit, "Install", i & 1 ? "WantedBy" : "RequiredBy",
			  i & 2 ? "multi-user.target" : "default.target"))
			return true;
	return false;
}

/*
 * The user of a service. Two services that state the same one share it; two names
 * that happen to have the same number do not. Returns 0 or -ESRCH.
 */
static int find_user(struct boot_plan *plan, struct service_entry *entry)
{
	char name[USER_NAME_SIZE], other[USER_NAME_SIZE];
	struct service_entry *before = plan->services;

	if (user_find(&entry->service, &entry->uid) < 0)
		return -ESRCH;
	user_name(&entry->service, name);
	while (before < entry) {
		if (before->refused || before->uid != entry->uid) {
			before++;
			continue;
		}
		user_name(&before->service, other);
		if (strcmp(name, other) == 0 || !user_is_dynamic(entry->uid)) {
			entry->shares_user = before->shares_user = true;
			before++;
		} else {
			entry->uid = user_next(entry->uid);
			before = plan->services; /* again: who has this one? */
		}
	}
	return 0;
}

static int add_service(struct boot_plan *plan, const struct boot_unit *unit,
		       const struct choice *choice)
{
	struct service_entry *entry = &plan->services[plan->n_services++];
	const struct unit_setting *problem;
	int r;

	*entry = (struct service_entry){
		.unit = unit,
		.template = is_template(unit),
		.refused = true,
		.wanted = is_wanted(unit) || list_has(&choice->wanted, unit->name),
	};
	entry->wanted &= !entry->template;
	r = service_read(unit, entry->template ? "0" : NULL, &entry->service, &problem);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		refuse(unit->name, problem, "no ExecStart=, or more than one");
	} else if (find_user(plan, entry) < 0) {
		refuse(unit->name, NULL, "User= is not known here");
	} else {
		entry->refused = false;
		report_without_effect(unit, &entry->service);
	}
	return 0;
}

static int add_socket(struct boot_plan *plan, const struct boot_unit *unit)
{
	struct socket_entry *entry = &plan->sockets[plan->n_sockets];
	const struct unit_setting *problem;
	int r;

	*entry = (struct socket_entry){ 0 };
	r = socket_unit_read(unit, &entry->socket, &problem);
	if (r == 0) {
		entry->service = service_of(plan, unit, entry->socket.service,
					    entry->socket.accept ? "@.service" : ".service");
		if (!entry->service || entry->service->template != entry->socket.accept) {
			refuse(unit->name, NULL, "the service that it is for is not there");
			r = -EINVAL;
		} else if (entry->service->refused) {
			refuse(unit->name, NULL, "its service is left out");
			r = -EINVAL;
		}
	} else if (r == -EINVAL) {
		refuse(unit->name, problem, "no Listen…= that could be opened");
	}
	if (r < 0) {
		plan->incomplete = true;
		socket_unit_release(&entry->socket);
		return r == -ENOMEM ? r : 0;
	}
	report_without_effect(unit, NULL);
	plan->n_sockets++;
	return 0;
}

static int add_timer(struct boot_plan *plan, const struct boot_unit *unit)
{
	struct timer_entry *entry = &plan->timers[plan->n_timers];
	const struct unit_setting *problem;
	int r;

	*entry = (struct timer_entry){ 0 };
	r = timer_unit_read(unit, &entry->timer, &problem);
	if (r == 0) {
		entry->service = service_of(plan, unit, entry->timer.service, ".service");
		if (!entry->service || entry->service->refused || entry->service->template) {
			refuse(unit->name, NULL, "the service that it is for is not there");
			r = -EINVAL;
		}
	} else if (r == -EINVAL) {
		if (!problem && unit_file_last(&unit->file, "Timer", "OnCalendar"))
			log_error("%s: OnCalendar= is not supported, and there is no other "
				  "trigger; timer not started",
				  unit->name);
		else
			refuse(unit->name, problem, "nothing that could elapse");
	}
	if (r < 0) {
		plan->incomplete = true;
		timer_unit_release(&entry->timer);
		return r == -ENOMEM ? r : 0;
	}
	report_without_effect(unit, NULL);
	plan->n_timers++;
	return 0;
}

/*
 * Of two units that exclude each other, the one that says so is the alternative
 * and stays closed; unless people asked for it, and masked the other one.
 */
static bool is_excluded(const struct units *units, const struct boot_unit *unit,
			const struct choice *choice)
{
	for (size_t i = 0; i < units->n; i++) {
		const struct boot_unit *other = &units->at[i];

		if (other == unit || !has_install(other) ||
		    list_has(&choice->masked, other->name) ||
		    !unit_names(unit, "Conflicts", other->name))
			continue;
		log_info("%s: not opened, since it conflicts with %s", unit->name, other->name);
		return true;
	}
	return false;
}

static int add_unit(struct boot_plan *plan, const struct units *units, const struct boot_unit *unit,
		    const struct choice *choice)
{
	bool wanted = has_install(unit) || list_has(&choice->wanted, unit->name);

	if (unit_is(unit, ".target") || is_template(unit) || !wanted)
		return 0;
	if (unit_is(unit, ".socket"))
		return is_excluded(units, unit, choice) ? 0 : add_socket(plan, unit);
	if (unit_is(unit, ".timer"))
		return add_timer(plan, unit);
	log_warning("%s: units of this kind have no effect here", unit->name);
	return 0;
}

/* Whom a wanted service names comes with it. Goes on until nothing is new. */
static void want_requirements(struct boot_plan *plan)
{
	static const char *const keys[] = { "Requires", "Wants", "BindsTo" };
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < plan->n_services; i++) {
			for (size_t j = 0; j < plan->n_services; j++) {
				struct service_entry *by = &plan->services[i];
				struct service_entry *entry = &plan->services[j];

				if (!by->wanted || entry->wanted || entry->template)
					continue;
				for (size_t k = 0; k < ELEMENTS(keys); k++)
					entry->wanted |=
						unit_names(by->unit, keys[k], entry->unit->name);
				more |= entry->wanted;
			}
		}
	}
}

int plan_make(const struct units *units, const struct choice *choice, struct boot_plan *ret)
{
	struct boot_plan *plan = ret;
	int r = 0;

	*plan = (struct boot_plan){ 0 };
	plan->services = calloc(units->n + 1, sizeof *plan->services);
	plan->sockets = calloc(units->n + 1, sizeof *plan->sockets);
	plan->timers = calloc(units->n + 1, sizeof *plan->timers);
	if (!plan->services || !plan->sockets || !plan->timers)
		return -ENOMEM;

	for (size_t i = 0; i < units->n && r == 0; i++)
		if (unit_is(&units->at[i], ".service") && units->at[i].file.n > 0 &&
		    !list_has(&choice->masked, units->at[i].name))
			r = add_service(plan, &units->at[i], choice);
	for (size_t i = 0; i < units->n && r == 0; i++)
		if (!unit_is(&units->at[i], ".service") && units->at[i].file.n > 0 &&
		    !list_has(&choice->masked, units->at[i].name))
			r = add_unit(plan, units, &units->at[i], choice);
	want_requirements(plan);
	return r;
}

void plan_leave_out(struct boot_plan *plan, struct service_entry *entry)
{
	size_t n = 0;

	entry->refused = true;
	for (size_t i = 0; i < plan->n_sockets; i++) {
		if (plan->sockets[i].service != entry) {
			plan->sockets[n++] = plan->sockets[i];
			continue;
		}
		refuse(plan->sockets[i].socket.unit->name, NULL, "its service is left out");
		socket_unit_release(&plan->sockets[i].socket);
	}
	plan->incomplete |= n < plan->n_sockets;
	plan->n_sockets = n;
	n = 0;
	for (size_t i = 0; i < plan->n_timers; i++) {
		if (plan->timers[i].service != entry) {
			plan->timers[n++] = plan->timers[i];
			continue;
		}
		refuse(plan->timers[i].timer.unit->name, NULL, "its service is left out");
		timer_unit_release(&plan->timers[i].timer);
	}
	plan->incomplete |= n < plan->n_timers;
	plan->n_timers = n;
}

void plan_release(struct boot_plan *plan)
{
	for (size_t i = 0; i < plan->n_services; i++)
		service_release(&plan->services[i].service);
	for (size_t i = 0; i < plan->n_sockets; i++)
		socket_unit_release(&plan->sockets[i].socket);
	for (size_t i = 0; i < plan->n_timers; i++)
		timer_unit_release(&plan->timers[i].timer);
	free(plan->services);
	free(plan->sockets);
	free(plan->timers);
	*plan = (struct boot_plan){ 0 };
}
