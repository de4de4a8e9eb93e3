/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trees of distributions, such as a chroot or "/", whose files a plan takes when something
 * needs them. The first tree that has a path decides what is there.
 *
 * Trees are hostile: their links are followed within them, and nothing in them is run.
 */
#ifndef TREES_H
#define TREES_H

#include "arguments.h"
#include "plan/plan.h"

struct trees {
	struct plan *plan; /* borrowed */
	size_t n;
	struct plan_root *roots;
	void *index; /* of tsearch(3): what was offered, by path */
	int failed;  /* a negative errno, logged: what is missing may be there */
	struct plan_offer offer;
};

/*
 * Opens the trees, and offers what they have to the plan, from whose pool they take memory.
 * Files keep their mode, without set-user-ID bits and the like, and without permission to
 * write for others than root, to whom all belongs.
 *
 * paths: directories of the host. Without any, nothing is offered. Returns 0, or a negative
 * errno, logged. In both cases the caller closes them, after the last use of the plan.
 */
int trees_open(struct trees *trees, struct plan *plan, const struct texts *paths);
void trees_close(struct trees *trees);

#endif
