/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calendar events. */
#ifndef VALUE_CALENDAR_H
#define VALUE_CALENDAR_H

#include "units/value-text.h"

extern const struct checker calendar_checkers[];

#endif
