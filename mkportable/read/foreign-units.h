/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that others wrote for a whole system, and the tree of a distribution that they lie in. */
#ifndef FOREIGN_UNITS_H
#define FOREIGN_UNITS_H

#include "arguments.h"
#include "pool.h"
#include "units/adopted.h"
#include "units/unit.h"

struct foreign_units {
	struct pool *pool;  /* borrowed */
	struct unit *first; /* in the order of the paths */
	int root_fd;        /* owned; of the tree; -1: none of them is in one */
	struct adopt_tree tree;
};

void foreign_units_open(struct foreign_units *units, struct pool *pool);
void foreign_units_close(struct foreign_units *units);

/* The name in a path; NULL if it is not that of a unit that portablectl takes. */
const char *foreign_unit_name(const char *path);

/*
 * Reads units, whose names are right. problem: with the unit as userdata. The tree is that of
 * the first at "TREE/usr/lib/systemd/system/x.service", or another directory of units.
 *
 * Returns 0, or a negative errno for what was logged.
 */
int foreign_units_read(struct foreign_units *units, const struct texts *paths,
		       unit_problem_fn *problem);

/* To ask about it; no link leads out of it. NULL: none. */
const struct adopt_tree *foreign_units_tree(const struct foreign_units *units);

#endif
