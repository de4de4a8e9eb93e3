/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with units by themselves and among each other. */
#include "rules/judge.h"
#include "units/facts.h"
#include "units/known-keys.h"

#include <stdlib.h>
#include <string.h>

static void check_key(struct judge *judge, const struct unit *unit, const struct unit_setting *s)
{
	const char *where = judge_at(judge, unit, s->line), *shown, *who = "";
	const struct known_key *key = known_key_find(s->section, s->key);
	unsigned before = 0;

	/* systemd.syntax(7): for whoever else reads unit files. */
	if (strncmp(s->key, "X-", 2) == 0)
		return;
	shown = judge_format(judge, "%s= in [%s]", judge_path(judge, s->key),
			     judge_path(judge, s->section));
	if (!key) {
		judge_report(judge, RULE_UNKNOWN_SECTION_OR_KEY, where, who, shown);
		return;
	}
	if (judge->systemd_version)
		who = judge_format(judge, " %u", judge->systemd_version);
	switch (known_key_age(key, judge->systemd_version, &before)) {
	case KEY_KNOWN:
		break;
	case KEY_TOO_NEW:
		judge_report(judge, RULE_UNKNOWN_SECTION_OR_KEY, where, who, shown,
			     judge_format(judge, "; systemd %u knows it", key->since));
		break;
	case KEY_GONE:
		judge_report(
			judge, RULE_UNKNOWN_SECTION_OR_KEY, where, who, shown,
			judge_format(judge, "; systemd %u was the last to know it", key->until));
		break;
	case KEY_UNSURE:
		judge_report(judge, RULE_KEY_NEWER, where, judge_path(judge, s->key),
			     judge_format(judge, "%u", before),
			     judge_format(judge, "%u", key->since));
		break;
	}
}

static void check_keys(struct judge *judge, const struct unit *unit)
{
	const char *told = NULL; /* a section that was told of already */

	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strncmp(s->section, "X-", 2) == 0)
			continue;
		if (known_section(unit->suffix, s->section)) {
			check_key(judge, unit, s);
		} else if (!told || strcmp(told, s->section) != 0) {
			told = s->section;
			judge_report(judge, RULE_UNKNOWN_SECTION_OR_KEY,
				     judge_at(judge, unit, s->line), "",
				     judge_format(judge, "the section [%s] in such a unit",
						  judge_path(judge, s->section)));
		}
	}
}

/* Whether the words of any of these settings name the unit. */
static bool names_unit(const struct unit *unit, const char *section, const char *const *keys,
		       const char *name)
{
	const struct unit_setting *s;
	struct unit_words words;
	bool found = false;

	for (; *keys; keys++) {
		s = NULL;
		while (!found && (s = unit_file_next(&unit->file, section, *keys, s))) {
			if (unit_words_split(s->value, &words) < 0)
				continue;
			for (size_t i = 0; i < words.n; i++)
				found |= strcmp(words.at[i], name) == 0;
			unit_words_release(&words);
		}
	}
	return found;
}

static const char *stem_of(struct judge *judge, const struct unit *unit)
{
	return judge_format(judge, "%.*s", (int)(unit->suffix - unit->name), unit->name);
}

/* The name of what a socket, timer or path starts; NULL for other units. */
static const char *triggered_by(struct judge *judge, const struct unit *unit)
{
	const struct unit_type *type = unit_type_of(unit->name);
	const char *stem, *value;

	if (!type || !type->starts)
		return NULL;
	value = judge_value(unit, type->section, type->starts);
	if (value[0]) {
		char letter;

		if (unit_expand(unit, value, judge->plan->pool, &value, &letter) != 0)
			return NULL;
		return value;
	}
	stem = stem_of(judge, unit);
	if (is_yes(judge_value(unit, "Socket", "Accept")))
		return judge_format(judge, "%s@.service", stem);
	if (unit_is_template(unit))
		return judge_format(judge, "%s.service", stem);
	return judge_format(judge, "%s.service", stem);
}

