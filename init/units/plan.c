/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

/* Reports the line that is the problem, or else a reason. */
static void report_ignored(const char *name, const struct unit_setting *problem, const char *reason)
{
	char value[LOG_ESCAPED_SIZE];

	if (problem)
		log_error("%s:%u: unsupported setting '%s=%s'; ignoring unit", name, problem->line,
			  problem->key, log_escape(problem->value, value));
	else
		log_error("%s: %s; ignoring unit", name, reason);
}

static void report_without_effect(const struct boot_unit *unit, const struct service *service)
{
	char names[SETTINGS_TEXT_SIZE];

	settings_without_effect(unit, service, names);
	if (*names)
		log_warning("%s: ignoring unsupported settings: %s", unit->name, names);
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

static struct service_entry *service_named(const struct boot_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_services; i++)
		/* The analyzer does not see that it is never NULL. NOLINTNEXTLINE(clang-analyzer-*) */
		if (strcmp(plan->services[i].unit->name, name) == 0)
			return &plan->services[i];
	return NULL;
}

/*
 * Finds the service of a socket or timer: the one that it names, or the one of its own
 * name; a template for a socket with Accept=. Returns 0, or -EINVAL after having logged it.
 */
static int find_service(const struct boot_plan *plan, const struct boot_unit *unit,
			const char *stated, bool accept, struct service_entry **ret)
{
	char name[NAME_MAX + 1];
	struct service_entry *entry;

	(void)format_text(name, sizeof name, "%.*s%s", (int)(unit->suffix - unit->name), unit->name,
			  accept ? "@.service" : ".service");
	entry = service_named(plan, stated ? stated : name);
	if (!entry || entry->template != accept) {
		report_ignored(unit->name, NULL, "its service does not exist");
		return -EINVAL;
	}
	*ret = entry;
	return 0;
}

static bool has_install(const struct boot_unit *unit)
{
	return unit_file_has_section(&unit->file, "Install");
}

/* Whether a target that is reached at boot wants or requires the unit. */
static bool is_wanted(const struct boot_unit *unit)
{
	for (int i = 0; i < 4; i++)
		if (names(unit, "Install", i & 1 ? "WantedBy" : "RequiredBy",
			  i & 2 ? "multi-user.target" : "default.target"))
			return true;
	return false;
}

/*
 * Finds the user of a service. Services with the same User= share it; two names whose
 * hash is the same get different numbers. Returns 0 or -ESRCH.
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
			before = plan->services; /* again, for the next number */
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
		report_ignored(unit->name, problem, "no ExecStart=, or more than one");
	} else if (find_user(plan, entry) < 0) {
		report_ignored(unit->name, NULL, "unknown user in User=");
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
	if (r == -EINVAL)
		report_ignored(unit->name, problem,
			       "nothing to listen on, or a colon in FileDescriptorName=");
	if (r == 0)
		r = find_service(plan, unit, entry->socket.service, entry->socket.accept,
				 &entry->service);
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
	if (r == -EINVAL && !problem && unit_file_last(&unit->file, "Timer", "OnCalendar"))
		log_error("%s: OnCalendar= is not supported, and there is no other trigger; "
			  "timer not started",
			  unit->name);
	else if (r == -EINVAL)
		report_ignored(unit->name, problem, "no trigger");
	if (r == 0)
		r = find_service(plan, unit, entry->timer.service, false, &entry->service);
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
 * A socket that conflicts with another one is the alternative to it, and stays closed;
 * unless the other one is masked.
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
		log_info("%s: conflicts with %s; not opened", unit->name, other->name);
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
	log_warning("%s: unsupported unit type, ignoring", unit->name);
	return 0;
}

/* A wanted service brings those that it requires or wants. */
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
