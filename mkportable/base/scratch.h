/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private directory for what a tool wants to see as files, below $TMPDIR or /tmp.
 *
 * While it is there, SIGINT, SIGTERM and SIGHUP wait: child_read() returns early then,
 * and they are let through when the directory is gone.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "base/pool.h"

#include <signal.h>

struct scratch {
	char *path;      /* the pool's; NULL: there is none */
	sigset_t before; /* what was blocked */
};

/*
 * Returns 0, -ENOMEM, or -ECANCELED after having logged why it cannot be made. Of two
 * directories the later one is to be removed first.
 */
int scratch_make(struct scratch *scratch, struct pool *pool);

/* Removes it, if it is there, with everything in it; follows no link. */
void scratch_remove(struct scratch *scratch);

#endif
