/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of the administrator, which an upgrade runs. */
#ifndef HOOKS_H
#define HOOKS_H

#include "pool.h"

#include <stdint.h>

/* Programs below it, in a directory for each name: "check", "before", "undo". */
#define HOOKS_DIRECTORY "/etc/portable-admin"

struct hook {
	const char *name;      /* of the image; PORTABLE_NAME */
	const char *old, *new; /* PORTABLE_OLD, PORTABLE_NEW */
};

/* The command of a hook whose program is there, in the pool; else NULL. */
const char *hooks_find(struct pool *pool, const char *name, const char *hook);

/*
 * Runs a command of the shell until the deadline (CLOCK_MONOTONIC), when it and its children are
 * killed. It reads nothing, and is killed when this process ends. Returns its exit status, 128
 * and the signal that ended it, or a negative errno: -ETIMEDOUT.
 */
int hooks_run(const struct hook *hook, const char *command, uint64_t deadline_us);

#endif
