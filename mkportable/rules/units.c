/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units by themselves, and among each other. */
#include "rules/topics.h"
#include "units/facts.h"
#include "units/known-keys.h"
#include "units/value-check.h"

#include <stdlib.h>
#include <string.h>

/* Reports what not all versions know: a key, or a word of a value. */
static void report_age(const struct unit *unit, const struct unit_setting *s, const char *shown,
		       const struct known_key *ages, unsigned systemd_version,
		       struct findings *findings)
{
	struct location where = AT_UNIT(unit, s->line);
	const char *version = report_format(findings, " %u", systemd_version);
	unsigned before = 0;

	switch (known_key_age(ages, systemd_version, &before)) {
	case KEY_KNOWN:
		break;
	case KEY_TOO_NEW:
		report(findings, RULE_UNKNOWN_SECTION_OR_KEY, where, version, shown,
		       report_format(findings, "; systemd %u knows it", ages->since));
		break;
	case KEY_GONE:
		report(findings, RULE_UNKNOWN_SECTION_OR_KEY, where, version, shown,
		       report_format(findings, "; systemd %u was the last to know it",
				     ages->until));
		break;
	case KEY_UNSURE:
		report(findings, RULE_KEY_NEWER, where, shown,
		       report_format(findings, "came between systemd %u and %u", before,
				     ages->since));
		break;
	}
	if (systemd_version == 0 && ages->since > known_key_oldest())
		report(findings, RULE_KEY_NEWER, where, shown,
		       report_format(findings, "came with systemd %u or shortly before",
				     ages->since));
	if (systemd_version == 0 && ages->until)
		report(findings, RULE_KEY_NEWER, where, shown,
		       report_format(findings, "went after systemd %u", ages->until));
}

static void check_value(const struct unit *unit, const struct unit_setting *s,
			const struct known_key *key, unsigned systemd_version,
			struct findings *findings)
{
	struct location where = AT_UNIT(unit, s->line);
	struct value_problem problem = { 0 };
	const char *shown = report_escape(findings, s->key), *what;
	int r = value_check(unit, key, s->value, findings->pool, &problem);

	if (r < 0)
		findings->failed = r;
	if (r <= VALUE_RIGHT || findings_has_error(findings, where))
		return;
	if (r == VALUE_NEWER) {
		shown = report_format(findings, "%s=%s", shown,
				      report_escape(findings, problem.word));
		report_age(unit, s, shown, &problem.ages, systemd_version, findings);
		return;
	}
	if (strstr(s->value, " #") || strstr(s->value, " ;") || strchr("#;", problem.word[0]))
		what = "a value with a comment behind it, which needs a line of its own";
	else
		what = report_format(findings, "none of: %s", problem.expected);
	if (problem.word[0] == '\0')
		what = report_format(findings, "empty, and none of: %s", problem.expected);
	if (r == VALUE_SILENT)
		report(findings, RULE_VALUE_WITHOUT_EFFECT, where, shown, problem.word, what);
	else
		report(findings, RULE_VALUE_INVALID, where, shown, problem.word, what,
		       r == VALUE_REFUSED ? "refuses the unit" : "ignores the line");
}

static void check_key(const struct unit *unit, const struct unit_setting *s,
		      unsigned systemd_version, struct findings *findings)
{
	const char *shown;
	const struct known_key *key = known_key_find(s->section, s->key);

	/* systemd.syntax(7): for other programs that read unit files. */
	if (strncmp(s->key, "X-", 2) == 0)
		return;
	shown = report_format(findings, "%s= in [%s]", report_escape(findings, s->key),
			      report_escape(findings, s->section));
	if (!key) {
		report(findings, RULE_UNKNOWN_SECTION_OR_KEY, AT_UNIT(unit, s->line), "", shown);
		return;
	}
	report_age(unit, s, shown, key, systemd_version, findings);
	check_value(unit, s, key, systemd_version, findings);
}

