/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counter of visitord without the disk, behind the same header: what the
 * bench compares the durable one with. Never shipped.
 */
#include "../../services/visitord/counter.h"

#include <errno.h>

int counter_open(struct counter *counter, const char *directory)
{
	(void)directory;
	*counter = (struct counter)COUNTER_CLOSED;
	return 0;
}

void counter_close(struct counter *counter)
{
	(void)counter;
}

int counter_add(struct counter *counter, uint64_t n, uint64_t *ret_first)
{
	if (n > UINT64_MAX - counter->number)
		return -ERANGE;
	*ret_first = counter->number + 1;
	counter->number += n;
	return 0;
}
