/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of system calls of SystemCallFilter=. */
#ifndef SYSTEM_CALL_GROUPS_H
#define SYSTEM_CALL_GROUPS_H

struct system_call_group {
	const char *name;    /* "@clock" */
	const char *members; /* separated by spaces; may be groups */
};

/* NULL for an unknown group. */
const char *system_call_group_members(const char *name);

#endif
