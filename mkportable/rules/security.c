/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile, read after the unit, makes of the unit's own sandbox: lists
 * merge unless the profile resets them first, single values are replaced.
 */
#include "elements.h"
#include "number.h"
#include "rules/topics.h"
#include "units/merged-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct comparison {
	const struct unit *unit;
	const struct profile *profile;
	struct findings *findings;
};

static struct merged_list read_list(const struct unit_file *first, const struct unit_file *second,
				    const char *key, struct findings *findings)
{
	struct merged_list list = MERGED_LIST_UNSET;

	if (merged_list_read(&list, findings->pool, first, key) < 0 ||
	    (second && merged_list_read(&list, findings->pool, second, key) < 0))
		findings->failed = -ENOMEM;
	return list;
}

static void report_weaker(const struct comparison *c, const char *what)
{
	report(c->findings, RULE_PROFILE_WEAKENS_UNIT, WHOLE_IMAGE, c->unit->name, c->profile->name,
	       what);
}

static void compare_list(const struct comparison *c, const char *key)
{
	struct merged_list alone = read_list(&c->unit->file, NULL, key, c->findings);
	struct merged_list with =
		read_list(&c->unit->file, &c->profile->settings, key, c->findings);
	const char *word;
	size_t n;

	if (!merged_list_is_wider(&with, &alone, &word, &n))
		return;
	if (!word)
		report_weaker(c,
			      report_format(c->findings, "%s= gains all but what it refuses", key));
	else if (n == 1)
		report_weaker(c, report_format(c->findings, "%s= gains '%s'", key, word));
	else
		report_weaker(c, report_format(c->findings, "%s= gains '%s' and %zu more", key,
					       word, n - 1));
}

static void check_turned(const struct comparison *c)
{
	static const char key[] = "SystemCallFilter";
	struct merged_list alone = read_list(&c->unit->file, NULL, key, c->findings);
	struct merged_list theirs = read_list(&c->profile->settings, NULL, key, c->findings);
	struct merged_list with =
		read_list(&c->unit->file, &c->profile->settings, key, c->findings);

	if (alone.mode == MERGED_REFUSES && theirs.mode == MERGED_ALLOWS &&
	    with.mode == MERGED_REFUSES)
		report(c->findings, RULE_DENY_LIST_TURNED, WHOLE_IMAGE, c->unit->name,
		       c->profile->name);
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

	for (int i = 0; i < (int)(ELEMENTS(words)); i++)
		for (size_t j = 0; j < 4; j++)
			if (strcmp(value, words[i][j]) == 0)
				return i;
	return -1;
}

static void compare_value(const struct comparison *c, const char *key)
{
	const char *own = unit_value(c->unit, "Service", key);
	const char *theirs = unit_file_last(&c->profile->settings, "Service", key);

	if (!theirs || strength(theirs) < 0 || strength(own) <= strength(theirs))
		return;
	report_weaker(c, report_format(c->findings, "%s=%s replaces %s", key, theirs, own));
}

static bool has_network(const struct unit *unit, struct findings *findings)
{
	struct merged_list families =
		read_list(&unit->file, NULL, "RestrictAddressFamilies", findings);

	return families.mode == MERGED_ALLOWS && merged_list_has(&families, "AF_INET") &&
	       !unit_file_is_yes(&unit->file, "Service", "PrivateNetwork");
}

static bool binds(const struct unit_file *file, const char *path, struct findings *findings)
{
	struct merged_list writable = read_list(file, NULL, "BindPaths", findings);
	struct merged_list read_only = read_list(file, NULL, "BindReadOnlyPaths", findings);

	return merged_list_has(&writable, path) || merged_list_has(&read_only, path);
}

/* What the unit says that it needs, and the profile takes away. */
static void check_sufficient(const struct comparison *c)
{
	const struct unit_file *profile = &c->profile->settings;
	const char *tasks = unit_file_last(profile, "Service", "TasksMax"), *missing = NULL;
	const char *own = unit_value(c->unit, "Service", "TasksMax");
	uint64_t wanted, allowed;

	if (unit_file_is_yes(profile, "Service", "PrivateNetwork") &&
	    has_network(c->unit, c->findings))
		missing =
			"RestrictAddressFamilies= names AF_INET, but PrivateNetwork= removes the network";
	else if (tasks && parse_uint(tasks, 0, UINT64_MAX, &allowed) == 0 &&
		 (strcmp(own, "infinity") == 0 ||
		  (parse_uint(own, 0, UINT64_MAX, &wanted) == 0 && wanted > allowed)))
		missing = report_format(c->findings, "TasksMax=%s becomes %s", own, tasks);
	else if (unit_value(c->unit, "Service", "BusName")[0] &&
		 !binds(profile, "/run/dbus/system_bus_socket", c->findings) &&
		 !binds(profile, "/run", c->findings))
		missing = "BusName= needs the socket of D-Bus, which is not bound";
	if (missing)
		report(c->findings, RULE_PROFILE_NOT_SUFFICIENT, WHOLE_IMAGE, c->unit->name,
		       c->profile->name, missing);
}

void rules_security(const struct unit *service, const struct profile *profile,
		    struct findings *findings)
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

	struct comparison c = { .unit = service, .profile = profile, .findings = findings };

	for (size_t i = 0; i < ELEMENTS(lists); i++)
		compare_list(&c, lists[i]);
	for (size_t i = 0; i < ELEMENTS(values); i++)
		compare_value(&c, values[i]);
	check_turned(&c);
	check_sufficient(&c);
}

void rules_exposure(const struct exposure *exposures, int max, struct findings *findings)
{
	bool is_unknown = false;

	for (const struct exposure *e = exposures; e; e = e->next) {
		is_unknown |= e->tenths == EXPOSURE_UNKNOWN;
		if (e->tenths <= max)
			continue;
		report(findings, RULE_EXPOSURE_TOO_HIGH, WHOLE_IMAGE, e->unit->name,
		       report_format(findings, "%d.%d", e->tenths / 10, e->tenths % 10),
		       e->profile ? report_format(findings, " under the profile '%s'",
						  e->profile->name)
				  : "",
		       report_format(findings, "%d.%d", max / 10, max % 10));
	}
	if (is_unknown)
		report(findings, RULE_EXPOSURE_UNKNOWN, WHOLE_IMAGE);
}
