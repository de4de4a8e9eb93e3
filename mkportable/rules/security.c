/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile, read behind the unit, makes of the unit's own sandbox: lists
 * merge unless the profile resets them first, single values are replaced.
 */
#include "number.h"
#include "rules/judge.h"
#include "units/merged-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct comparison {
	struct judge *judge;
	const struct unit *unit;
	const struct profile *profile;
};

static struct merged_list read_list(struct judge *judge, const struct unit_file *first,
				    const struct unit_file *second, const char *key)
{
	struct merged_list list = MERGED_LIST_UNSET;

	if (merged_list_read(&list, judge->plan->pool, first, key) < 0 ||
	    (second && merged_list_read(&list, judge->plan->pool, second, key) < 0))
		judge->failed = -ENOMEM;
	return list;
}

static void tell_weaker(struct comparison *c, const char *what)
{
	judge_report(c->judge, RULE_PROFILE_WEAKENS_UNIT, NULL, c->unit->name, c->profile->name,
		     what);
}

static void compare_list(struct comparison *c, const char *key)
{
	struct merged_list alone = read_list(c->judge, &c->unit->file, NULL, key);
	struct merged_list with = read_list(c->judge, &c->unit->file, &c->profile->settings, key);
	const char *word;
	size_t n;

	if (!merged_list_is_wider(&with, &alone, &word, &n))
		return;
	if (!word)
		tell_weaker(c, judge_format(c->judge, "%s= gains all but what it refuses", key));
	else if (n == 1)
		tell_weaker(c, judge_format(c->judge, "%s= gains '%s'", key, word));
	else
		tell_weaker(
			c, judge_format(c->judge, "%s= gains '%s' and %zu more", key, word, n - 1));
}

static void check_turned(struct comparison *c)
{
	static const char key[] = "SystemCallFilter";
	struct merged_list alone = read_list(c->judge, &c->unit->file, NULL, key);
	struct merged_list theirs = read_list(c->judge, &c->profile->settings, NULL, key);
	struct merged_list with = read_list(c->judge, &c->unit->file, &c->profile->settings, key);

	if (alone.mode == MERGED_REFUSES && theirs.mode == MERGED_ALLOWS &&
	    with.mode == MERGED_REFUSES)
		judge_report(c->judge, RULE_DENY_LIST_TURNED, NULL, c->unit->name, "the unit",
			     judge_format(c->judge, "the profile '%s'", c->profile->name),
			     "a deny list");
}

/* How much a value protects; higher is more. -1: none of these. */
static int strength(const char *value)
{
	static const char *const words[][4] = {
		{ "no", "false", "off", "0" },
		{ "read-only", "tmpfs", "default", "noaccess" },
		{ "yes", "true", "on", "1" },
		{ "full", "invisible", "pid", "ptraceable" },
		{ "strict", "self", "identity", "disconnected" },
	};

	for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
		for (size_t j = 0; j < 4; j++)
			if (strcmp(value, words[i][j]) == 0)
				return i;
	return -1;
}

static void compare_value(struct comparison *c, const char *key)
{
	const char *own = judge_value(c->unit, "Service", key);
	const char *theirs = unit_file_last(&c->profile->settings, "Service", key);

	if (!theirs || strength(theirs) < 0 || strength(own) <= strength(theirs))
		return;
	tell_weaker(c, judge_format(c->judge, "%s=%s replaces %s", key, theirs, own));
}

static bool has_network(struct judge *judge, const struct unit *unit)
{
	struct merged_list families =
		read_list(judge, &unit->file, NULL, "RestrictAddressFamilies");

	return families.mode == MERGED_ALLOWS && merged_list_has(&families, "AF_INET") &&
	       !is_yes(judge_value(unit, "Service", "PrivateNetwork"));
}

static bool binds(struct judge *judge, const struct unit_file *file, const char *path)
{
	struct merged_list writable = read_list(judge, file, NULL, "BindPaths");
	struct merged_list read_only = read_list(judge, file, NULL, "BindReadOnlyPaths");

	return merged_list_has(&writable, path) || merged_list_has(&read_only, path);
}

/* What the unit says that it needs, and the profile takes. */
static void check_sufficient(struct comparison *c)
{
	const struct unit_file *profile = &c->profile->settings;
	const char *network = unit_file_last(profile, "Service", "PrivateNetwork");
	const char *tasks = unit_file_last(profile, "Service", "TasksMax"), *missing = NULL;
	const char *own = judge_value(c->unit, "Service", "TasksMax");
	uint64_t wanted, allowed;

	if (network && is_yes(network) && has_network(c->judge, c->unit))
		missing =
			"RestrictAddressFamilies= names AF_INET, and PrivateNetwork= shuts the network out";
	else if (tasks && parse_uint(tasks, 0, UINT64_MAX, &allowed) == 0 &&
		 (strcmp(own, "infinity") == 0 ||
		  (parse_uint(own, 0, UINT64_MAX, &wanted) == 0 && wanted > allowed)))
		missing = judge_format(c->judge, "TasksMax=%s becomes %s", own, tasks);
	else if (judge_value(c->unit, "Service", "BusName")[0] &&
		 !binds(c->judge, profile, "/run/dbus/system_bus_socket") &&
		 !binds(c->judge, profile, "/run"))
		missing = "BusName= needs the socket of D-Bus, which is not bound";
	if (missing)
		judge_report(c->judge, RULE_PROFILE_NOT_SUFFICIENT, NULL, c->unit->name,
			     c->profile->name, missing);
}

void rules_security(struct judge *judge, const struct unit *service, const struct profile *profile)
{
	static const char *const lists[] = {
		"CapabilityBoundingSet", "AmbientCapabilities",     "RestrictAddressFamilies",
		"RestrictNamespaces",    "SystemCallArchitectures", "DeviceAllow",
		"IPAddressAllow",        "RestrictFileSystems",     "SystemCallFilter",
	};
	static const char *const values[] = {
		"PrivateNetwork",
		"PrivateUsers",
		"PrivateDevices",
		"PrivateTmp",
		"PrivateIPC",
		"PrivateMounts",
		"NoNewPrivileges",
		"ProtectSystem",
		"ProtectHome",
		"ProtectClock",
		"ProtectHostname",
		"ProtectKernelLogs",
		"ProtectKernelModules",
		"ProtectKernelTunables",
		"ProtectControlGroups",
		"ProtectProc",
		"ProcSubset",
		"LockPersonality",
		"MemoryDenyWriteExecute",
		"RestrictRealtime",
		"RestrictSUIDSGID",
		"RemoveIPC",
		"DynamicUser",
	};

	struct comparison c = { .judge = judge, .unit = service, .profile = profile };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		compare_list(&c, lists[i]);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		compare_value(&c, values[i]);
	check_turned(&c);
	check_sufficient(&c);
}
