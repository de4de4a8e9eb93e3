/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exposure of services, as `systemd-analyze security` counts it: "0.1" (best) to "10.0". */
#ifndef ADMIN_EXPOSURE_H
#define ADMIN_EXPOSURE_H

#include "pool.h"

/*
 * Asks for all loaded services at a time. *ret: its table, in the pool; NULL if systemd-analyze
 * is missing or failed. Returns 0, or -ENOMEM, logged.
 */
int exposure_table(struct pool *pool, const char **ret);

/* The exposure of a service in that table; NULL if it is not in there. In the pool. Pure. */
const char *exposure_of(struct pool *pool, const char *table, const char *service);

#endif
