/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units that systemd refuses although each line is right, and units that name others that
 * are not there. By service_verify(), socket_verify(), timer_verify() and path_verify().
 */
#include "elements.h"
#include "names.h"
#include "number.h"
#include "rules/topics.h"
#include "units/facts.h"
#include "units/value-check.h"

#include <string.h>

static bool is_right(const struct unit *unit, const struct unit_setting *s,
		     struct findings *findings)
{
	const struct known_key *key = known_key_find(s->section, s->key);
	struct value_problem problem;
	int r = key ? value_check(unit, key, s->value, findings->pool, &problem) : VALUE_WRONG;

	if (r < 0)
		findings->failed = r;
	return r == VALUE_RIGHT || r == VALUE_NEWER;
}

/* The last value that systemd takes; "" without one. */
static const char *effective(const struct unit *unit, const char *section, const char *key,
			     struct findings *findings)
{
	const struct unit_setting *s = NULL;
	const char *value = "";

	while ((s = unit_file_next(&unit->file, section, key, s)))
		if (is_right(unit, s, findings))
			value = s->value;
	return value;
}

static bool has_right(const struct unit *unit, const char *section, const char *const *keys,
		      struct findings *findings)
{
	for (; *keys; keys++)
		if (effective(unit, section, *keys, findings)[0])
			return true;
	return false;
}

static size_t count_commands(const struct unit *unit, const char *key)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;
	size_t n = 0;

	while ((s = unit_file_next(&unit->file, "Service", key, s))) {
		if (unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n; i++)
			n += words.at[i] != unit_separator &&
			     (i == 0 || words.at[i - 1] == unit_separator);
		unit_words_release(&words);
	}
	return n;
}

static void refuse(const struct unit *unit, const char *why, struct findings *findings)
{
	report(findings, RULE_UNIT_REFUSED, AT_UNIT(unit, 0), why);
}

static void check_service(const struct unit *unit, struct findings *findings)
{
	const char *type = effective(unit, "Service", "Type", findings);
	const char *restart = effective(unit, "Service", "Restart", findings);
	const char *exit_type = effective(unit, "Service", "ExitType", findings);
	const char *kill_mode = effective(unit, "Service", "KillMode", findings);
	bool has_bus_name = effective(unit, "Service", "BusName", findings)[0] != '\0';
	const char *action = effective(unit, "Unit", "SuccessAction", findings);
	bool has_action = action[0] && strcmp(action, "none") != 0;
	size_t starts = count_commands(unit, "ExecStart");
	bool is_oneshot;

	if (!type[0] && starts > 0)
		type = has_bus_name ? "dbus" : "simple";
	is_oneshot = !type[0] || strcmp(type, "oneshot") == 0;
	if (starts == 0 && !has_action && count_commands(unit, "ExecStop") == 0)
		report(findings, RULE_UNIT_WITHOUT_PROGRAM, AT_UNIT(unit, 0));
	else if (starts == 0 && !is_oneshot)
		refuse(unit, "it has no ExecStart=, which only Type=oneshot may leave out",
		       findings);
	else if (starts == 0 && !has_action &&
		 !unit_file_is_yes(&unit->file, "Service", "RemainAfterExit"))
		refuse(unit, "it has neither ExecStart= nor RemainAfterExit=yes", findings);
	if (starts > 1 && !is_oneshot)
		report(findings, RULE_TYPE_REFUSED, AT_UNIT(unit, 0), type,
		       "and more than one command in ExecStart=");
	if (strcmp(type, "dbus") == 0 && !has_bus_name)
		report(findings, RULE_TYPE_REFUSED, AT_UNIT(unit, 0), type, "and no BusName=");
	if (strcmp(type, "oneshot") != 0)
		; /* the rest is for oneshot */
	else if (strcmp(restart, "always") == 0 || strcmp(restart, "on-success") == 0)
		report(findings, RULE_TYPE_REFUSED, AT_UNIT(unit, 0), type,
		       report_format(findings, "and Restart=%s", restart));
	else if (strcmp(exit_type, "cgroup") == 0)
		report(findings, RULE_TYPE_REFUSED, AT_UNIT(unit, 0), type, "and ExitType=cgroup");
	if (unit_value(unit, "Service", "PAMName")[0] &&
	    (strcmp(kill_mode, "none") == 0 || strcmp(kill_mode, "process") == 0))
		refuse(unit, "PAMName= needs KillMode=control-group or mixed", findings);
	if (strcmp(effective(unit, "Service", "CPUAffinity", findings), "numa") == 0 &&
	    !effective(unit, "Service", "NUMAMask", findings)[0])
		refuse(unit, "CPUAffinity=numa needs NUMAMask=", findings);
}

