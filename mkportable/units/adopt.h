/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units that others wrote for a whole system, changed for an image: setting by setting, what
 * becomes of it and why.
 *
 * Pure: settings in, drafts and remarks out; what a tree has is asked for.
 */
#ifndef ADOPT_H
#define ADOPT_H

#include "pool.h"
#include "units/adopted.h"

/*
 * id: of the image. units: all that are taken; types that portablectl takes. tree: NULL for
 * units that are from none.
 *
 * Returns 0, -EEXIST if two of them would get one name, or one would start another than
 * before, or -ENOMEM. *ret is in the pool, in the order of the units.
 */
int adopt(struct pool *pool, const char *id, const struct unit *units,
	  const struct adopt_tree *tree, struct adopted **ret);

#endif