static void check_keys(const struct unit *unit, unsigned systemd_version, struct findings *findings)
{
	const char *reported = NULL; /* the last section that was */

	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strcmp(s->section, REQUESTS_SECTION) == 0 && !requests_know(s->key))
			report(findings, RULE_PORTABLE_KEY_UNKNOWN, AT_UNIT(unit, s->line),
			       report_escape(findings, s->key));
		if (strncmp(s->section, "X-", 2) == 0)
			continue;
		if (known_section(unit->suffix, s->section)) {
			check_key(unit, s, systemd_version, findings);
		} else if (!reported || strcmp(reported, s->section) != 0) {
			reported = s->section;
			report(findings, RULE_UNKNOWN_SECTION_OR_KEY, AT_UNIT(unit, s->line), "",
			       report_format(findings, "the section [%s] in a unit of this type",
					     report_escape(findings, s->section)));
		}
	}
}

/*
 * Whether the words of any of these settings of [Unit] name the unit. An empty value does not
 * reset dependencies: systemd.unit(5).
 */
static bool names_unit(const struct unit *unit, const char *const *keys, const char *name,
		       struct findings *findings)
{
	struct unit_words words;
	bool found = false;

	for (size_t i = 0; i < unit->file.n && !found; i++) {
		const struct unit_setting *s = &unit->file.settings[i];
		const char *const *key = keys;

		while (*key && strcmp(s->key, *key) != 0)
			key++;
		if (!*key || strcmp(s->section, "Unit") != 0 ||
		    unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t j = 0; j < words.n && !found; j++) {
			const char *word;
			char letter;

			found = unit_expand(unit, words.at[j], findings->pool, &word, &letter) ==
					0 &&
				strcmp(word, name) == 0;
		}
		unit_words_release(&words);
	}
	return found;
}

static const char *stem_of(const struct unit *unit, struct findings *findings)
{
	return report_format(findings, "%.*s", (int)(unit->suffix - unit->name), unit->name);
}

/* The name of what a socket, timer or path starts; NULL for other units. */
static const char *triggered_by(const struct unit *unit, struct findings *findings)
{
	const struct unit_type *type = unit_type_of(unit->name);
	const char *stem, *value;

	if (!type || !type->starts)
		return NULL;
	value = unit_value(unit, type->section, type->starts);
	if (value[0]) {
		char letter;

		if (unit_expand(unit, value, findings->pool, &value, &letter) != 0)
			return NULL;
		return value;
	}
	stem = stem_of(unit, findings);
	if (unit_file_is_yes(&unit->file, "Socket", "Accept"))
		return report_format(findings, "%s@.service", stem);
	return report_format(findings, "%s.service", stem);
}

static void check_order(const struct unit *socket, const struct unit *service,
			struct findings *findings)
{
	static const char *const needs[] = { "Requires", "BindsTo", "PartOf", NULL };
	static const char *const after[] = { "After", NULL };

	if (unit_is_template(service) || unit_is_template(socket))
		return;
	if (!names_unit(service, needs, socket->name, findings))
		report(findings, RULE_SOCKET_NOT_ORDERED, AT_UNIT(service, 0), "Requires",
		       socket->name);
	else if (!names_unit(service, after, socket->name, findings))
		report(findings, RULE_SOCKET_NOT_ORDERED, AT_UNIT(service, 0), "After",
		       socket->name);
}

static void check_start_limit(const struct unit *service, struct findings *findings)
{
	const char *interval = unit_value(service, "Unit", "StartLimitIntervalSec");
	const char *restart = unit_value(service, "Service", "Restart");

	if (!interval[0])
		interval = unit_value(service, "Service", "StartLimitInterval");
	if (!interval[0])
		interval = unit_value(service, "Unit", "StartLimitInterval");
	/* With Restart=always it does not exit when idle. */
	if (strcmp(interval, "0") == 0 || strcmp(interval, "infinity") == 0 ||
	    strcmp(interval, "0s") == 0 || strcmp(restart, "always") == 0)
		return;
	if (strcmp(unit_value(service, "Unit", "StartLimitBurst"), "0") == 0)
		return;
	report(findings, RULE_START_LIMIT_WITH_IDLE_EXIT, AT_UNIT(service, 0));
}

