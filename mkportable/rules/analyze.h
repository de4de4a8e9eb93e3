/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs systemd-analyze(1) on units in a private directory. */
#ifndef ANALYZE_H
#define ANALYZE_H

#include "pool.h"
#include "units/unit.h"
#include "units/verify-read.h"

/* Writes the units below a root, which is empty. Returns 0 or a negative errno. */
int analyze_write_units(struct pool *pool, const char *root, const struct unit *units);

/*
 * Runs a command and reads the beginning of what it writes, on both outputs. Returns 0,
 * -ENOENT when there is no such program, or another negative errno.
 */
int analyze_run(const char *const *arguments, char *buffer, size_t size);

/*
 * Asks `systemd-analyze verify`. *ret: what it says, in the pool; *ret_version: of systemd,
 * 0 when there is none that can do it. Returns 0 or a negative errno.
 */
int analyze_verify(struct pool *pool, const struct unit *units, struct remark **ret,
		   unsigned *ret_version);

#endif
