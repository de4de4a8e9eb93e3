/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile, read behind the unit, makes of the unit's own sandbox: lists
 * merge unless the profile resets them first, single values are replaced.
 */
#include "judge.h"
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a list setting allows: words, or with '~' in front what it takes away. */
struct list {
	bool set;      /* it is in the file at all */
	bool reset;    /* with an empty value somewhere: what came before is gone */
	bool denies;   /* the first entry begins with '~' */
	char *allowed; /* words, each between spaces: " AF_UNIX AF_INET " */
	char *denied;
};

struct comparison {
	struct judge *judge;
	const struct unit *unit;
	const struct profile *profile;
};

static char *append(struct judge *judge, char *list, const char *word)
{
	char *longer = pool_format(judge->plan->pool, "%s%s ", list, word);

	if (!longer)
		judge->failed = -ENOMEM;
	return longer ? longer : list;
}

static void add_words(struct judge *judge, const char *value, struct list *list)
{
	bool denies = value[0] == '~', first = !list->allowed[1] && !list->denied[1];
	struct unit_words words;

	if (unit_words_split(value + denies, &words) < 0)
		return; /* told elsewhere */
	if (first)
		list->denies = denies;
	for (size_t i = 0; i < words.n; i++) {
		/* An errno behind a system call is no part of its name. */
		words.at[i][strcspn(words.at[i], ":")] = '\0';
		if (denies)
			list->denied = append(judge, list->denied, words.at[i]);
		else if (strcmp(words.at[i], "none") != 0 && !is_yes(words.at[i]))
			list->allowed = append(judge, list->allowed, words.at[i]);
	}
	unit_words_release(&words);
}

static struct list read_list(struct judge *judge, const struct unit_file *file, const char *key)
{
	static char none[] = " ";
	struct list list = { .allowed = none, .denied = none };
	const struct unit_setting *s = NULL;

	for (size_t i = 0; i < file->n; i++) {
		if (strcmp(file->settings[i].section, "Service") != 0 ||
		    strcmp(file->settings[i].key, key) != 0)
			continue;
		list.set = true;
		list.reset |= file->settings[i].value[0] == '\0';
	}
	while ((s = unit_file_next(file, "Service", key, s)))
		add_words(judge, s->value, &list);
	return list;
}

/* The first word of a list that another one has not; NULL when it has all. */
static const char *first_beyond(struct judge *judge, const char *words, const char *others)
{
	for (const char *p = words + 1; *p; p += strcspn(p, " ") + 1) {
		const char *word = judge_format(judge, " %.*s ", (int)strcspn(p, " "), p);

		if (!strstr(others, word))
			return judge_format(judge, "%.*s", (int)strcspn(p, " "), p);
	}
	return NULL;
}

static void tell_weaker(struct comparison *c, const char *what)
{
	judge_report(c->judge, RULE_PROFILE_WEAKENS_UNIT, NULL, c->unit->name, c->profile->name,
		     what);
}

static void compare_list(struct comparison *c, const char *key)
{
	struct list own = read_list(c->judge, &c->unit->file, key);
	struct list theirs = read_list(c->judge, &c->profile->settings, key);
	const char *word = NULL;

	if (!own.set || !theirs.set || own.denies)
		return; /* without a list of its own the unit has nothing to lose */
	word = first_beyond(c->judge, theirs.allowed, own.allowed);
	if (word) {
		tell_weaker(c, judge_format(c->judge, "%s= gains '%s'", key, word));
		return;
	}
	/* What the unit took away comes back with the list that it was taken from. */
	if (!theirs.allowed[1])
		return;
	word = first_beyond(c->judge, own.denied, theirs.denied);
	if (word)
		tell_weaker(c, judge_format(c->judge, "%s= gains '%s' again", key, word));
}

static void check_turned(struct comparison *c)
{
	struct list own = read_list(c->judge, &c->unit->file, "SystemCallFilter");
	struct list theirs = read_list(c->judge, &c->profile->settings, "SystemCallFilter");

	if (!own.set || !theirs.set || theirs.reset || !own.denies || theirs.denies)
		return;
	judge_report(c->judge, RULE_DENY_LIST_TURNED, NULL, c->unit->name, "the unit",
		     judge_format(c->judge, "the profile '%s'", c->profile->name), "a deny list");
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
	struct list families = read_list(judge, &unit->file, "RestrictAddressFamilies");

	return !families.denies && strstr(families.allowed, " AF_INET") != NULL &&
	       !is_yes(judge_value(unit, "Service", "PrivateNetwork"));
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
		 !strstr(read_list(c->judge, profile, "BindReadOnlyPaths").allowed, "bus_socket") &&
		 !strstr(read_list(c->judge, profile, "BindPaths").allowed, " /run "))
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
