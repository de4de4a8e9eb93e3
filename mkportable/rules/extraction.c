/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units systemd takes out of the image, and what stays behind. */
#include "rules/judge.h"
#include "units/facts.h"
#include "units/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More units of others than this, and it is a whole distribution, where they are expected. */
#define FOREIGN_UNITS_MAX 20

struct extraction {
	struct judge *judge;
	struct plan_entry **entries;
	const char *trap; /* "foo" where the prefix is "foo-1.2", and units begin with it */
	const char *foreign;
	size_t foreign_n;
	const char *linked; /* a .wants/ link of another unit's */
	size_t linked_n;
};

static bool is_extracted_type(const char *name)
{
	const struct unit_type *type = unit_type_of(name);

	return type && type->is_extracted;
}

/* A version in the file name behind '-': the prefix that was meant, or NULL. */
static const char *find_trap(struct judge *judge)
{
	if (strchr(judge->name, '_'))
		return NULL;
	for (const char *p = judge->prefix; (p = strchr(p, '-')); p++)
		if (p > judge->prefix && p[1] >= '0' && p[1] <= '9')
			return judge_format(judge, "%.*s", (int)(p - judge->prefix), judge->prefix);
	return NULL;
}

static void take_unit(struct extraction *x, const char *name, const struct plan_entry *entry)
{
	struct judge *judge = x->judge;
	const char *where = judge_path(judge, entry->path);
	const struct plan_entry *file = plan_follow(judge->plan, entry->path);
	char *bytes;
	size_t size;
	int r;

	if (judge_find_unit(judge, name))
		return; /* an earlier folder has it */
	if (!file || file->type != PLAN_FILE) {
		judge_report(judge, RULE_UNIT_UNREADABLE, where,
			     entry->type == PLAN_SYMLINK ? "is a link that leads to no file"
							 : "is no regular file");
		return;
	}
	r = plan_read(judge->plan, file, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		judge_report(judge, RULE_UNIT_UNREADABLE, where, "is larger than 1 MiB");
		return;
	}
	if (r < 0 || !pool_adopt(judge->plan->pool, bytes)) {
		judge->failed = r < 0 ? r : -ENOMEM;
		return;
	}
	if (size == 0) {
		judge_report(judge, RULE_UNIT_EMPTY, where);
		return;
	}
	if (entry->type == PLAN_SYMLINK)
		judge_report(judge, RULE_UNIT_ALIAS, where, entry->target);
	judge_add_unit(judge, name, where, bytes, size);
}

/* Whether a folder has something in it. i: where it stands in the sorted entries. */
static bool is_empty(const struct extraction *x, size_t i)
{
	const char *path = x->entries[i]->path;
	size_t length = strlen(path);

	for (i++; i < x->judge->plan->n && strncmp(x->entries[i]->path, path, length) == 0; i++)
		if (x->entries[i]->path[length] == '/')
			return false;
	return true;
}

/* An entry of a unit folder. */
static void look_at(struct extraction *x, const char *name, size_t i)
{
	struct judge *judge = x->judge;
	const struct plan_entry *entry = x->entries[i];
	bool belongs = unit_belongs(name, judge->prefix);

	if (is_drop_in_name(name)) {
		if (belongs && !is_empty(x, i))
			judge_report(judge, RULE_SETTINGS_NOT_EXTRACTED, NULL, entry->path,
				     "drop-in folders stay behind",
				     "write the settings into the unit itself");
	} else if (unit_type_of(name) && !is_extracted_type(name)) {
		if (belongs)
			judge_report(judge, RULE_SETTINGS_NOT_EXTRACTED, NULL, entry->path,
				     "only services, sockets, targets, timers and paths leave it",
				     "do without it, or install it on the host");
	} else if (is_extracted_type(name) && unit_name_is_valid(name)) {
		if (belongs) {
			take_unit(x, name, entry);
			return;
		}
		if (x->foreign_n++ == 0)
			x->foreign = entry->path;
	}
}

/* Something below a folder that is in a unit folder: "multi-user.target.wants/x.service". */
static void look_below(struct extraction *x, const char *rest, const char *path)
{
	const char *slash = strchr(rest, '/');
	size_t length = (size_t)(slash - rest);

	if (strchr(slash + 1, '/') || length < sizeof ".wants" ||
	    strncmp(slash - strlen(".wants"), ".wants", strlen(".wants")) != 0)
		return;
	if (!unit_belongs(slash + 1, x->judge->prefix) || unit_belongs(rest, x->judge->prefix))
		return;
	if (x->linked_n++ == 0)
		x->linked = path;
}

static void look_into(struct extraction *x, const char *folder)
{
	size_t length = strlen(folder);

	for (size_t i = 0; i < x->judge->plan->n; i++) {
		const char *path = x->entries[i]->path;

		if (strncmp(path, folder, length) != 0 || path[length] != '/')
			continue;
		if (strchr(path + length + 1, '/'))
			look_below(x, path + length + 1, path);
		else
			look_at(x, path + length + 1, i);
	}
}

static const char *and_more(struct judge *judge, size_t n)
{
	return n > 1 ? judge_format(judge, "; nor %zu more", n - 1) : "";
}

static void tell_rest(struct extraction *x)
{
	struct judge *judge = x->judge;

	if (!judge->units) {
		bool trapped = false;

		for (size_t i = 0; x->trap && i < judge->plan->n && !trapped; i++) {
			const char *slash = strrchr(x->entries[i]->path, '/');

			trapped = is_extracted_type(slash + 1) && unit_belongs(slash + 1, x->trap);
		}
		if (trapped)
			judge_report(judge, RULE_IMAGE_NAME_PREFIX_TRAP, NULL, judge->prefix,
				     judge->name, x->trap);
		else
			judge_report(judge, RULE_NO_MATCHING_UNIT, NULL, judge->prefix);
		return;
	}
	if (x->foreign_n > 0 && x->foreign_n <= FOREIGN_UNITS_MAX)
		judge_report(judge, RULE_UNIT_NOT_EXTRACTED, NULL, x->foreign,
			     "its name does not begin with the prefix of the image",
			     and_more(judge, x->foreign_n),
			     "name it like the image, or leave it out");
	if (x->linked_n > 0)
		judge_report(judge, RULE_UNIT_NOT_EXTRACTED, NULL, x->linked,
			     "links that enable units stay behind", and_more(judge, x->linked_n),
			     "enable the unit on the host: portablectl attach --enable");
}

void rules_extraction(struct judge *judge)
{
	struct extraction x = { .judge = judge };
	char seen[sizeof unit_directories / sizeof *unit_directories][PATH_MAX];
	size_t n = 0;

	if (judge->being_built)
		return; /* the image folder's reader refused what would stay behind */
	x.entries = plan_sorted(judge->plan);
	if (!x.entries) {
		judge->failed = -ENOMEM;
		return;
	}
	x.trap = find_trap(judge);
	for (size_t i = 0; i < sizeof unit_directories / sizeof *unit_directories; i++) {
		bool again = false;

		if (plan_resolve(judge->plan, unit_directories[i], true, seen[n]) < 0)
			continue;
		for (size_t j = 0; j < n; j++)
			again |= strcmp(seen[j], seen[n]) == 0;
		if (again)
			continue;
		look_into(&x, seen[n++]);
	}
	tell_rest(&x);
}
