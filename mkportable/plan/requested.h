/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes what units ask for in [X-Portable] from what is offered to the plan. What the
 * programs and libraries among it load comes with them when they are examined.
 */
#ifndef REQUESTED_H
#define REQUESTED_H

#include "plan/plan.h"
#include "units/requests.h"

/*
 * Files and packages. What is already in the plan counts as well. is_asking: only to find
 * what asked for the files of an image that is there, where nothing is a mistake.
 *
 * Returns 0, or a negative errno for what was logged: what is asked for and not there, with
 * the nearest name.
 */
int requested_take(struct plan *plan, struct requests *requests, bool is_asking);

#endif
