/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/plan.h"

#include "format.h"
#include "log.h"
#include "units/effects.h"
#include "units/users.h"

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
	char names[SETTINGS_TEXT_SIZE], escaped[LOG_ESCAPED_SIZE];

	settings_without_effect(unit, service, names);
	if (*names)
		log_warning("%s: ignoring unsupported settings: %s", unit->name, names);
	for (size_t i = 0; service && i < service->unknown.n; i++)
		log_warning("%s: ignoring unknown name '%s'", unit->name,
			    log_escape(service->unknown.at[i], escaped));
}

/*
 * Finds the service of a socket or timer: the one that it names, or the one of its own
 * name; a template for a socket with Accept=. Returns 0, or -EINVAL after having logged it.
 */
static int find_service(const struct boot_plan *plan, const struct boot_unit *unit,
			const char *stated, bool accept, struct service_entry **ret)
{
	char name[NAME_MAX + sizeof "@.service"];
	const struct boot_unit *found;

	(void)format_text(name, sizeof name, "%.*s%s", (int)(unit->suffix - unit->name), unit->name,
			  accept ? "@.service" : ".service");
	found = unit_find(plan->units, stated ? stated : name);
	if (!found || !found->service || found->service->template != accept) {
		report_ignored(unit->name, NULL, "its service does not exist");
		return -EINVAL;
	}
	*ret = found->service;
	return 0;
}

/*
 * Finds the user of a service. Services with the same User= share it; two names whose
 * hash is the same get different numbers.
 *
 * dynamic: the first service of each dynamic user. Returns 0, or -ESRCH.
 */
static int find_user(struct boot_plan *plan, struct service_entry *entry,
		     struct service_entry **dynamic)
{
	char name[USER_NAME_SIZE], other[USER_NAME_SIZE];
	struct service_entry **before;

	if (user_find(&entry->service, &entry->uid) < 0)
		return -ESRCH;
	for (struct service_entry *e = plan->services; e < entry && !user_is_dynamic(entry->uid);
	     e++)
		if (!e->refused && e->uid == entry->uid)
			entry->shares_user = e->shares_user = true;
	if (!user_is_dynamic(entry->uid))
		return 0;
	user_name(&entry->service, name);
	for (unsigned i = 0; i < USER_DYNAMIC_N; i++, entry->uid = user_next(entry->uid)) {
		before = &dynamic[entry->uid - USER_DYNAMIC_MIN];
		if (!*before) {
			*before = entry;
			return 0;
		}
		user_name(&(*before)->service, other);
		if (strcmp(name, other) == 0) {
			entry->shares_user = (*before)->shares_user = true;
			return 0;
		}
	}
	return -ESRCH;
}

static int add_service(struct boot_plan *plan, struct boot_unit *unit,
		       struct service_entry **dynamic)
{
	struct service_entry *entry = &plan->services[plan->n_services++];
	const struct unit_setting *problem;
	int r;

	*entry = (struct service_entry){
		.unit = unit,
		.template = is_template(unit),
		.refused = true,
		.wanted = unit->reached && !is_template(unit),
	};
	unit->service = entry;
	r = service_read(unit, entry->template ? "0" : NULL, &entry->service, &problem);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		report_ignored(unit->name, problem, "no ExecStart=, or more than one");
	} else if (find_user(plan, entry, dynamic) < 0) {
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
	entry->next_of_service = entry->service->sockets;
	entry->service->sockets = entry;
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
	entry->next_of_service = entry->service->timers;
	entry->service->timers = entry;
	plan->n_timers++;
	return 0;
}

/*
 * A socket that conflicts with another one is the alternative to it, and stays closed;
 * unless the other one is masked.
 */
static bool is_excluded(const struct boot_unit *unit)
{
	for (const struct unit_link *link = unit->links; link; link = link->next) {
		if (link->kind != LINK_CONFLICTS || !unit_is_there(link->to) ||
		    !has_install(link->to))
			continue;
		log_info("%s: conflicts with %s; not opened", unit->name, link->to->name);
		return true;
	}
	return false;
}

static int add_unit(struct boot_plan *plan, const struct boot_unit *unit)
{
	if (unit_is(unit, ".target") || unit_is(unit, ".slice") || is_template(unit) ||
	    !(unit->reached || has_install(unit)))
		return 0;
	if (unit_is(unit, ".socket"))
		return is_excluded(unit) ? 0 : add_socket(plan, unit);
	if (unit_is(unit, ".timer"))
		return add_timer(plan, unit);
	log_warning("%s: unsupported unit type, ignoring", unit->name);
	return 0;
}

static int add_units(struct boot_plan *plan, struct service_entry **dynamic)
{
	const struct units *units = plan->units;
	int r = 0;

	for (size_t i = 0; i < units->n && r == 0; i++)
		if (unit_is_there(units->at[i]) && unit_is(units->at[i], ".service"))
			r = add_service(plan, units->at[i], dynamic);
	for (size_t i = 0; i < units->n && r == 0; i++)
		if (unit_is_there(units->at[i]) && !unit_is(units->at[i], ".service"))
			r = add_unit(plan, units->at[i]);
	return r;
}

/*
 * 65535 is the last one that 16 bits hold, and means none to some interfaces: chown(2).
 * A container may have no others.
 */
static uid_t find_unused_uid(const struct boot_plan *plan)
{
	uid_t uid = 65535;

	for (size_t i = 0; i < plan->n_services; i++)
		if (plan->services[i].uid == uid) {
			uid--;
			i = (size_t)-1; /* again, for that one */
		}
	return uid;
}

int plan_make(struct units *units, const struct choice *choice, struct boot_plan *ret)
{
	struct service_entry **dynamic = calloc(USER_DYNAMIC_N, sizeof(struct service_entry *));
	struct boot_plan *plan = ret;
	int r = links_make(units, choice);

	*plan = (struct boot_plan){ .units = units, .incomplete = r > 0 };
	plan->services = calloc(units->n + 1, sizeof *plan->services);
	plan->sockets = calloc(units->n + 1, sizeof *plan->sockets);
	plan->timers = calloc(units->n + 1, sizeof *plan->timers);
	if (!dynamic || !plan->services || !plan->sockets || !plan->timers)
		r = -ENOMEM;
	if (r >= 0) {
		r = add_units(plan, dynamic);
		plan->unused_uid = find_unused_uid(plan);
	}
	free(dynamic);
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
