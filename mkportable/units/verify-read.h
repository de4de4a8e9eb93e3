/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `systemd-analyze verify` says of units. Pure: text in, a list out. */
#ifndef VERIFY_READ_H
#define VERIFY_READ_H

#include "pool.h"

#include <stdbool.h>

struct remark {
	struct remark *next;
	const char *unit;    /* "x.service" */
	unsigned line;       /* 0: the whole unit */
	const char *message; /* systemd's words */
	bool refuses;        /* the unit; else systemd ignores the line */
};

/*
 * Reads its output. Left out is what is honoured all the same, and what is said of
 * programs and of units that are not there. Returns 0 and *ret, in the pool, or -ENOMEM.
 */
int verify_read(struct pool *pool, const char *text, struct remark **ret);

#endif
