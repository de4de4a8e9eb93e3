/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What units need of the host: named, since nobody but the host can say whether it is there. */
#include "rules/topics.h"
#include "units/host-needs.h"
#include "units/names.h"

#include <string.h>

/* Kinds in words, for "needs … on the host", by enum host_need_kind. */
static const char *const kind_words[][2] = {
	[HOST_FILE] = { "the file", "no file" },
	[HOST_DIRECTORY] = { "the directory", "no directory" },
	[HOST_PROGRAM] = { "the program", "" },
	[HOST_DEVICE] = { "the device", "" },
	[HOST_USER] = { "the user", "" },
	[HOST_GROUP] = { "the group", "" },
	[HOST_UNIT] = { "the unit", "" },
	[HOST_INTERFACE] = { "the network interface", "" },
	[HOST_ADDRESS] = { "the address", "" },
	[HOST_CREDENTIAL] = { "the credential", "" },
	[HOST_CONDITION] = { "to match", "not to match" },
};

/* A file, not only the place that something is mounted over. */
static bool is_in_image(const struct plan *plan, const char *path)
{
	const struct plan_entry *entry = path[0] == '/' ? plan_follow(plan, path) : NULL;

	return entry && entry->type == PLAN_FILE;
}

static void report_need(const struct plan *plan, const struct unit *unit,
			const struct host_need *need, struct findings *findings)
{
	struct location where = AT_UNIT(unit, need->line);

	if (strcmp(need->key, "User") == 0 || strcmp(need->key, "Group") == 0)
		report(findings, RULE_USER_NOT_RESOLVABLE, where, need->key, need->name);
	else if (need->kind <= HOST_DEVICE && !need->is_own && is_in_image(plan, need->name))
		report(findings, RULE_HOST_NOT_IMAGE, where, need->key, need->name);
	else
		report(findings, RULE_HOST_MUST_HAVE, where, need->key,
		       kind_words[need->kind][need->absent], need->name);
}

/* Another rule judges the units of the image, and those that only the image could have. */
static bool is_own_unit(const struct unit *units, const char *prefix, const struct host_need *need)
{
	return need->kind == HOST_UNIT &&
	       (unit_find(units, need->name) || unit_belongs(need->name, prefix));
}

void rules_host(const struct plan *plan, const struct unit *units, const char *prefix,
		struct findings *findings)
{
	for (const struct unit *unit = units; unit; unit = unit->next) {
		struct host_need *needs;
		int r = host_needs(unit, findings->pool, &needs);

		if (r < 0) {
			findings->failed = r;
			return;
		}
		for (const struct host_need *need = needs; need; need = need->next)
			if (!is_own_unit(units, prefix, need))
				report_need(plan, unit, need, findings);
	}
}
