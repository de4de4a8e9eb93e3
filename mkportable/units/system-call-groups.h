/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of system calls, as SystemCallFilter= knows them. */
#ifndef SYSTEM_CALL_GROUPS_H
#define SYSTEM_CALL_GROUPS_H

struct system_call_group {
	const char *name;    /* "@clock" */
	const char *members; /* separated by spaces; groups among them */
};

/* NULL for a group that is not known. */
const char *system_call_group_members(const char *name);

#endif