static void check_order(struct judge *judge, const struct unit *socket, const struct unit *service)
{
	static const char *const needs[] = { "Requires", "BindsTo", "PartOf", NULL };
	static const char *const after[] = { "After", NULL };

	if (unit_is_template(service) || unit_is_template(socket))
		return;
	if (!names_unit(service, "Unit", needs, socket->name))
		judge_report(judge, RULE_SOCKET_NOT_ORDERED, service->shown, "Requires",
			     socket->name);
	else if (!names_unit(service, "Unit", after, socket->name))
		judge_report(judge, RULE_SOCKET_NOT_ORDERED, service->shown, "After", socket->name);
}

static void check_start_limit(struct judge *judge, const struct unit *service)
{
	const char *interval = judge_value(service, "Unit", "StartLimitIntervalSec");
	const char *restart = judge_value(service, "Service", "Restart");

	if (!interval[0])
		interval = judge_value(service, "Service", "StartLimitInterval");
	if (!interval[0])
		interval = judge_value(service, "Unit", "StartLimitInterval");
	/* Restart=always: this one does not leave. */
	if (strcmp(interval, "0") == 0 || strcmp(interval, "infinity") == 0 ||
	    strcmp(interval, "0s") == 0 || strcmp(restart, "always") == 0)
		return;
	if (strcmp(judge_value(service, "Unit", "StartLimitBurst"), "0") == 0)
		return;
	judge_report(judge, RULE_START_LIMIT_WITH_IDLE_EXIT, service->shown);
}

static void check_triggered(struct judge *judge, const struct unit *unit)
{
	const char *name = triggered_by(judge, unit), *other, *stem;
	const struct unit *service;
	bool is_socket = strcmp(unit->suffix, ".socket") == 0;
	bool accept = is_yes(judge_value(unit, "Socket", "Accept"));

	if (!name)
		return;
	service = judge_find_unit(judge, name);
	if (service) {
		if (is_socket)
			check_order(judge, unit, service);
		if (is_socket && !accept)
			check_start_limit(judge, service);
		return;
	}
	stem = stem_of(judge, unit);
	other = judge_format(judge, accept ? "%s.service" : "%s@.service", stem);
	if (is_socket && !judge_value(unit, "Socket", "Service")[0] &&
	    judge_find_unit(judge, other))
		judge_report(judge, RULE_ACCEPT_TEMPLATE_MISMATCH, unit->shown,
			     accept ? "yes" : "no", name, other);
	else if (!strchr(name, '@') || is_socket)
		judge_report(judge, RULE_SOCKET_SERVICE_MISSING, unit->shown, name,
			     unit->suffix + 1, unit_type_of(unit->name)->starts);
}

static bool is_started_by(struct judge *judge, const struct unit *unit, const struct unit *other)
{
	static const char *const keys[] = { "Wants",     "Requires",  "BindsTo",   "Upholds",
					    "OnSuccess", "OnFailure", "Requisite", NULL };
	const char *triggered = triggered_by(judge, other);

	if (triggered && strcmp(triggered, unit->name) == 0)
		return true;
	return other != unit && names_unit(other, "Unit", keys, unit->name);
}

static void check_install(struct judge *judge, const struct unit *unit)
{
	const char *triggered = triggered_by(judge, unit);

	if (unit_file_has_section(&unit->file, "Install") || unit_is_template(unit))
		return;
	for (const struct unit *other = judge->units; other; other = other->next) {
		/* What only this unit starts does not start it. */
		if (triggered && strcmp(other->name, triggered) == 0)
			continue;
		if (is_started_by(judge, unit, other))
			return;
	}
	judge_report(judge, RULE_INSTALL_MISSING, unit->shown);
}

static void check_service(struct judge *judge, const struct unit *unit)
{
	if (unit_file_next(&unit->file, "Service", "ExecStart", NULL) ||
	    unit_file_next(&unit->file, "Service", "ExecStop", NULL) ||
	    unit_file_last(&unit->file, "Unit", "SuccessAction"))
		return;
	judge_report(judge, RULE_UNIT_WITHOUT_PROGRAM, unit->shown);
}

void rules_units(struct judge *judge)
{
	for (const struct unit *unit = judge->units; unit; unit = unit->next) {
		check_keys(judge, unit);
		if (unit_is_service(unit))
			check_service(judge, unit);
		check_triggered(judge, unit);
		check_install(judge, unit);
	}
}
