/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of units, as systemd's manager tells it over D-Bus. */
#ifndef ADMIN_UNITS_H
#define ADMIN_UNITS_H

#include "attached.h"
#include "bus.h"
#include "pool.h"
#include "text-list.h"

#include <stdbool.h>
#include <stdint.h>

struct unit_state {
	struct unit_state *next; /* of the same attached unit: its instances */
	const char *name;        /* "x@1.service" */
	const char *load, *active, *sub;
	bool needs_reload; /* its files changed since systemd read them */

	/* Of a service. */
	bool is_dynamic_user;
	struct text_list *state_directories; /* below /var/lib */

	/* Of a service that is not inactive. */
	uint32_t main_pid; /* 0: none */
	uint32_t restarts;
	const char *result; /* "success" … */
	const char *root;   /* RootImage= or RootDirectory=, as systemd has read it; "": none */

	/* Of a socket. */
	struct text_list *listens; /* "Stream 0.0.0.0:80" */
};

/* Whether it runs, listens or waits, or is on the way there. */
bool unit_is_active(const struct unit_state *state);

/* "x@.service" */
bool unit_is_template(const char *name);

/* The directory of a state, of state_directories; in the pool; NULL without memory. */
const char *unit_state_path(struct pool *pool, const struct unit_state *state, const char *name);

/* Of an attached unit: of its instances if it is a template. */
struct unit_states {
	struct unit_states *next;
	const struct attached_unit *unit;
	struct unit_state *first; /* NULL: a template without instances */
};

/*
 * Asks about all units of these images at a time. Returns 0 and *ret, in the pool and in the
 * order of the images and their units, or a negative errno for what was logged.
 */
int units_ask(sd_bus *bus, struct pool *pool, const struct attached_image *images,
	      struct unit_states **ret);

/* Those of the next image; states: from the first unit of this one on. */
const struct unit_states *units_after(const struct unit_states *states,
				      const struct attached_image *image);

#endif
