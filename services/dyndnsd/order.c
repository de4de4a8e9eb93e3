/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorts indices. */
#include "order.h"

void order(uint32_t *indices, size_t n,
	   bool (*is_before)(const void *userdata, uint32_t a, uint32_t b), const void *userdata)
{
	size_t start = n / 2, end = n;

	while (end > 1) {
		uint32_t moved;
		size_t hole, child;

		if (start > 0) { /* the heap grows downwards to the first index */
			moved = indices[--start];
		} else { /* then the largest goes to the end */
			moved = indices[--end];
			indices[end] = indices[0];
		}
		for (hole = start; (child = 2 * hole + 1) < end; hole = child) {
			if (child + 1 < end &&
			    is_before(userdata, indices[child], indices[child + 1]))
				child++;
			if (!is_before(userdata, moved, indices[child]))
				break;
			indices[hole] = indices[child];
		}
		indices[hole] = moved;
	}
}
