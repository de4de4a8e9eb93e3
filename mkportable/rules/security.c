/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile, read after the unit, makes of the unit's own sandbox: lists
 * merge unless the profile resets them first, single values are replaced.
 */
#include "elements.h"
#include "number.h"
#include "plan/programs.h"
#include "rules/all.h"
#include "rules/topics.h"
#include "units/merged-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct comparison {
	const struct image *image;
	const struct unit *unit;
	const struct profile *profile;
	struct findings *findings;
};

/* The settings of two states: the unit alone, and under the profile. */
enum state {
	ALONE,
	UNDER_PROFILE
};

static struct merged_list list_of(const struct comparison *c, enum state state, const char *key)
{
	struct merged_list list = MERGED_LIST_UNSET;

	if (merged_list_read(&list, c->findings->pool, &c->unit->file, key) < 0 ||
	    (state == UNDER_PROFILE &&
	     merged_list_read(&list, c->findings->pool, &c->profile->settings, key) < 0))
		c->findings->failed = -ENOMEM;
	/* Without the setting a program has none of these. */
	if (list.mode == MERGED_UNSET && strcmp(key, "AmbientCapabilities") == 0)
		list.mode = MERGED_ALLOWS;
	return list;
}

static void report_weaker(const struct comparison *c, const char *what)
{
	report(c->findings, RULE_PROFILE_WEAKENS_UNIT, WHOLE_IMAGE, c->unit->name, c->profile->name,
	       what);
}

