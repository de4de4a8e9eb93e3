/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders to systemd's manager. Failures are logged. Each returns 0 or a negative errno. */
#ifndef JOBS_H
#define JOBS_H

#include "bus.h"

#include <stdbool.h>

/* As systemctl daemon-reload. */
int manager_reload(sd_bus *bus);

/* As systemctl reset-failed UNIT. That it is not loaded is no failure. */
int manager_reset_failed(sd_bus *bus, const char *unit);

enum manager_job {
	MANAGER_START,
	MANAGER_STOP,
	MANAGER_RESTART,
};

/*
 * Starts, stops or restarts a unit, and waits until that is done. That a unit to be stopped is
 * not loaded is no failure; -EIO if the job failed.
 */
int manager_run(sd_bus *bus, enum manager_job job, const char *unit);

/* As systemctl enable and disable, below /run with is_runtime. units: the last is NULL. */
int manager_enable(sd_bus *bus, const char *const *units, bool is_runtime);
int manager_disable(sd_bus *bus, const char *const *units, bool is_runtime);

#endif
