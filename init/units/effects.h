/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which settings of a unit are not supported. */
#ifndef EFFECTS_H
#define EFFECTS_H

#include "units/service-unit.h"

/* What fits into a line of the log beside the name of the unit. */
#define SETTINGS_TEXT_SIZE 640

/*
 * Writes the names of the unit's settings that have no effect: "Slice=, CPUWeight=", each
 * once; "" when there is none. What does not fit is cut and ends in "...".
 *
 * service: what was read of a .service; NULL for other units.
 */
void settings_without_effect(const struct boot_unit *unit, const struct service *service,
			     char ret[static SETTINGS_TEXT_SIZE]);

#endif
