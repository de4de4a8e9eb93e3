/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts and stops several units at a time, and waits for that until a deadline. */
#ifndef UNIT_JOBS_H
#define UNIT_JOBS_H

#include "bus.h"
#include "pool.h"
#include "text-list.h"

#include <stdint.h>

/* Returns 0 or a negative errno for what was logged. */
int jobs_open(sd_bus *bus);

/*
 * method: "StartUnit" or "StopUnit", for all of these units at a time; a unit
 * that systemd does not know is stopped. deadline_us: of CLOCK_MONOTONIC.
 *
 * Returns 0; -EIO with *ret_failed, the first unit whose job failed, and *ret_why, both in the
 * pool; -ETIMEDOUT with the first unit that was not ready; or another negative errno.
 */
int jobs_run(sd_bus *bus, struct pool *pool, const char *method, const struct text_list *units,
	     uint64_t deadline_us, const char **ret_failed, const char **ret_why);

/*
 * Restarts units. The time that one takes to stop does not count, up to stop_us:
 * *deadline_us moves with it. Else as above.
 */
int jobs_restart(sd_bus *bus, struct pool *pool, const struct text_list *units, uint64_t stop_us,
		 uint64_t *deadline_us, const char **ret_failed, const char **ret_why);

/* A signal to all processes of a unit. One that is not loaded has none. */
void jobs_kill(sd_bus *bus, const char *unit, int signal);

/* SIGKILL to those that are stopping. */
void jobs_kill_stopping(sd_bus *bus, const struct text_list *units);

#endif
