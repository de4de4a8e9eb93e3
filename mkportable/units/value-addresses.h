/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports and interfaces. */
#ifndef VALUE_ADDRESSES_H
#define VALUE_ADDRESSES_H

#include "units/value-text.h"

extern const struct checker address_checkers[];

#endif
