/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units systemd takes from the image, and what it ignores. */
#include "names.h"
#include "rules/topics.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* MAXSYMLINKS of the kernel. */
#define LINKS_MAX 40

/* With more units of others it is a whole distribution, where they are expected. */
#define FOREIGN_UNITS_MAX 20

/* What is ignored is reported once, with the first of its kind. */
struct ignored {
	const struct plan_entry *entry;
	size_t n;
};

/* A file with the name of a unit that systemd passes over. Reported if no other directory has it. */
struct missed {
	struct missed *next;
	const char *name;
	enum rule rule;
	struct location where;
	const char *text; /* for the message */
};

struct extraction {
	const struct plan *plan;
	unsigned systemd_version;
	struct plan_entry **entries; /* sorted */
	const char *prefix;
	struct unit **units; /* the first; where the next goes */
	struct unit **end;
	bool has_prefix;        /* a unit of this prefix exists, extracted or not */
	struct ignored foreign; /* units with another prefix */
	struct ignored links;   /* .wants/ links of another unit's */
	struct missed *missed;
	struct missed *drop_ins; /* of other names, which may be for one of the units */
	struct findings *findings;
};

static bool is_extracted_type(const char *name)
{
	const struct unit_type *type = unit_type_of(name);

	return type && type->is_extracted;
}

/* "x.SERVICE", which is no unit, was meant to be one. */
static bool is_extracted_type_in_any_case(const char *name)
{
	const char *suffix = unit_suffix(name);

	for (const struct unit_type *type = unit_types; suffix && type->suffix; type++)
		if (type->is_extracted && strcasecmp(suffix, type->suffix) == 0)
			return true;
	return false;
}

static void count(struct ignored *ignored, const struct plan_entry *entry)
{
	if (ignored->n++ == 0)
		ignored->entry = entry;
}

static void add_missed(struct extraction *x, struct missed **list, const char *name, enum rule rule,
		       struct location where, const char *text)
{
	struct missed *missed = pool_take(x->plan->pool, sizeof *missed);

	if (!missed) {
		x->findings->failed = -ENOMEM;
		return;
	}
	*missed = (struct missed){ *list, name, rule, where, text };
	*list = missed;
}

static void report_setting(void *userdata, const struct unit *unit, unsigned line, bool undecided,
			   const char *message)
{
	struct findings *findings = userdata;

	report(findings, undecided ? RULE_SPECIFIER_UNDECIDED : RULE_SETTING_INVALID,
	       AT_UNIT(unit, line), message);
}

static void report_line(void *userdata, unsigned line, const char *what)
{
	const struct unit *unit = userdata;

	unit_error(unit, line, "%s", what);
}

static void add_unit(struct extraction *x, const char *name, const char *shown, const char *bytes,
		     size_t size)
{
	struct unit *unit = pool_take(x->plan->pool, sizeof *unit);
	int r;

	if (!unit) {
		x->findings->failed = -ENOMEM;
		return;
	}
	*unit = (struct unit){ .name = name,
			       .suffix = unit_suffix(name),
			       .shown = shown,
			       .bytes = bytes,
			       .size = size,
			       .report = report_setting,
			       .report_userdata = x->findings };
	r = unit_file_parse(bytes, size, report_line, unit, &unit->file);
	if (r == -EFBIG) {
		report(x->findings, RULE_UNIT_UNREADABLE, AT(shown, 0),
		       "has a line of more than 1 MiB");
		return;
	}
	if (r < 0) {
		x->findings->failed = r;
		return;
	}
	*x->end = unit;
	x->end = &unit->next;
}

/* An entry of an image that is built has the file that it comes from. */
static struct location at_entry(const struct plan_entry *entry, struct findings *findings)
{
	return AT(entry->origin[0] ? entry->origin : report_escape(findings, entry->path), 0);
}

/*
 * Follows a link as a process of the host does. at: the directory of the link, and then
 * where it leads to. Returns false if it leaves the image.
 */
