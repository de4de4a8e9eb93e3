/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private folder for what a tool wants to see as files, below $TMPDIR or /tmp. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "pool.h"

/* Returns 0 and sets *ret (the pool's), -ENOMEM or the errno of mkdtemp(3). */
int scratch_make(struct pool *pool, char **ret);

/* Removes it with everything in it, following no link. NULL: nothing. */
void scratch_remove(const char *folder);

#endif
