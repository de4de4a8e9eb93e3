/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --check: prints what a zone file means to dyndnsd. */
#ifndef CHECK_ZONE_H
#define CHECK_ZONE_H

/*
 * Prints blocks, keys, records and warnings of a zone file, as "FILE:LINE: …".
 *
 * Returns 0, 1 when there were warnings, or a negative errno after having logged it.
 */
int check_zone(const char *path, const char *types);

#endif
