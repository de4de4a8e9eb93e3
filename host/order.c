/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which order units are stopped and started. */
#include "order.h"

#include <stdbool.h>
#include <string.h>

enum order order_of(const char *unit)
{
	const char *suffix = strrchr(unit, '.');
	bool starts = suffix && (strcmp(suffix, ".socket") == 0 || strcmp(suffix, ".timer") == 0 ||
				 strcmp(suffix, ".path") == 0);

	return starts ? ORDER_STARTERS : ORDER_OTHERS;
}