/* Each is compared with all before it. */
#define LISTENERS_COMPARED 1000

/* Two sockets at one address: the second fails. */
static void check_addresses(const struct unit *unit, struct findings *findings)
{
	const struct unit_setting *all = unit->file.settings;
	unsigned listeners = 0;

	for (size_t i = 0; i < unit->file.n; i++) {
		if (strcmp(all[i].section, "Socket") != 0 || strncmp(all[i].key, "Listen", 6) != 0)
			continue;
		if (!all[i].value[0]) /* takes back all of them */
			return;
		if (++listeners > LISTENERS_COMPARED)
			return;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(all[j].key, all[i].key) != 0 ||
			    strcmp(all[j].value, all[i].value) != 0)
				continue;
			refuse(unit,
			       report_format(findings, "two %s= are the same, and the second fails",
					     all[i].key),
			       findings);
			return;
		}
	}
}

/* mq_overview(7): the kernel takes one '/' in a name, at its beginning. */
static void check_message_queues(const struct unit *unit, struct findings *findings)
{
	const struct unit_setting *s = NULL;

	while ((s = unit_file_next(&unit->file, "Socket", "ListenMessageQueue", s)))
		if (s->value[0] == '/' && strchr(s->value + 1, '/'))
			refuse(unit,
			       report_format(findings, "a message queue has a second '/': '%s'",
					     s->value),
			       findings);
}

/* Symlinks= are made to the one socket or FIFO that has a path. */
static void check_symlinks(const struct unit *unit, struct findings *findings)
{
	static const char *const keys[] = { "ListenStream", "ListenDatagram",
					    "ListenSequentialPacket", "ListenFIFO", NULL };
	size_t n = 0;

	if (!unit_file_next(&unit->file, "Socket", "Symlinks", NULL))
		return;
	for (const char *const *key = keys; *key; key++) {
		const struct unit_setting *s = NULL;

		while ((s = unit_file_next(&unit->file, "Socket", *key, s)))
			n += s->value[0] == '/' || s->value[0] == '%';
	}
	if (n != 1)
		refuse(unit, "Symlinks= needs one socket or FIFO with a path, and no more",
		       findings);
}

static void check_socket(const struct unit *unit, struct findings *findings)
{
	static const char *const accepting[] = { "ListenStream", "ListenSequentialPacket", NULL };
	static const char *const others[] = { "ListenDatagram",
					      "ListenFIFO",
					      "ListenSpecial",
					      "ListenNetlink",
					      "ListenMessageQueue",
					      "ListenUSBFunction",
					      NULL };
	bool has_other = has_right(unit, "Socket", others, findings);
	uint64_t n;

	if (!has_other && !has_right(unit, "Socket", accepting, findings)) {
		refuse(unit, "it has no Listen…= that systemd takes", findings);
		return;
	}
	check_symlinks(unit, findings);
	check_message_queues(unit, findings);
	check_addresses(unit, findings);
	if (!unit_file_is_yes(&unit->file, "Socket", "Accept"))
		return;
	if (has_other)
		refuse(unit, "Accept=yes works with ListenStream= and ListenSequentialPacket= only",
		       findings);
	if (unit_value(unit, "Socket", "Service")[0])
		refuse(unit, "Accept=yes does not go with Service=", findings);
	if (parse_uint(unit_value(unit, "Socket", "MaxConnections"), 0, 0, &n) == 0)
		refuse(unit, "Accept=yes does not go with MaxConnections=0", findings);
}

