/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a unit that is changed for an image. */
#ifndef ADOPT_SETTINGS_H
#define ADOPT_SETTINGS_H

#include "units/adopting.h"

/* The setting at hand, by its rule. */
void adopt_setting(struct adopting *a);

#endif
