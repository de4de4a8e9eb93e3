/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/boot.h"

#include "log.h"
#include "notify.h"
#include "run/ports.h"
#include "run/supervise.h"
#include "run/timers.h"

#include <errno.h>

/* When each is ordered after the other, there is no order. */
static bool comes_after(const struct service_entry *entry, const struct service_entry *other)
{
	const char *name = entry->unit->name, *other_name = other->unit->name;

	return entry != other &&
	       (unit_names(entry->unit, "After", other_name) ||
		unit_names(other->unit, "Before", name)) &&
	       !unit_names(other->unit, "After", name) &&
	       !unit_names(entry->unit, "Before", other_name);
}

/* Whether all wanted services before this one are up or have failed. */
static bool may_start(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		const struct service_entry *other = &m->plan.services[i];

		if (other->wanted && (!other->was_started || service_is_starting(other)) &&
		    comes_after(entry, other))
			return false;
	}
	return true;
}

/* Whether a service that it requires has failed. */
static bool lacks_a_service(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		const struct service_entry *other = &m->plan.services[i];

		if ((other->refused || (other->failed && !other->jobs)) &&
		    unit_names(entry->unit, "Requires", other->unit->name))
			return true;
	}
	return false;
}

static void start(struct manager *m, struct service_entry *entry)
{
	uint64_t wait;
	int r = -EINVAL;

	entry->was_started = true;
	if (lacks_a_service(m, entry))
		log_error("%s: a service that it requires has failed; not started",
			  entry->unit->name);
	else if (!entry->refused)
		r = service_start(m, entry, NULL, -1, &wait);
	if (r < 0)
		m->failed = entry->failed = true;
}

/* Returns whether any could be started. */
static bool start_those_that_may(struct manager *m)
{
	bool any = false;

	for (size_t i = 0; i < m->plan.n_services; i++) {
		struct service_entry *entry = &m->plan.services[i];

		if (entry->wanted && !entry->was_started && may_start(m, entry)) {
			start(m, entry);
			any = true;
		}
	}
	return any;
}

static void start_services(struct manager *m)
{
	struct service_entry *stuck;

	do {
		while (start_those_that_may(m))
			;
		stuck = NULL;
		for (size_t i = 0; i < m->plan.n_services; i++) {
			struct service_entry *entry = &m->plan.services[i];

			if (entry->wanted && service_is_starting(entry))
				return; /* its end or its failure goes on here */
			if (entry->wanted && !entry->was_started && !stuck)
				stuck = entry;
		}
		if (stuck) {
			log_error("%s: ordering cycle; starting anyway", stuck->unit->name);
			start(m, stuck);
		}
	} while (stuck);
	m->booted = true;
	(void)notify("READY=1");
}

static bool is_needed(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++)
		if (m->plan.services[i].jobs && comes_after(&m->plan.services[i], entry))
			return true;
	return false;
}

/* A service that no running service is ordered after; in a cycle, any. */
static struct service_entry *next_to_stop(const struct manager *m)
{
	struct service_entry *any = NULL;
	bool stopping = false;

	for (size_t i = 0; i < m->plan.n_services; i++) {
		struct service_entry *entry = &m->plan.services[i];

		if (service_is_stopping(entry))
			stopping = true;
		else if (entry->jobs && !is_needed(m, entry))
			return entry;
		else if (entry->jobs)
			any = entry;
	}
	return stopping ? NULL : any;
}

static void stop_services(struct manager *m)
{
	struct service_entry *entry;

	while ((entry = next_to_stop(m)))
		service_stop(entry);
}

/* Starting or stopping a service calls it again; the outermost call handles all changes. */
static void proceed(struct manager *m)
{
	if (m->proceeding)
		return;
	m->proceeding = true;
	if (m->stopping)
		stop_services(m);
	else if (!m->booted)
		start_services(m);
	m->proceeding = false;
	if (boot_is_over(m))
		loop_end(&m->loop);
}

static void service_changed(struct manager *m, struct service_entry *entry)
{
	ports_update(m, entry);
	timers_update(m, entry);
	proceed(m);
}

int boot_start(struct manager *m)
{
	int r;

	m->changed = service_changed;
	ports_open(m);
	r = timers_open(m);
	if (r == 0)
		proceed(m);
	return r;
}

void boot_stop(struct manager *m, bool at_once)
{
	m->stopping = true;
	proceed(m);
	for (size_t i = 0; i < m->plan.n_services && at_once; i++)
		service_kill(&m->plan.services[i]);
}

bool boot_is_over(const struct manager *m)
{
	if (!m->booted && !m->stopping)
		return false;
	for (size_t i = 0; i < m->plan.n_services; i++)
		if (m->plan.services[i].jobs)
			return false;
	if (m->stopping)
		return true;
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		if (m->plan.sockets[i].fds)
			return false;
	for (size_t i = 0; i < m->plan.n_timers; i++)
		if (m->plan.timers[i].open)
			return false;
	return true;
}
