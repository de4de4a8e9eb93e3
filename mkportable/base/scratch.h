/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private directory below $TMPDIR or /tmp, for tools that read files.
 *
 * While it exists, SIGINT, SIGTERM and SIGHUP are blocked: child_read() returns -EINTR
 * then, and they are delivered when the directory is removed. So is SIGPIPE: a write to a pipe
 * that nobody reads fails.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "pool.h"

#include <signal.h>

struct scratch {
	char *path;      /* in the pool; NULL: none */
	sigset_t before; /* the signal mask */
};

/*
 * Returns 0, -ENOMEM, or -ECANCELED for what was logged. Of two directories, remove the
 * later one first.
 */
int scratch_make(struct scratch *scratch, struct pool *pool);

/* Removes it with everything in it, if it exists. Follows no link. */
void scratch_remove(struct scratch *scratch);

#endif
