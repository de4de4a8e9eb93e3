/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths, what goes with them, and command lines. */
#ifndef VALUE_PATHS_H
#define VALUE_PATHS_H

#include "units/value-text.h"

extern const struct checker path_checkers[];

#endif
