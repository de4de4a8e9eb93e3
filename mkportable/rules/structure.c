/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has no place in an image. */
#include "rules/topics.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

void rules_structure(const struct plan *plan, struct findings *findings)
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
