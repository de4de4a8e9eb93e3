/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepted updates on their way from the state to the zone. */
#ifndef PENDING_H
#define PENDING_H

#include "keys.h"
#include "state.h"
#include "zone.h"

struct pending {
	struct zone_update *updates; /* the oldest first */
	struct state_key **keys;     /* of each update */
	size_t n;
};

#define PENDING_NONE ((struct pending){ 0 })

/* Whether an update waits for the zone. */
bool state_has_pending(const struct state *state);

/*
 * Lists the pending updates; those of keys that are no longer in the zone are dropped.
 * Returns 0 or -ENOMEM; *ret is the caller's to release.
 */
int pending_collect(struct state *state, const struct zone *zone, const struct keys *keys,
		    struct pending *ret);
void pending_release(struct pending *pending);

/*
 * The updates went through zone_plan(), and what they change is on disk: none of them
 * is pending any more. timestamps: the policy's update_timestamps.
 */
void pending_settle(const struct pending *pending, struct state *state, bool timestamps);

#endif