static void report_gain(const struct comparison *c, const char *key, const struct merged_list *with,
			const struct merged_list *alone)
{
	const char *word;
	size_t n;

	if (!merged_list_is_wider(with, alone, &word, &n))
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

static void compare_list(const struct comparison *c, const char *key)
{
	struct merged_list alone = list_of(c, ALONE, key), with = list_of(c, UNDER_PROFILE, key);

	report_gain(c, key, &with, &alone);
}

/* IPAddressAllow= is what IPAddressDeny= leaves open, and means nothing without it. */
static void compare_addresses(const struct comparison *c)
{
	static const char allow_key[] = "IPAddressAllow", deny_key[] = "IPAddressDeny";
	struct merged_list deny = list_of(c, ALONE, deny_key);
	struct merged_list deny_with = list_of(c, UNDER_PROFILE, deny_key);
	struct merged_list allow = list_of(c, ALONE, allow_key);
	struct merged_list allow_with = list_of(c, UNDER_PROFILE, allow_key);

	for (size_t i = 0; i < deny.n && !merged_list_has(&deny_with, "any"); i++) {
		if (merged_list_has(&deny_with, deny.words[i]))
			continue;
		report_weaker(
			c, report_format(c->findings, "%s= loses '%s'", deny_key, deny.words[i]));
		break;
	}
	allow.mode = allow_with.mode = MERGED_ALLOWS;
	if (deny.n > 0)
		report_gain(c, allow_key, &allow_with, &allow);
}

static void check_turned(const struct comparison *c)
{
	static const char key[] = "SystemCallFilter";
	struct merged_list alone = list_of(c, ALONE, key), with = list_of(c, UNDER_PROFILE, key);
	struct merged_list theirs = MERGED_LIST_UNSET;

	if (merged_list_read(&theirs, c->findings->pool, &c->profile->settings, key) < 0)
		c->findings->failed = -ENOMEM;
	if (alone.mode == MERGED_REFUSES && theirs.mode == MERGED_ALLOWS &&
	    with.mode == MERGED_REFUSES)
		report(c->findings, RULE_DENY_LIST_TURNED, WHOLE_IMAGE, c->unit->name,
		       c->profile->name);
}

/* A setting with one value, of which some protect more than others. */
struct wall {
	const char *key;
	const char *words; /* from weak to strong; those with a comma between are as strong */
	const char *of_dynamic_user; /* what DynamicUser=yes makes at least of it; NULL: nothing */
};

static const struct wall walls[] = {
	{ "DynamicUser", "no yes", NULL },
	{ "PrivateNetwork", "no yes", NULL },
	{ "PrivateUsers", "no identity,full yes,self", NULL },
	{ "PrivateDevices", "no yes", NULL },
	{ "PrivateTmp", "no yes disconnected", "yes" },
	{ "PrivateIPC", "no yes", NULL },
	{ "PrivateMounts", "no yes", NULL },
	{ "PrivatePIDs", "no yes", NULL },
	{ "NoNewPrivileges", "no yes", "yes" },
	{ "ProtectSystem", "no yes full strict", "strict" },
	{ "ProtectHome", "no read-only,tmpfs yes", "read-only" },
	{ "ProtectClock", "no yes", NULL },
	{ "ProtectHostname", "no private yes", NULL },
	{ "ProtectKernelLogs", "no yes", NULL },
	{ "ProtectKernelModules", "no yes", NULL },
	{ "ProtectKernelTunables", "no yes", NULL },
	{ "ProtectControlGroups", "no yes private strict", NULL },
	{ "ProtectProc", "default noaccess invisible ptraceable", NULL },
	{ "ProcSubset", "all pid", NULL },
	{ "LockPersonality", "no yes", NULL },
	{ "MemoryDenyWriteExecute", "no yes", NULL },
	{ "RestrictRealtime", "no yes", NULL },
	{ "RestrictSUIDSGID", "no yes", "yes" },
	{ "RemoveIPC", "no yes", "yes" },
};

/* How much a value protects, 0 or more; -1 for one that systemd ignores. */
static int strength(const struct wall *wall, const char *value)
{
	size_t length;
	bool is_yes;
	int n = 0;

	if (parse_boolean(value, &is_yes) == 0)
		value = is_yes ? "yes" : "no";
	length = strlen(value);
	for (const char *word = wall->words; length > 0; word++) {
		size_t word_length = strcspn(word, " ,");

		if (word_length == length && strncmp(word, value, length) == 0)
			return n;
		word += word_length;
		n += *word == ' ';
		if (*word == '\0')
			break;
	}
	return -1;
}

/* What systemd makes of the lines of a file; *ret_value: of the one that counts. */
static int read_wall(const struct wall *wall, const struct unit_file *file, int before,
		     const char **ret_value)
{
	for (size_t i = 0; i < file->n; i++) {
		const struct unit_setting *s = &file->settings[i];
		int n = strcmp(s->section, "Service") == 0 && strcmp(s->key, wall->key) == 0
				? strength(wall, s->value)
				: -1;

		if (n < 0)
			continue;
		before = n;
		*ret_value = s->value;
	}
	return before;
}

static bool is_wall_up(const struct comparison *c, enum state state, const char *key)
{
	const struct wall *wall = walls;
	const char *value;
	int n;

	while (strcmp(wall->key, key) != 0)
		wall++;
	n = read_wall(wall, &c->unit->file, 0, &value);
	if (state == UNDER_PROFILE)
		n = read_wall(wall, &c->profile->settings, n, &value);
	return n > 0;
}

static void compare_wall(const struct comparison *c, const struct wall *wall)
{
	const char *own = "what DynamicUser=yes brings", *theirs = NULL;
	int least = wall->of_dynamic_user ? strength(wall, wall->of_dynamic_user) : 0;
	int alone = read_wall(wall, &c->unit->file, 0, &own);
	int with = read_wall(wall, &c->profile->settings, alone, &theirs);

	if (alone < least && is_wall_up(c, ALONE, "DynamicUser"))
		alone = least;
	if (with < least && is_wall_up(c, UNDER_PROFILE, "DynamicUser"))
		with = least;
	if (theirs && with < alone)
		report_weaker(
			c, report_format(c->findings, "%s=%s replaces %s", wall->key, theirs, own));
}

/* 0: all devices, 1: those of DeviceAllow= and /dev/null and the like, 2: not even these. */
static int device_policy(const struct comparison *c, enum state state,
			 const struct merged_list *list)
{
	static const struct wall policy = { "DevicePolicy", "auto closed strict", NULL };
	const char *value;
	int n = read_wall(&policy, &c->unit->file, 0, &value);

	if (state == UNDER_PROFILE)
		n = read_wall(&policy, &c->profile->settings, n, &value);
	if (n == 0 && (list->n > 0 || is_wall_up(c, state, "PrivateDevices")))
		n = 1;
	return n;
}

static void compare_devices(const struct comparison *c)
{
	static const char key[] = "DeviceAllow";
	struct merged_list alone = list_of(c, ALONE, key), with = list_of(c, UNDER_PROFILE, key);
	int policy = device_policy(c, ALONE, &alone);
	int policy_with = device_policy(c, UNDER_PROFILE, &with);

	alone.mode = with.mode = MERGED_ALLOWS;
	if (policy_with < policy)
		report_weaker(
			c, report_format(c->findings, "DevicePolicy= allows %s",
					 policy_with ? "/dev/null and the like" : "all devices"));
	else if (policy > 0)
		report_gain(c, key, &with, &alone);
}

static unsigned read_umask(const struct unit_file *file, unsigned before)
{
	const char *value = unit_file_last(file, "Service", "UMask");
	unsigned n = 0;

	if (!value || !*value || value[strspn(value, "01234567")] || strlen(value) > 5)
		return before;
	while (*value)
		n = n << 3 | (unsigned)(*value++ - '0');
	return n;
}

static void compare_umask(const struct comparison *c)
{
	unsigned alone = read_umask(&c->unit->file, 0022);
	unsigned with = read_umask(&c->profile->settings, alone);

	if (alone & ~with)
		report_weaker(c,
			      report_format(c->findings, "UMask=%04o replaces %04o", with, alone));
}

/* --- what the unit says that it needs, and the profile takes away --- */

static void report_insufficient(const struct comparison *c, const char *what)
{
	report(c->findings, RULE_PROFILE_NOT_SUFFICIENT, WHOLE_IMAGE, c->unit->name,
	       c->profile->name, what);
}

static bool has_network(const struct comparison *c, enum state state)
{
	struct merged_list families = list_of(c, state, "RestrictAddressFamilies");

	return (merged_list_allows(&families, "AF_INET") ||
		merged_list_allows(&families, "AF_INET6")) &&
	       !is_wall_up(c, state, "PrivateNetwork");
}

/* Whether a socket unit of the image gives the service its sockets. */
static bool is_socket_activated(const struct comparison *c)
{
	size_t length = strcspn(c->unit->name, "@.");

	for (const struct unit *unit = c->image->units; unit; unit = unit->next) {
		const char *service = unit_value(unit, "Socket", "Service");

		if (strcmp(unit->suffix, ".socket") != 0)
			continue;
		if (service[0]
			    ? strcmp(service, c->unit->name) == 0
			    : strncmp(unit->name, c->unit->name, length) == 0 &&
				      unit->name + strcspn(unit->name, "@.") == unit->name + length)
			return true;
	}
	return false;
}

/* A program of the service that opens sockets by itself; or NULL. */
static const char *socket_opener(const struct comparison *c)
{
	const struct program_file *file;

	for (const struct need *need = c->image->needs.first; need; need = need->next) {
		const char *path =
			need->unit == c->unit ? programs_path(c->image->plan, need) : NULL;
		struct plan_entry *entry = path ? plan_follow(c->image->plan, path) : NULL;

		if (entry && entry->type == PLAN_FILE &&
		    programs_read(c->image->plan, entry, &file) == 0 && file->elf &&
		    file->elf->opens_sockets)
			return path;
	}
	return NULL;
}

static void check_network(const struct comparison *c)
{
	struct merged_list families = list_of(c, ALONE, "RestrictAddressFamilies");
	const char *program;

	if (!has_network(c, ALONE) || has_network(c, UNDER_PROFILE))
		return;
	/* A client of D-Bus may need no other socket. */
	program = is_socket_activated(c) || unit_value(c->unit, "Service", "BusName")[0]
			  ? NULL
			  : socket_opener(c);
	if (program)
		report_insufficient(
			c, report_format(c->findings,
					 "'%s' opens sockets by itself, and there is no network; "
					 "'sealed-outbound' and 'default' leave it one",
					 report_escape(c->findings, program)));
	else if (families.mode == MERGED_ALLOWS)
		report_insufficient(
			c, "RestrictAddressFamilies= names AF_INET or AF_INET6, and there is no "
			   "network; 'sealed-outbound' and 'default' leave it one");
}

static bool binds(const struct unit_file *file, const char *path, struct findings *findings)
{
	struct merged_list writable = MERGED_LIST_UNSET, read_only = MERGED_LIST_UNSET;

	if (merged_list_read(&writable, findings->pool, file, "BindPaths") < 0 ||
	    merged_list_read(&read_only, findings->pool, file, "BindReadOnlyPaths") < 0)
		findings->failed = -ENOMEM;
	return merged_list_has(&writable, path) || merged_list_has(&read_only, path);
}

/* Messages to the service manager, and D-Bus. */
static void check_unix_sockets(const struct comparison *c)
{
	const struct unit_file *profile = &c->profile->settings;
	struct merged_list alone = list_of(c, ALONE, "RestrictAddressFamilies");
	struct merged_list with = list_of(c, UNDER_PROFILE, "RestrictAddressFamilies");
	const char *type = unit_value(c->unit, "Service", "Type");
	bool is_lost =
		merged_list_allows(&alone, "AF_UNIX") && !merged_list_allows(&with, "AF_UNIX");

	if (is_lost && (strcmp(type, "notify") == 0 || strcmp(type, "notify-reload") == 0))
		report_insufficient(
			c, report_format(
				   c->findings,
				   "Type=%s needs AF_UNIX; 'sealed-outbound' and 'strict' allow it",
				   type));
	if (!unit_value(c->unit, "Service", "BusName")[0])
		return;
	if (is_lost)
		report_insufficient(c, "BusName= needs AF_UNIX; 'default' allows it");
	else if (!binds(profile, "/run/dbus/system_bus_socket", c->findings) &&
		 !binds(profile, "/run", c->findings))
		report_insufficient(c, "BusName= needs the socket of D-Bus, which is not bound");
}

static void check_tasks(const struct comparison *c)
{
	const char *tasks = unit_file_last(&c->profile->settings, "Service", "TasksMax");
	const char *own = unit_value(c->unit, "Service", "TasksMax");
	uint64_t wanted, allowed;

	if (tasks && parse_uint(tasks, 0, UINT64_MAX, &allowed) == 0 &&
	    (strcmp(own, "infinity") == 0 ||
	     (parse_uint(own, 0, UINT64_MAX, &wanted) == 0 && wanted > allowed)))
		report_insufficient(
			c, report_format(c->findings, "TasksMax=%s becomes %s", own, tasks));
}

/* AmbientCapabilities= asks for capabilities; the bounding set only says what there may be. */
static void check_capabilities(const struct comparison *c)
{
	struct merged_list alone = list_of(c, ALONE, "AmbientCapabilities");
	struct merged_list with = list_of(c, UNDER_PROFILE, "AmbientCapabilities");
	struct merged_list bounds = list_of(c, ALONE, "CapabilityBoundingSet");
	struct merged_list bounds_with = list_of(c, UNDER_PROFILE, "CapabilityBoundingSet");

	for (size_t i = 0; i < alone.n && alone.mode == MERGED_ALLOWS; i++) {
		const char *word = alone.words[i];

		if (!merged_list_allows(&bounds, word) ||
		    (merged_list_allows(&with, word) && merged_list_allows(&bounds_with, word)))
			continue;
		report_insufficient(c, report_format(c->findings, "AmbientCapabilities= loses '%s'",
						     report_escape(c->findings, word)));
		return;
	}
}

/* Whether DeviceAllow= has more than what PrivateDevices= leaves. */
static bool asks_for_device(const struct unit_file *file)
{
	static const char *const pseudo[] = { "/dev/null",   "/dev/zero", "/dev/full",
					      "/dev/random", "/dev/tty",  "/dev/urandom",
					      "/dev/ptmx",   "char-pts" };
	const struct unit_setting *s = NULL;
	bool is_pseudo = true;

	while (is_pseudo && (s = unit_file_next(file, "Service", "DeviceAllow", s))) {
		size_t length = strcspn(s->value, " \t");

		is_pseudo = false;
		for (size_t i = 0; i < ELEMENTS(pseudo); i++)
			is_pseudo |= strlen(pseudo[i]) == length &&
				     strncmp(pseudo[i], s->value, length) == 0;
	}
	return !is_pseudo;
}

/* Lists of which the profile, with an empty value, takes away what the unit has in them. */
static void check_resets(const struct comparison *c)
{
	static const char *const keys[] = {
		"StateDirectory",    "CacheDirectory",         "LogsDirectory",
		"RuntimeDirectory",  "ConfigurationDirectory", "BindPaths",
		"BindReadOnlyPaths", "ReadWritePaths",         "SupplementaryGroups",
		"LoadCredential",    "SetCredential",          "Environment",
		"DeviceAllow",
	};
	const struct unit_file *profile = &c->profile->settings;

	for (size_t k = 0; k < ELEMENTS(keys); k++) {
		bool is_reset = false;

		for (size_t i = 0; i < profile->n; i++)
			is_reset |= profile->settings[i].value[0] == '\0' &&
				    strcmp(profile->settings[i].section, "Service") == 0 &&
				    strcmp(profile->settings[i].key, keys[k]) == 0;
		if (is_reset && unit_file_next(&c->unit->file, "Service", keys[k], NULL))
			report_insufficient(c,
					    report_format(c->findings, "it empties %s=", keys[k]));
	}
	if (asks_for_device(&c->unit->file) && !is_wall_up(c, ALONE, "PrivateDevices") &&
	    is_wall_up(c, UNDER_PROFILE, "PrivateDevices"))
		report_insufficient(c, "DeviceAllow= is of no use with PrivateDevices=yes");
}

void rules_security(const struct image *image, const struct unit *service,
		    const struct profile *profile, struct findings *findings)
{
	static const char *const lists[] = {
		"CapabilityBoundingSet", "AmbientCapabilities",     "RestrictAddressFamilies",
		"RestrictNamespaces",    "SystemCallArchitectures", "RestrictFileSystems",
		"SystemCallFilter",
	};
	struct comparison c = {
		.image = image, .unit = service, .profile = profile, .findings = findings
	};

	for (size_t i = 0; i < ELEMENTS(lists); i++)
		compare_list(&c, lists[i]);
	for (size_t i = 0; i < ELEMENTS(walls); i++)
		compare_wall(&c, &walls[i]);
	compare_addresses(&c);
	compare_devices(&c);
	compare_umask(&c);
	check_turned(&c);
	check_network(&c);
	check_unix_sockets(&c);
	check_tasks(&c);
	check_capabilities(&c);
	check_resets(&c);
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
