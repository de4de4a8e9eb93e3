/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts one version of an image in the place of another: the units that are attached, whether
 * they are enabled, and those that run. A socket whose unit did not change stays open all the
 * time, and nobody who connects meanwhile is refused.
 */
#ifndef SWITCH_H
#define SWITCH_H

#include "attached.h"
#include "bus.h"
#include "health.h"
#include "pool.h"
#include "story.h"
#include "text-list.h"
#include "transaction.h"
#include "units.h"

#include <stdbool.h>
#include <stdint.h>

struct switching {
	sd_bus *bus;
	struct pool *pool;
	const char *name;  /* of the image */
	const char *check; /* a command; NULL: none */
	struct story *story;
	struct transaction *transaction;
	uint64_t settle_us;
	uint64_t begun_us;     /* CLOCK_MONOTONIC: settle_us counts from here */
	uint64_t restarted_us; /* CLOCK_REALTIME: who fails later is of the new version */
};

/* What is attached now of all versions of an image. */
struct now {
	struct attached_image *images; /* NULL: none; more than one: after an attach was cut off */
	struct unit_states *states;
};

/* Returns 0 and *ret, in the pool, or a negative errno for what was logged. */
int switch_look(struct switching *s, struct now *ret);

/* Writes down in the transaction what the units are now. The same errors. */
int switch_note(struct switching *s, const struct now *now);

/* The names of units that an image has. The same errors. */
int switch_coming(struct switching *s, const char *image, struct text_list **ret);

/*
 * Switches to the new version of the transaction, or back to the old one; whether it works is
 * asked then. Returns 0 and *ret_tried, the units that are to work; or a negative errno
 * with *ret_why in the pool.
 */
int switch_forward(struct switching *s, const struct text_list *coming,
		   struct text_list **ret_tried, const char **ret_why);
int switch_back(struct switching *s, struct text_list **ret_tried, const char **ret_why);

/* Attaches an image of the same units; nothing is restarted. The same errors as above. */
int switch_path(struct switching *s, const char *image, const char **ret_why);

/*
 * Whether units work, and their sockets, and the command says so: until the new version has
 * settled, or until the old one works. Returns 0, or a negative errno with *ret_why.
 */
int switch_settle(struct switching *s, const struct text_list *tried, const char **ret_why);
int switch_check_old(struct switching *s, const struct text_list *tried, const char **ret_why);

#endif