static void check_timer(const struct unit *unit, struct findings *findings)
{
	static const char *const keys[] = {
		"OnCalendar",      "OnActiveSec",       "OnBootSec", "OnStartupSec",
		"OnUnitActiveSec", "OnUnitInactiveSec", NULL
	};

	if (!has_right(unit, "Timer", keys, findings) &&
	    !unit_file_is_yes(&unit->file, "Timer", "OnClockChange") &&
	    !unit_file_is_yes(&unit->file, "Timer", "OnTimezoneChange"))
		refuse(unit, "it has no On…= that systemd takes", findings);
}

static void check_path(const struct unit *unit, struct findings *findings)
{
	static const char *const keys[] = { "PathExists",   "PathExistsGlob",    "PathChanged",
					    "PathModified", "DirectoryNotEmpty", NULL };

	if (!has_right(unit, "Path", keys, findings))
		refuse(unit, "it has no path that systemd takes", findings);
}

/* Whether a unit of this name is there, or its template, or an alias. */
static bool is_there(const struct unit *units, const char *name, struct findings *findings)
{
	const char *at = strchr(name, '@');

	if (unit_find(units, name))
		return true;
	if (at && unit_find(units, report_format(findings, "%.*s@%s", (int)(at - name), name,
						 unit_suffix(name))))
		return true;
	for (; units; units = units->next) {
		const struct unit_setting *s = NULL;

		while ((s = unit_file_next(&units->file, "Install", "Alias", s)))
			if (strstr(s->value, name))
				return true;
	}
	return false;
}

static void check_named(const struct unit *unit, const struct unit *units, const char *prefix,
			const char *key, enum rule rule, struct findings *findings)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;

	while ((s = unit_file_next(&unit->file, "Unit", key, s))) {
		if (unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && findings->n < FINDINGS_MAX; i++) {
			const char *name = words.at[i];
			char letter;

			if (unit_expand(unit, name, findings->pool, &name, &letter) != 0)
				continue;
			/* Other units are the host's. */
			if (unit_name_is_valid(name) && unit_type_of(name) &&
			    unit_belongs(name, prefix) && !is_there(units, name, findings))
				report(findings, rule, AT_UNIT(unit, s->line), key, name);
		}
		unit_words_release(&words);
	}
}

static bool conflicts_with(const struct unit *unit, const char *name)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;
	bool found = false;

	while (!found && (s = unit_file_next(&unit->file, "Unit", "Conflicts", s))) {
		if (unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && !found; i++)
			found = strcmp(words.at[i], name) == 0;
		unit_words_release(&words);
	}
	return found;
}

/* A transaction cannot both start and stop a unit. */
static void check_conflicts(const struct unit *unit, const char *key, struct findings *findings)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;

	while ((s = unit_file_next(&unit->file, "Unit", key, s))) {
		if (unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && findings->n < FINDINGS_MAX; i++)
			if (conflicts_with(unit, words.at[i]))
				refuse(unit,
				       report_format(findings, "both %s= and Conflicts= name '%s'",
						     key, words.at[i]),
				       findings);
		unit_words_release(&words);
	}
}

void rules_whole_units(const struct unit *units, const char *prefix, struct findings *findings)
{
	static const char *const needed[] = { "Requires", "BindsTo", "Requisite", "BindTo" };
	static const char *const wanted[] = { "OnFailure", "OnSuccess", "Upholds", "Wants" };
	static const struct {
		const char *suffix;
		void (*check)(const struct unit *unit, struct findings *findings);
	} types[] = {
		{ ".service", check_service },
		{ ".socket", check_socket },
		{ ".timer", check_timer },
		{ ".path", check_path },
	};

	for (const struct unit *unit = units; unit; unit = unit->next) {
		for (size_t i = 0; i < ELEMENTS(types); i++)
			if (strcmp(unit->suffix, types[i].suffix) == 0)
				types[i].check(unit, findings);
		for (size_t i = 0; i < ELEMENTS(needed); i++) {
			check_named(unit, units, prefix, needed[i], RULE_UNIT_MISSING, findings);
			check_conflicts(unit, needed[i], findings);
		}
		for (size_t i = 0; i < ELEMENTS(wanted); i++)
			check_named(unit, units, prefix, wanted[i], RULE_WANTED_UNIT_MISSING,
				    findings);
	}
}