static bool follow_on_host(const struct plan *plan, const char *target, unsigned links,
			   char at[static PATH_MAX])
{
	if (target[0] == '/' || links > LINKS_MAX)
		return false;
	while (*target) {
		size_t length = strcspn(target, "/"), used = strlen(at);
		const struct plan_entry *entry;

		if (length == 2 && strncmp(target, "..", 2) == 0) {
			if (used == 0)
				return false;
			*strrchr(at, '/') = '\0';
		} else if (length > 0 && (length > 1 || *target != '.')) {
			if (used + length + 2 > PATH_MAX)
				return false;
			at[used] = '/';
			memcpy(at + used + 1, target, length);
			at[used + 1 + length] = '\0';
			entry = plan_find(plan, at);
			if (entry && entry->type == PLAN_SYMLINK) {
				at[used] = '\0';
				if (!follow_on_host(plan, entry->target, links + 1, at))
					return false;
			}
		}
		target += length + (target[length] == '/');
	}
	return true;
}

/* Whether systemd opens the link in the image, as it does since 262: sd#43049. */
static bool is_opened_inside(const struct extraction *x, const struct plan_entry *link)
{
	char at[PATH_MAX];

	(void)memccpy(at, link->path, '\0', sizeof at);
	*strrchr(at, '/') = '\0';
	return x->systemd_version >= 262 || follow_on_host(x->plan, link->target, 0, at);
}

static void take_unit(struct extraction *x, const char *name, const struct plan_entry *entry)
{
	struct findings *findings = x->findings;
	struct location where = at_entry(entry, findings);
	const struct plan_entry *file = plan_follow(x->plan, entry->path);
	char *bytes;
	size_t size;
	int r;

	if (unit_find(*x->units, name))
		return; /* an earlier directory has it */
	if (!file || file->type != PLAN_FILE) {
		add_missed(x, &x->missed, name, RULE_UNIT_UNREADABLE, where,
			   entry->type == PLAN_SYMLINK ? "is a symbolic link to no file"
						       : "is not a regular file");
		return;
	}
	if (entry->type == PLAN_SYMLINK && !is_opened_inside(x, entry)) {
		add_missed(x, &x->missed, name, RULE_UNIT_LINK_ON_HOST, where, entry->target);
		return;
	}
	r = plan_read(x->plan, file, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		report(findings, RULE_UNIT_UNREADABLE, where, "is larger than 4 MiB");
		return;
	}
	if (r < 0 || !pool_adopt(x->plan->pool, bytes)) {
		findings->failed = r < 0 ? r : -ENOMEM;
		return;
	}
	if (size == 0) {
		add_missed(x, &x->missed, name, RULE_UNIT_EMPTY, where, "");
		return;
	}
	if (entry->type == PLAN_SYMLINK && strcmp(strrchr(file->path, '/') + 1, name) != 0)
		report(findings, RULE_UNIT_ALIAS, where, entry->target);
	add_unit(x, name, where.path, bytes, size);
}

/* Whether a directory of drop-ins, or of links, has any. entry: it, or a link to it. */
static bool has_settings(const struct extraction *x, const struct plan_entry *entry)
{
	const struct plan_entry *directory = plan_follow(x->plan, entry->path);
	bool of_drop_ins = strcmp(unit_suffix(entry->path), ".d") == 0;
	size_t length = directory ? strlen(directory->path) : 0;

	for (size_t i = 0; directory && i < x->plan->n; i++) {
		const char *path = x->entries[i]->path, *suffix = strrchr(path, '.');

		if (strncmp(path, directory->path, length) == 0 && path[length] == '/' &&
		    (!of_drop_ins || (suffix && strcmp(suffix, ".conf") == 0)))
			return true;
	}
	return false;
}

static void report_drop_in(struct findings *findings, struct location where)
{
	report(findings, RULE_SETTINGS_NOT_EXTRACTED, where,
	       "it ignores directories of drop-ins and links",
	       "write the settings into the unit itself");
}

