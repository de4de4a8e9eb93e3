/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of system calls. */
#include "units/system-call-groups.h"

#include "elements.h"
#include "units/system-call-groups-table.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *name, const void *group)
{
	return strcmp(name, ((const struct system_call_group *)group)->name);
}

const char *system_call_group_members(const char *name)
{
	const struct system_call_group *group =
		bsearch(name, groups, ELEMENTS(groups), sizeof *groups, by_name);

	return group ? group->members : NULL;
}
