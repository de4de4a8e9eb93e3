/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, words and assignments. */
#ifndef VALUE_NAMES_H
#define VALUE_NAMES_H

#include "units/value-text.h"

extern const struct checker name_checkers[];

bool value_is_descriptor_name(struct checked *c, const char *text);
bool value_is_credential_name(struct checked *c, const char *text);

#endif