/* An entry of a unit directory. */
static void look_at(struct extraction *x, const char *name, const struct plan_entry *entry)
{
	bool belongs = unit_belongs(name, x->prefix);

	if (is_drop_in_name(name)) {
		if (belongs && has_settings(x, entry))
			report_drop_in(x->findings, at_entry(entry, x->findings));
		else if (has_settings(x, entry))
			add_missed(x, &x->drop_ins, name, RULE_SETTINGS_NOT_EXTRACTED,
				   at_entry(entry, x->findings), "");
	} else if (unit_type_of(name) && !is_extracted_type(name)) {
		if (belongs)
			report(x->findings, RULE_SETTINGS_NOT_EXTRACTED,
			       at_entry(entry, x->findings),
			       "it takes only services, sockets, targets, timers and paths",
			       "do without it, or install it on the host");
	} else if (is_extracted_type_in_any_case(name)) {
		x->has_prefix |= belongs;
		if (!belongs)
			count(&x->foreign, entry);
		else if (unit_name_is_valid(name) && is_extracted_type(name))
			take_unit(x, name, entry);
		else
			report(x->findings, RULE_UNIT_NAME_INVALID, at_entry(entry, x->findings),
			       name);
	}
}

/* Something in a directory of a unit directory: "multi-user.target.wants/x.service". */
static void look_below(struct extraction *x, const char *rest, const struct plan_entry *entry)
{
	const char *slash = strchr(rest, '/');
	size_t length = (size_t)(slash - rest);

	if (strchr(slash + 1, '/') || length < sizeof ".wants" ||
	    strncmp(slash - strlen(".wants"), ".wants", strlen(".wants")) != 0)
		return;
	if (unit_belongs(slash + 1, x->prefix) && !unit_belongs(rest, x->prefix))
		count(&x->links, entry);
}

static void look_into(struct extraction *x, const char *directory)
{
	size_t length = strlen(directory);

	for (size_t i = 0; i < x->plan->n; i++) {
		const char *path = x->entries[i]->path;

		if (strncmp(path, directory, length) != 0 || path[length] != '/')
			continue;
		if (strchr(path + length + 1, '/'))
			look_below(x, path + length + 1, x->entries[i]);
		else
			look_at(x, path + length + 1, x->entries[i]);
	}
}

/* The prefix that was meant if a version follows a '-', "x" of "x-1.2"; else NULL. */
static const char *meant_prefix(const struct extraction *x, const char *name)
{
	if (strchr(name, '_'))
		return NULL;
	for (const char *p = x->prefix; (p = strchr(p, '-')); p++)
		if (p > x->prefix && p[1] >= '0' && p[1] <= '9')
			return report_format(x->findings, "%.*s", (int)(p - x->prefix), x->prefix);
	return NULL;
}

/* No unit has the prefix. */
static void report_prefix(struct extraction *x, const char *name)
{
	const char *meant = meant_prefix(x, name);
	bool trapped = false;

	for (size_t i = 0; meant && i < x->plan->n && !trapped; i++) {
		const char *slash = strrchr(x->entries[i]->path, '/');

		trapped = is_extracted_type(slash + 1) && unit_belongs(slash + 1, meant);
	}
	if (trapped)
		report(x->findings, RULE_IMAGE_NAME_PREFIX_TRAP, WHOLE_IMAGE, x->prefix, name,
		       meant);
	else
		report(x->findings, RULE_NO_MATCHING_UNIT, WHOLE_IMAGE, x->prefix);
}

/* Whether "service.d" or "x-.service.d" has settings of the unit "x-y.service". */
static bool has_settings_of(const char *directory, const struct unit *unit)
{
	const char *suffix = unit->suffix + 1;
	size_t stem = strlen(directory), length = strlen(suffix);

	if (stem < length + 2 || strncmp(directory + stem - length - 2, suffix, length) != 0 ||
	    strcmp(directory + stem - 2, ".d") != 0)
		return false;
	stem -= length + 2;
	return stem == 0 || (stem > 1 && strncmp(directory + stem - 2, "-.", 2) == 0 &&
			     strncmp(directory, unit->name, stem - 1) == 0);
}