static void check_triggered(const struct unit *unit, const struct unit *units,
			    struct findings *findings)
{
	const char *name = triggered_by(unit, findings), *other, *stem;
	const struct unit *service;
	bool is_socket = strcmp(unit->suffix, ".socket") == 0;
	bool accept = unit_file_is_yes(&unit->file, "Socket", "Accept");

	if (!name)
		return;
	service = unit_find(units, name);
	if (service) {
		if (is_socket)
			check_order(unit, service, findings);
		if (is_socket && !accept)
			check_start_limit(service, findings);
		return;
	}
	stem = stem_of(unit, findings);
	other = report_format(findings, accept ? "%s.service" : "%s@.service", stem);
	if (is_socket && !unit_value(unit, "Socket", "Service")[0] && unit_find(units, other))
		report(findings, RULE_ACCEPT_TEMPLATE_MISMATCH, AT_UNIT(unit, 0),
		       accept ? "yes" : "no", name, other);
	else if (!strchr(name, '@') || is_socket)
		report(findings, RULE_SOCKET_SERVICE_MISSING, AT_UNIT(unit, 0), name,
		       unit->suffix + 1, unit_type_of(unit->name)->starts);
}

static bool is_started_by(const struct unit *unit, const struct unit *other,
			  struct findings *findings)
{
	static const char *const keys[] = { "Wants",     "Requires",  "BindsTo",   "Upholds",
					    "OnSuccess", "OnFailure", "Requisite", NULL };
	const char *triggered = triggered_by(other, findings);

	if (triggered && strcmp(triggered, unit->name) == 0)
		return true;
	return other != unit && names_unit(other, keys, unit->name, findings);
}

static void check_install(const struct unit *unit, const struct unit *units,
			  struct findings *findings)
{
	const char *triggered = triggered_by(unit, findings);

	if (unit_file_has_section(&unit->file, "Install") || unit_is_template(unit))
		return;
	for (const struct unit *other = units; other; other = other->next) {
		/* What only this unit starts does not start it. */
		if (triggered && strcmp(other->name, triggered) == 0)
			continue;
		if (is_started_by(unit, other, findings))
			return;
	}
	report(findings, RULE_INSTALL_MISSING, AT_UNIT(unit, 0));
}

void rules_units(const struct unit *units, unsigned systemd_version, struct findings *findings)
{
	for (const struct unit *unit = units; unit; unit = unit->next) {
		check_keys(unit, systemd_version, findings);
		check_triggered(unit, units, findings);
		check_install(unit, units, findings);
	}
}

void rules_verified(const struct unit *units, const struct remark *remarks, unsigned version,
		    struct findings *findings)
{
	for (; remarks; remarks = remarks->next) {
		const struct unit *unit = unit_find(units, remarks->unit);
		const struct unit_setting *s = NULL;
		const struct known_key *key = NULL;
		struct location where;
		bool known = false;

		if (!unit)
			continue;
		where = AT_UNIT(unit, remarks->line);
		for (size_t i = 0; i < unit->file.n; i++) {
			if (unit->file.settings[i].line > remarks->line)
				break;
			if (unit->file.settings[i].line == remarks->line)
				s = &unit->file.settings[i];
		}
		if (s)
			key = known_key_find(s->section, s->key);
		/* Sections and keys are ours to judge, and so is what other versions know. */
		known = s && (!key || key->until || strncmp(s->key, "X-", 2) == 0);
		for (const struct finding *f = findings->first; f && !known; f = f->next)
			known = f->where.path && strcmp(f->where.path, unit->shown) == 0 &&
				(f->severity == SEVERITY_ERROR || f->rule == RULE_KEY_NEWER) &&
				(f->where.line == remarks->line || remarks->line == 0);
		if (known)
			continue;
		report(findings, RULE_VERIFY_FAILED, where, report_format(findings, "%u", version),
		       remarks->refuses ? "refuses the unit" : "ignores the line",
		       remarks->message);
	}
}
