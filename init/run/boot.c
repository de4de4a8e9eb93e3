/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/boot.h"

#include "elements.h"
#include "log.h"
#include "notify.h"
#include "run/ports.h"
#include "run/supervise.h"
#include "run/timers.h"

#include <errno.h>

/* So many units start or stop before signals and sockets have their turn. */
#define UNITS_PER_TURN 16

/* Whether a service that it requires has failed. */
static bool lacks_a_service(const struct service_entry *entry)
{
	for (const struct unit_link *link = entry->unit->links; link; link = link->next) {
		const struct service_entry *other = link->to->service;

		if (link->kind == LINK_REQUIRES && other &&
		    (other->refused || (other->failed && !other->jobs)))
			return true;
	}
	return false;
}

static void start(struct manager *m, struct service_entry *entry)
{
	uint64_t wait;
	int r = -EINVAL;

	if (lacks_a_service(entry))
		log_error("%s: a service that it requires has failed; not started",
			  entry->unit->name);
	else if (!entry->refused)
		r = service_start(m, entry, NULL, -1, &wait);
	if (r < 0)
		m->failed = entry->failed = true;
}

/* Starts or stops a unit. Returns whether those that wait for it may follow. */
static bool act(struct manager *m, const struct boot_unit *unit)
{
	struct service_entry *entry = unit->service;

	if (!entry)
		return true;
	if (m->stopping) {
		service_stop(entry);
		return !entry->jobs;
	}
	if (entry->wanted)
		start(m, entry);
	return !service_is_starting(entry);
}

static bool takes_part(const struct manager *m, const struct boot_unit *unit)
{
	return m->stopping || unit->reached;
}

static void put_in_queue(struct manager *m, struct boot_unit *unit)
{
	unit->progress = PROGRESS_READY;
	unit->next = NULL;
	if (!m->ready)
		m->ready_end = &m->ready;
	*m->ready_end = unit;
	m->ready_end = &unit->next;
}

/* Begins to start all units, or to stop them: then they wait for those that come after them. */
static void begin_order(struct manager *m)
{
	enum link_kind kind = m->stopping ? LINK_BEFORE : LINK_AFTER;
	const struct units *units = m->plan.units;

	m->ready = NULL;
	m->n_left = m->n_acting = m->cursor = 0;
	for (size_t i = 0; i < units->n; i++) {
		struct boot_unit *unit = units->at[i];

		unit->progress = PROGRESS_DONE;
		if (!takes_part(m, unit))
			continue;
		unit->progress = PROGRESS_WAITING;
		unit->waits = 0;
		for (const struct unit_link *link = unit->links; link; link = link->next)
			unit->waits += link->kind == kind && takes_part(m, link->to);
		m->n_left++;
		if (unit->waits == 0)
			put_in_queue(m, unit);
	}
}

static void finish(struct manager *m, struct boot_unit *unit)
{
	enum link_kind kind = m->stopping ? LINK_AFTER : LINK_BEFORE;

	if (unit->progress != PROGRESS_ACTING)
		return;
	unit->progress = PROGRESS_DONE;
	m->n_acting--;
	m->n_left--;
	for (const struct unit_link *link = unit->links; link; link = link->next)
		if (link->kind == kind && link->to->progress == PROGRESS_WAITING &&
		    --link->to->waits == 0)
			put_in_queue(m, link->to);
}

/* A unit that a waiting one waits for. */
static struct boot_unit *waits_for(const struct manager *m, const struct boot_unit *unit)
{
	enum link_kind kind = m->stopping ? LINK_BEFORE : LINK_AFTER;

	for (const struct unit_link *link = unit->links; link; link = link->next)
		if (link->kind == kind && link->to->progress == PROGRESS_WAITING)
			return link->to;
	return NULL;
}

/* All that are left wait for others: one that waits for itself does so no more. */
static void break_cycle(struct manager *m)
{
	struct boot_unit *const *units = m->plan.units->at, *unit, *other;

	while (units[m->cursor]->progress != PROGRESS_WAITING)
		m->cursor++;
	unit = units[m->cursor];
	/* After so many steps it is in a cycle. */
	for (size_t i = 0; i < m->n_left && (other = waits_for(m, unit)); i++)
		unit = other;
	if (!m->stopping)
		log_error("%s: ordering cycle; starting anyway", unit->name);
	put_in_queue(m, unit);
}

static void go_on(struct manager *m)
{
	for (unsigned n = 0; n < UNITS_PER_TURN; n++) {
		struct boot_unit *unit;

		if (!m->ready && (m->n_left == 0 || m->n_acting > 0))
			break; /* the end of a service goes on here */
		if (!m->ready)
			break_cycle(m);
		unit = m->ready;
		m->ready = unit->next;
		unit->progress = PROGRESS_ACTING;
		m->n_acting++;
		if (act(m, unit))
			finish(m, unit);
	}
	if (m->ready || (m->n_left > 0 && m->n_acting == 0))
		loop_timer_set(&m->turn, 1);
	if (m->n_left > 0 || m->booted || m->stopping)
		return;
	m->booted = true;
	(void)notify("READY=1");
}

/* Starting or stopping a service calls it again; the outermost call handles all changes. */
static void proceed(struct manager *m)
{
	if (m->proceeding)
		return;
	m->proceeding = true;
	if (m->stopping || !m->booted)
		go_on(m);
	m->proceeding = false;
	if (boot_is_over(m))
		loop_end(&m->loop);
}

static int turn_elapsed(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	proceed(CONTAINER_OF(timer, struct manager, turn));
	return 0;
}

static void service_changed(struct manager *m, struct service_entry *entry)
{
	ports_update(entry);
	timers_update(entry);
	if (m->stopping ? !entry->jobs : !service_is_starting(entry))
		finish(m, entry->unit);
	proceed(m);
}

int boot_start(struct manager *m)
{
	int r;

	m->changed = service_changed;
	m->turn.elapsed = turn_elapsed;
	ports_open(m);
	r = timers_open(m);
	if (r == 0)
		r = loop_timer_open(&m->loop, &m->turn);
	if (r < 0)
		return r;
	begin_order(m);
	proceed(m);
	return 0;
}

void boot_stop(struct manager *m, bool at_once)
{
	if (!m->stopping) {
		m->stopping = true;
		begin_order(m);
	}
	proceed(m);
	for (size_t i = 0; i < m->plan.n_services && at_once; i++)
		service_kill(&m->plan.services[i]);
}

bool boot_is_over(const struct manager *m)
{
	return m->n_jobs == 0 && (m->stopping || (m->booted && m->n_triggers == 0));
}