/* A unit of the prefix in a directory where systemd does not look for units. */
static void report_misplaced(struct extraction *x, char (*seen)[PATH_MAX], size_t n)
{
	static const char remedy[] = "move it to " UNIT_DIRECTORY;

	for (size_t i = 0; i < x->plan->n; i++) {
		const char *path = x->entries[i]->path, *name = strrchr(path, '/') + 1;
		size_t length = (size_t)(name - path) - 1;
		bool is_looked_into = false;

		if (!is_extracted_type(name) || !unit_belongs(name, x->prefix) ||
		    x->entries[i]->type != PLAN_FILE || unit_find(*x->units, name) ||
		    !strstr(path, "/systemd/"))
			continue;
		for (size_t j = 0; j < n; j++)
			is_looked_into |=
				strlen(seen[j]) == length && strncmp(seen[j], path, length) == 0;
		if (is_looked_into)
			continue;
		if (strstr(path, "/systemd/user/"))
			report(x->findings, RULE_UNIT_NOT_EXTRACTED,
			       at_entry(x->entries[i], x->findings),
			       "it is for the service managers of users", "", remedy);
		else
			report(x->findings, RULE_SETTINGS_NOT_EXTRACTED,
			       at_entry(x->entries[i], x->findings),
			       "it does not look for units in this directory", remedy);
	}
}

static void report_missed(struct extraction *x)
{
	for (const struct missed *m = x->missed; m; m = m->next)
		if (!unit_find(*x->units, m->name))
			report(x->findings, m->rule, m->where, m->text);
	for (const struct missed *m = x->drop_ins; m; m = m->next) {
		const struct unit *unit = *x->units;

		while (unit && !has_settings_of(m->name, unit))
			unit = unit->next;
		if (unit)
			report_drop_in(x->findings, m->where);
	}
}

static void report_ignored(struct extraction *x)
{
	if (x->foreign.n > 0 && x->foreign.n <= FOREIGN_UNITS_MAX)
		report(x->findings, RULE_UNIT_NOT_EXTRACTED,
		       at_entry(x->foreign.entry, x->findings),
		       "its name does not begin with the prefix of the image",
		       report_more(x->findings, x->foreign.n),
		       "name it like the image, or remove it");
	if (x->links.n > 0)
		report(x->findings, RULE_UNIT_NOT_EXTRACTED, at_entry(x->links.entry, x->findings),
		       "it ignores links that enable units", report_more(x->findings, x->links.n),
		       "enable the unit on the host: portablectl attach --enable");
}

void rules_extraction(const struct plan *plan, const char *name, const char *prefix,
		      unsigned systemd_version, struct unit **ret, struct findings *findings)
{
	struct extraction x = { .plan = plan,
				.systemd_version = systemd_version,
				.prefix = prefix,
				.units = ret,
				.end = ret,
				.findings = findings };
	char seen[UNIT_DIRECTORIES_N][PATH_MAX];
	size_t n = 0;

	*ret = NULL;
	x.entries = plan_sorted(plan);
	if (!x.entries) {
		findings->failed = -ENOMEM;
		return;
	}
	for (size_t i = 0; unit_directories[i]; i++) {
		bool again = false;

		if (plan_resolve(plan, unit_directories[i], true, seen[n]) < 0)
			continue;
		for (size_t j = 0; j < n; j++)
			again |= strcmp(seen[j], seen[n]) == 0;
		if (!again)
			look_into(&x, seen[n++]);
	}
	report_missed(&x);
	report_misplaced(&x, seen, n);
	if (x.has_prefix || !name)
		report_ignored(&x);
	else
		report_prefix(&x, name);
}
