/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether units work. */
#ifndef HEALTH_H
#define HEALTH_H

#include "bus.h"
#include "pool.h"
#include "text-list.h"

#include <stdbool.h>
#include <stdint.h>

enum health {
	HEALTHY,
	HEALTH_STARTING, /* it may become healthy */
	HEALTH_ILL,      /* *ret_why says so */
};

/*
 * Healthy is: a service that is active, or that ended by itself without a failure and that a
 * socket starts again; any other unit that is active. A restart by systemd itself is a failure,
 * which Restart= would hide.
 *
 * Returns 0 and *ret, or a negative errno. *ret_why: a text of this file.
 */
int health_of(sd_bus *bus, const char *unit, enum health *ret, const char **ret_why);

/* Reads what systemd has told, and waits for so long. Returns 0 or a negative errno. */
int health_listen(sd_bus *bus, uint64_t wait_us);

/*
 * The first of these units that systemd's manager told the journal of that it failed, since a
 * time of CLOCK_REALTIME; NULL if there is none, or no journal. A socket may start one again at
 * once: its state, and the signals of systemd, show only what a unit is by then.
 */
const char *health_failed_since(const struct text_list *units, uint64_t since_us);

/* Whether it has a socket that is active, and that starts it. */
int health_has_socket(sd_bus *bus, const char *service, bool *ret);

/* What a socket listens on, as D-Bus tells: "Stream" and an address. */
struct listen {
	struct listen *next;
	const char *address;
};

/* The addresses of a socket for streams; none for one with Accept=yes. */
int health_listens(sd_bus *bus, struct pool *pool, const char *socket, struct listen **ret);

/*
 * Connects, says nothing more, and waits until the other side says something or closes. The
 * kernel makes the connection for a service that hangs; only one that works ends it.
 */
bool health_answers(const struct listen *listens, uint64_t deadline_us);

#endif
