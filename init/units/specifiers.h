/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Specifiers in the values of units: systemd.unit(5). */
#ifndef SPECIFIERS_H
#define SPECIFIERS_H

#include "units/units.h"

/*
 * Replaces those that systemd replaces: of the unit (%n %N %p %P %i %I %j %J), of the host
 * (%a %b %H %l %m %q %v), of the user of the manager, which is root (%g %G %h %s %u %U), and
 * directories (%C %d %D %E %L %S %t %T %V). A "%" in front of something else stays.
 *
 * instance: of a service that a connection starts; else NULL.
 * Returns 0 and sets *ret (malloc'd), -EINVAL for a specifier of systemd that is not
 * supported, -ENOMEM.
 */
int expand_specifiers(const struct boot_unit *unit, const char *instance, const char *text,
		      char **ret);

#endif
