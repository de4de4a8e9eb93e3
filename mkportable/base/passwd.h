/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/passwd and /etc/group. Pure; any text is accepted. */
#ifndef PASSWD_H
#define PASSWD_H

#include <stdbool.h>

/* Whether a line has this name or this number, in decimal digits as they are written there. */
bool passwd_has(const char *text, const char *name);

#endif
