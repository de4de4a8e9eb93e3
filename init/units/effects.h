/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which settings of a unit are without effect here. */
#ifndef EFFECTS_H
#define EFFECTS_H

#include "units/service-unit.h"

/* What a warning can hold beside the unit's name; more settings end in "...". */
#define SETTINGS_TEXT_SIZE 640

/*
 * Writes the names of the settings that are in the unit and that nothing here
 * brings about, with "=" and ", " between them, each once; "" when there is none.
 *
 * service: what was read of a .service; NULL for other units.
 */
void settings_without_effect(const struct boot_unit *unit, const struct service *service,
			     char ret[static SETTINGS_TEXT_SIZE]);

#endif
