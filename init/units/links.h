/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units start which, and in what order: systemd.unit(5), [Unit] and [Install]. */
#ifndef LINKS_H
#define LINKS_H

#include "units/settings.h"

/* The units in systemd.mask= and systemd.wants= of the command line. */
struct choice {
	struct list masked;
	struct list wanted;
};

/*
 * Links all units with those that they name, masks what is chosen, and marks the units that a
 * boot reaches. The names of units that are not there, or that nothing starts, are logged.
 *
 * Takes time that grows with the units and what they name. Returns 0; 1 when something that
 * was asked for cannot be started; or -ENOMEM.
 */
int links_make(struct units *units, const struct choice *choice);

#endif
