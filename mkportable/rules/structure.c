/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a read-only image must have, and what has no place in one. */
#include "rules/topics.h"
#include "units/facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Why an entry is not a directory or a file, as wanted; NULL: it is. */
static const char *shortcoming(const struct plan_entry *entry, enum plan_type wanted)
{
	if (!entry)
		return "missing";
	if (entry->type == wanted)
		return NULL;
	return plan_type_words(entry->type);
}

static bool has_service(const struct unit *units)
{
	for (; units; units = units->next)
		if (unit_is_service(units))
			return true;
	return false;
}

static void check_api(const struct plan *plan, struct findings *findings)
{
	const char *problem;

	for (const struct api_directory *d = api_directories; d->path; d++) {
		problem = shortcoming(plan_follow(plan, d->path), PLAN_DIRECTORY);
		if (problem)
			report(findings, RULE_API_DIRECTORY_MISSING, WHOLE_IMAGE, d->path, problem);
	}
	problem = shortcoming(plan_follow(plan, MACHINE_ID), PLAN_FILE);
	if (problem)
		report(findings, RULE_MACHINE_ID_MISSING, WHOLE_IMAGE, problem);
	problem = shortcoming(plan_follow(plan, RESOLV_CONF), PLAN_FILE);
	if (problem)
		report(findings, RULE_RESOLV_CONF_NOT_FILE, WHOLE_IMAGE, problem);
}

static void check_link(const struct plan *plan, const struct need *need, struct findings *findings)
{
	char resolved[PATH_MAX];
	const struct plan_entry *there = NULL;
	const char *problem;

	if (plan_resolve(plan, need->path, false, resolved) == 0)
		there = plan_find(plan, resolved);
	problem = !there                        ? "missing"
		  : there->type == PLAN_SYMLINK ? "a link to another target"
						: "not a link";
	if (!there || there->type != PLAN_SYMLINK || strcmp(there->target, need->target) != 0)
		report(findings, RULE_STATE_DIRECTORY_LINK_WRONG, AT_UNIT(need->unit, need->line),
		       need->key, need->path, need->target, problem);
}

static void check_place(const struct plan *plan, const struct need *need, struct findings *findings)
{
	enum rule rule = need->owned ? RULE_STATE_DIRECTORY_STUB_MISSING
			 : strcmp(need->key, "WorkingDirectory") == 0
				 ? RULE_WORKING_DIRECTORY_MISSING
			 : strcmp(need->key, "ReadOnlyPaths") == 0 ? RULE_READ_ONLY_PATH_MISSING
								   : RULE_BIND_TARGET_MISSING;
	const struct plan_entry *there = NULL;
	const char *problem;
	char resolved[PATH_MAX];

	if (plan_resolve(plan, need->path, true, resolved) == 0) {
		if (path_is_volatile(resolved))
			return;
		there = plan_find(plan, resolved);
	}
	/* Only the host knows whether a file or a directory is bound. */
	problem = need->kind == NEED_MOUNT_POINT && there && there->type != PLAN_OTHER
			  ? NULL
			  : shortcoming(there, PLAN_DIRECTORY);
	if (problem)
		report(findings, rule, AT_UNIT(need->unit, need->line), need->key, need->path,
		       problem);
}

/* A rule is reported once, with the first entry and how many more there are. */
struct tally {
	enum rule rule;
	const char *path;
	const char *what;
	size_t n;
};

static void count(struct tally *tally, const char *path, const char *what)
{
	if (tally->n++ == 0) {
		tally->path = path;
		tally->what = what;
	}
}

static void report_tally(const struct tally *tally, struct findings *findings)
{
	if (tally->n > 0)
		report(findings, tally->rule, AT(report_escape(findings, tally->path), 0),
		       tally->what, report_more(findings, tally->n));
}

/* Whether the target has more ".." than there are directories above the link. */
static bool climbs_out(const char *path, const char *target)
{
	long depth = -1; /* the link itself is not a directory */

	if (target[0] == '/')
		return false;
	for (const char *p = path; (p = strchr(p, '/')); p++)
		depth++;
	for (const char *p = target; *p; p += strspn(p, "/")) {
		size_t length = strcspn(p, "/");

		if (length == 2 && memcmp(p, "..", 2) == 0)
			depth--;
		else if (length != 1 || *p != '.')
			depth++;
		if (depth < 0)
			return true;
		p += length;
	}
	return false;
}

static const char *special_word(mode_t mode)
{
	return S_ISCHR(mode)    ? "a character device"
	       : S_ISBLK(mode)  ? "a block device"
	       : S_ISFIFO(mode) ? "a FIFO"
				: "a socket";
}

static void check_entries(const struct plan *plan, struct findings *findings)
{
	struct plan_entry **entries = plan_sorted(plan);
	struct tally writable = { .rule = RULE_WORLD_WRITABLE };
	struct tally foreign = { .rule = RULE_NOT_OWNED_BY_ROOT };
	struct tally privileged = { .rule = RULE_SETUID_OR_CAPABILITY };
	struct tally special = { .rule = RULE_DEVICE_NODE };
	struct tally escaping = { .rule = RULE_SYMLINK_ESCAPES };

	for (size_t i = 0; entries && i < plan->n; i++) {
		const struct plan_entry *e = entries[i];

		if (e->type == PLAN_SYMLINK) {
			if (climbs_out(e->path, e->target))
				count(&escaping, e->path, e->target);
			continue;
		}
		if (e->type == PLAN_OTHER)
			count(&special, e->path, special_word(e->mode));
		if ((e->mode & 0002) && !(e->mode & S_ISVTX) && e->type != PLAN_OTHER)
			count(&writable, e->path, report_format(findings, "%04o", e->mode & 07777));
		if (e->uid != 0)
			count(&foreign, e->path,
			      foreign.n ? "" : report_format(findings, "the user %u", e->uid));
		if (e->type == PLAN_FILE && (e->mode & S_ISUID))
			count(&privileged, e->path, "the set-user-ID bit");
		else if (e->type == PLAN_FILE && (e->mode & S_ISGID))
			count(&privileged, e->path, "the set-group-ID bit");
		else if (e->has_capability)
			count(&privileged, e->path, "a file capability");
	}
	report_tally(&writable, findings);
	report_tally(&foreign, findings);
	report_tally(&privileged, findings);
	report_tally(&special, findings);
	report_tally(&escaping, findings);
}

void rules_structure(const struct plan *plan, const struct unit *units, const struct needs *needs,
		     struct findings *findings)
{
	if (has_service(units))
		check_api(plan, findings);
	for (const struct need *need = needs->first; need; need = need->next) {
		if (need->kind == NEED_SYMLINK)
			check_link(plan, need, findings);
		else if (need->kind != NEED_PROGRAM)
			check_place(plan, need, findings);
	}
	check_entries(plan, findings);
}
