/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Versions: the Version Format Specification, UAPI.10. */
#ifndef VERSIONS_H
#define VERSIONS_H

/* Less than, equal to, or greater than 0, as version a is older, the same or newer. */
int version_compare(const char *a, const char *b);

#endif
