/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that others wrote for a whole system, changed for an image. */
#include "units/adopting.h"

#include "elements.h"
#include "units/facts.h"
#include "units/hardening.h"
#include "units/known-keys.h"
#include "units/merged-list.h"
#include "units/names.h"
#include "units/requests.h"
#include "units/value-check.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *adopt_format(struct adopting *a, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	const char *kept;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	kept = text ? pool_adopt(a->pool, text) : NULL;
	a->failed |= !kept;
	return kept ? kept : "";
}

/* A reason as a comment: messages begin with a small letter and have no full stop. */
static const char *sentence(struct adopting *a, const char *why)
{
	char *text = pool_format(a->pool, "%s.", why);

	if (text && islower((unsigned char)text[0]) &&
	    strncmp(text, "systemd", strlen("systemd")) != 0)
		text[0] = (char)toupper((unsigned char)text[0]);
	a->failed |= !text;
	return text;
}

static void remark(struct adopting *a, unsigned line, const char *before, const char *after,
		   const char *why)
{
	struct adopt_remark *kept = pool_take(a->pool, sizeof *kept);

	if (!kept) {
		a->failed = true;
		return;
	}
	*kept = (struct adopt_remark){ .line = line, .before = before, .after = after, .why = why };
	*a->adopted->end = kept;
	a->adopted->end = &kept->next;
}

static void remark_setting(struct adopting *a, const char *value, const char *after,
			   const char *why)
{
	remark(a, a->setting->line, adopt_format(a, "%s=%s", a->setting->key, value), after, why);
}

void adopt_leave_out_word(struct adopting *a, const char *word, const char *why)
{
	remark_setting(a, word, NULL, why);
}

void adopt_change_word(struct adopting *a, const char *word, const char *after, const char *why)
{
	remark_setting(a, word, after, why);
}

void adopt_leave_out(struct adopting *a, const char *why)
{
	remark_setting(a, a->setting->value, NULL, why);
}

/*
 * What systemd makes of a value of the setting at hand. Returns NULL if it takes it, or why
 * not; *ret_age: for what some versions do not know.
 */
static const char *problem_of(struct adopting *a, const char *value, const char **ret_age)
{
	const struct known_key *key = known_key_find(a->setting->section, a->setting->key);
	struct value_problem problem = { 0 };
	int r = value_check(&a->as_named, key, value, a->pool, &problem);
	unsigned since = key->since;

	*ret_age = NULL;
	a->failed |= r < 0;
	if (r == VALUE_NEWER && problem.ages.since > since)
		since = problem.ages.since;
	if (since > known_key_oldest())
		*ret_age = adopt_format(
			a, "it came with systemd %u or shortly before; others ignore it", since);
	if (key->until)
		return adopt_format(a, "systemd after %u does not know it", key->until);
	if (r == VALUE_REFUSED)
		return adopt_format(a, "systemd refuses the unit for it: it is none of: %s",
				    problem.expected);
	if (r == VALUE_WRONG || r == VALUE_SILENT)
		return adopt_format(a, "systemd ignores it: it is none of: %s", problem.expected);
	return NULL;
}

static void add(struct adopting *a, const char *key, const char *value, const char *reason)
{
	draft_add(&a->adopted->draft, a->setting->section, key, value,
		  reason ? sentence(a, reason) : NULL);
}

void adopt_keep(struct adopting *a, const char *value)
{
	const char *age, *problem = problem_of(a, value, &age);

	if (problem)
		adopt_leave_out(a, problem);
	else if (age)
		remark_setting(a, a->setting->value,
			       adopt_format(a, "%s=%s", a->setting->key, value), age);
	else if (strcmp(value, a->setting->value) != 0)
		remark_setting(a, a->setting->value,
			       adopt_format(a, "%s=%s", a->setting->key, value),
			       "the unit is called so in the image");
	if (!problem)
		add(a, a->setting->key, value, age);
}

void adopt_stay(struct adopting *a, const char *why)
{
	const char *age, *problem = problem_of(a, a->setting->value, &age);

	if (problem) {
		adopt_leave_out(a, problem);
		return;
	}
	remark_setting(a, a->setting->value,
		       adopt_format(a, "%s=%s", a->setting->key, a->setting->value), why);
	add(a, a->setting->key, a->setting->value, why);
}

void adopt_change(struct adopting *a, const char *key, const char *value, const char *why)
{
	remark_setting(a, a->setting->value, adopt_format(a, "%s=%s", key, value), why);
	add(a, key, value, why);
}

void adopt_add(struct adopting *a, const char *section, const char *key, const char *value,
	       const char *why)
{
	draft_add(&a->adopted->draft, section, key, value, sentence(a, why));
	remark(a, 0, NULL, adopt_format(a, "%s=%s", key, value), why);
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/' && path[length + 1];
}

/* By systemd.exec(5); /var/run is a link. */
static const struct root {
	const char *key, *path;
} roots[] = {
	{ "StateDirectory", "/var/lib" },   { "CacheDirectory", "/var/cache" },
	{ "LogsDirectory", "/var/log" },    { "RuntimeDirectory", "/run" },
	{ "RuntimeDirectory", "/var/run" },
};

/* The one that a path is below, and the rest of the path as a word; or NULL. */
static const struct root *root_of(struct adopting *a, const char *path, const char **ret_name)
{
	for (size_t i = 0; i < ELEMENTS(roots); i++) {
		if (!is_below(path, roots[i].path))
			continue;
		*ret_name = draft_word(a->pool, path + strlen(roots[i].path) + 1);
		a->failed |= !*ret_name;
		return *ret_name ? &roots[i] : NULL;
	}
	return NULL;
}

bool adopt_directory(struct adopting *a, const char *path, const char **ret_after)
{
	struct adopt_wish *wish = pool_take(a->pool, sizeof *wish);
	struct value_problem problem;
	const char *name;
	const struct root *root = root_of(a, path, &name);

	a->failed |= !wish;
	if (!root || !wish ||
	    value_check(&a->as_named, known_key_find("Service", root->key), name, a->pool,
			&problem) != VALUE_RIGHT)
		return false;
	*wish = (struct adopt_wish){ a->directories, root->key, name };
	a->directories = wish;
	*ret_after = adopt_format(a, "%s=%s", root->key, name);
	return true;
}

/* Whether the service has the directory at a path, or one in it. */
static bool has_directory(struct adopting *a, const char *path)
{
	const char *name;
	const struct root *root = root_of(a, path, &name);
	size_t length = root ? strlen(name) : 0;

	if (!root || draft_has_word(&a->adopted->draft, "Service", root->key, name))
		return true;
	for (const struct adopt_wish *wish = a->directories; wish; wish = wish->next)
		if (strcmp(wish->key, root->key) == 0 && strncmp(wish->name, name, length) == 0)
			return true;
	return false;
}

static mode_t type_in_tree(const struct adopting *a, const char *path)
{
	return a->tree ? a->tree->type(a->tree->userdata, path) : 0;
}

bool adopt_tree_has(const struct adopting *a, const char *path)
{
	mode_t type = type_in_tree(a, path);

	return S_ISREG(type) || S_ISDIR(type);
}

/* Whether a list of the draft has the path, or a directory that it is in. */
static bool is_listed(const struct draft *draft, const char *section, const char *key,
		      const char *path)
{
	char part[PATH_MAX];

	for (const char *end = path; *end;) {
		end = strchrnul(end + 1, '/');
		if (end - path >= (ptrdiff_t)sizeof part)
			return true;
		(void)snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		if (draft_has_word(draft, section, key, part))
			return true;
	}
	return false;
}

void adopt_file(struct adopting *a, const char *path)
{
	static const char *const below[] = { "/etc", "/usr", "/opt", "/srv" };
	struct draft *draft = &a->adopted->draft;
	const char *word = draft_word(a->pool, path);
	bool found = false;

	a->failed |= !word;
	for (size_t i = 0; i < ELEMENTS(below) && !found; i++)
		found = is_below(path, below[i]);
	if (!found || !word || strpbrk(path, "%*?[") || strstr(path, "/..") ||
	    !adopt_tree_has(a, path) || is_listed(draft, REQUESTS_SECTION, "Files", path))
		return;
	adopt_add(a, REQUESTS_SECTION, "Files", word, "the service reads it, and the tree has it");
}

/* The part before "@" or the type. */
static size_t stem_length(const char *name)
{
	size_t length = strcspn(name, "@"), stem = (size_t)(unit_suffix(name) - name);

	return length < stem ? length : stem;
}

const char *adopt_reference(struct adopting *a, const char *word)
{
	const char *suffix = unit_suffix(word);

	for (const struct adopted *other = a->all; suffix && other; other = other->next) {
		const char *name = other->unit->name;
		size_t stem = stem_length(name);

		if (strcmp(word, name) == 0)
			return strcmp(other->draft.name, name) == 0 ? word : other->draft.name;
		/* An instance of a template. */
		if (unit_is_template(other->unit) && strncmp(word, name, stem + 1) == 0 &&
		    strcmp(suffix, other->unit->suffix) == 0)
			return adopt_format(a, "%.*s%s", (int)stem_length(other->draft.name),
					    other->draft.name, word + stem);
	}
	return suffix && unit_belongs(word, a->id) ? NULL : word;
}

/* The unit of the image that starts it; suffix: of that one, NULL for any. */
const struct adopted *adopt_trigger(struct adopting *a, const char *suffix)
{
	for (const struct adopted *other = a->all; other; other = other->next) {
		const struct unit *unit = other->unit;
		const struct unit_type *type = unit_type_of(unit->name);
		const char *named =
			type->starts ? unit_value(unit, type->section, type->starts) : "";
		const char *name = a->adopted->unit->name;
		size_t stem = stem_length(name);

		if (!type->starts || (suffix && strcmp(unit->suffix, suffix) != 0))
			continue;
		if (named[0] ? strcmp(named, name) == 0
			     : strlen(unit->name) - strlen(unit->suffix) == stem &&
				       strncmp(unit->name, name, stem) == 0)
			return other;
	}
	return NULL;
}

static void add_directories(struct adopting *a)
{
	static const char why[] = "Made by systemd for the user of the service.";
	struct draft *draft = &a->adopted->draft;

	for (const struct adopt_wish *d = a->directories; d; d = d->next)
		if (!is_listed(draft, "Service", d->key, d->name))
			draft_add(draft, "Service", d->key, d->name, why);
}

/*
 * An image has no mount point for the directory of each instance: systemd makes them in a
 * tmpfs that is mounted first.
 */
static void add_instance_root(struct adopting *a, const char *root, const char *word)
{
	const char *expanded, *percent = strchr(word, '%'), *path;
	size_t length;
	char letter;
	int r = unit_expand(&a->as_named, word, a->pool, &expanded, &letter);

	a->failed |= r < 0;
	if (r <= 0 || !percent)
		return;
	for (length = (size_t)(percent - word); length > 0 && word[length - 1] != '/'; length--)
		;
	path = length > 0 ? adopt_format(a, "%s/%.*s:ro", root, (int)length - 1, word)
			  : adopt_format(a, "%s:ro", root);
	path = draft_word(a->pool, path);
	a->failed |= !path;
	if (path && !draft_has_word(&a->adopted->draft, "Service", "TemporaryFileSystem", path))
		adopt_add(
			a, "Service", "TemporaryFileSystem", path,
			"an image has no directory for each instance; systemd makes them in here");
}

static void add_instance_roots(struct adopting *a)
{
	struct unit_file file = UNIT_FILE_NONE;
	struct unit_words words;

	a->failed |= draft_parse(&a->adopted->draft, &file) < 0;
	for (size_t i = 0; i < file.n; i++)
		for (size_t j = 0; j < ELEMENTS(roots); j++) {
			const struct unit_setting *s = &file.settings[i];

			if (strcmp(s->key, roots[j].key) != 0 ||
			    strncmp(roots[j].path, "/var/", 5) != 0 ||
			    strcmp(roots[j].path, "/var/run") == 0 || !strchr(s->value, '%') ||
			    unit_words_split(s->value, &words) < 0)
				continue;
			for (size_t k = 0; k < words.n; k++)
				add_instance_root(a, roots[j].path, words.at[k]);
			unit_words_release(&words);
		}
	unit_file_release(&file);
}

/*
 * Calls a function for the name of the service and for that of its user: what a package has for
 * the service is called like one of them.
 */
static void for_names(struct adopting *a, void (*function)(struct adopting *, const char *))
{
	const char *unit = a->adopted->unit->name;
	const char *const names[] = {
		adopt_format(a, "%.*s", (int)stem_length(unit), unit),
		unit_value(a->adopted->unit, "Service", "User"),
	};

	for (size_t i = 0; a->tree && i < ELEMENTS(names); i++)
		if (names[i][0] && names[i][0] != '.' && !strpbrk(names[i], "/%*?["))
			function(a, names[i]);
}

static void add_files(struct adopting *a, const char *name)
{
	static const char *const paths[] = { "/etc", "/usr/lib", "/usr/libexec", "/usr/share" };

	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		const char *path = adopt_format(a, "%s/%s", paths[i], name);

		if (S_ISDIR(type_in_tree(a, path)))
			adopt_file(a, path);
	}
}

static void add_written(struct adopting *a, const char *name)
{
	static const char *const paths[] = { "/var/lib", "/var/cache", "/var/log" };

	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		const char *path = adopt_format(a, "%s/%s", paths[i], name), *after;

		if (S_ISDIR(type_in_tree(a, path)) && !has_directory(a, path) &&
		    adopt_directory(a, path, &after))
			remark(a, 0, NULL, after, "the tree has that directory for the service");
	}
}

static void add_socket(struct adopting *a)
{
	const struct adopted *socket = adopt_trigger(a, ".socket");
	const char *name = socket ? socket->draft.name : NULL;
	struct draft *draft = &a->adopted->draft;

	if (!socket || unit_is_template(a->adopted->unit))
		return;
	if (!draft_has_word(draft, "Unit", "Requires", name))
		adopt_add(a, "Unit", "Requires", name,
			  "when both are restarted, it may start without its socket");
	if (!draft_has_word(draft, "Unit", "After", name))
		adopt_add(a, "Unit", "After", name,
			  "when both are restarted, it may start without its socket");
	if (!draft_has(draft, "Unit", "StartLimitIntervalSec") &&
	    !draft_has(draft, "Unit", "StartLimitInterval"))
		adopt_add(a, "Unit", "StartLimitIntervalSec", "0",
			  "it may end when idle; the next client starts it, however often");
}

/* What a service needs that was root's, and what Type=notify does. */
static void add_rights(struct adopting *a)
{
	static const char port[] = "CAP_NET_BIND_SERVICE";
	struct draft *draft = &a->adopted->draft;
	struct merged_list families = MERGED_LIST_UNSET;
	struct unit_file file;
	const char *type, *ambient;

	if (draft_parse(draft, &file) < 0) {
		a->failed = true;
		return;
	}
	type = unit_file_last(&file, "Service", "Type");
	ambient = unit_file_last(&file, "Service", "AmbientCapabilities");
	if (!unit_file_is_yes(&file, "Service", "DynamicUser"))
		adopt_add(a, "Service", "DynamicUser", "yes",
			  "it was root, but every stock profile except trusted gives it a user");
	if (a->was_root && !ambient && !unit_file_last(&file, "Service", "CapabilityBoundingSet") &&
	    !adopt_trigger(a, ".socket") && (!type || strcmp(type, "oneshot") != 0)) {
		adopt_add(a, "Service", "AmbientCapabilities", port,
			  "it was root, and may open a port below 1024; else delete it");
		adopt_add(a, "Service", "CapabilityBoundingSet", port, "no other rights of root");
	} else if (ambient && ambient[0] &&
		   !unit_file_last(&file, "Service", "CapabilityBoundingSet")) {
		adopt_add(a, "Service", "CapabilityBoundingSet", ambient,
			  "no other rights of root");
	}
	a->failed |= merged_list_read(&families, a->pool, &file, "RestrictAddressFamilies") < 0;
	if (type && strncmp(type, "notify", strlen("notify")) == 0 &&
	    families.mode != MERGED_UNSET && !merged_list_allows(&families, "AF_UNIX"))
		adopt_add(a, "Service", "RestrictAddressFamilies", "AF_UNIX",
			  "it says that it is ready through a local socket");
	unit_file_release(&file);
}

static size_t count(const struct draft *draft)
{
	size_t n = 0;

	for (const struct draft_line *line = draft->first; line; line = line->next)
		n++;
	return n;
}

static void finish_service(struct adopting *a)
{
	struct draft *draft = &a->adopted->draft;
	size_t n;

	for_names(a, add_written);
	adopt_variables(a);
	add_directories(a);
	if (unit_is_template(&a->as_named))
		add_instance_roots(a);
	add_socket(a);
	add_rights(a);
	n = count(draft);
	a->failed |= harden(draft, HARDENING_FOREIGN) < 0;
	a->adopted->hardened = count(draft) - n;
}

/* What starts units of a type; NULL: nothing by itself. */
static const char *target_of(const char *suffix)
{
	static const struct {
		const char *suffix, *target;
	} targets[] = {
		{ ".service", "multi-user.target" },
		{ ".socket", "sockets.target" },
		{ ".timer", "timers.target" },
		{ ".path", "paths.target" },
	};

	for (size_t i = 0; i < ELEMENTS(targets); i++)
		if (strcmp(suffix, targets[i].suffix) == 0)
			return targets[i].target;
	return NULL;
}

static void add_install(struct adopting *a)
{
	const char *target = target_of(a->as_named.suffix);
	bool was_started = unit_file_last(&a->adopted->unit->file, "Install", "WantedBy") != NULL;

	if (!target || draft_has(&a->adopted->draft, "Install", "WantedBy") ||
	    (!was_started && (unit_is_template(&a->as_named) || adopt_trigger(a, NULL))))
		return;
	adopt_add(a, "Install", "WantedBy", target,
		  "without it, portablectl attach --enable has no effect");
}

static int adopt_unit(struct adopting *a)
{
	const struct unit *unit = a->adopted->unit;
	const char *user = unit_value(unit, "Service", "User");

	a->as_named = (struct unit){ .name = a->adopted->draft.name,
				     .suffix = unit_suffix(a->adopted->draft.name) };
	a->was_root = unit_is_service(unit) &&
		      !unit_file_is_yes(&unit->file, "Service", "DynamicUser") &&
		      (!user[0] || strcmp(user, "root") == 0 || strcmp(user, "0") == 0);
	a->adopted->draft.head =
		adopt_format(a, "%s, changed for an image by mkportable new --from=", unit->name);
	/* Before single files of the same directories. */
	if (unit_is_service(unit))
		for_names(a, add_files);
	for (size_t i = 0; i < unit->file.n && !a->failed; i++) {
		a->setting = &unit->file.settings[i];
		adopt_setting(a);
	}
	a->setting = NULL;
	if (unit_is_service(unit))
		finish_service(a);
	add_install(a);
	return a->failed || a->adopted->draft.failed ? -ENOMEM : 0;
}

static bool is_taken(const struct adopted *all, const char *name)
{
	for (; all; all = all->next)
		if (all->draft.name && strcmp(all->draft.name, name) == 0)
			return true;
	return false;
}

/* A name that belongs to the image: "nginx.service" is "web.service" in the image web. */
static int name_unit(struct pool *pool, const char *id, struct adopted *all,
		     struct adopted *adopted)
{
	const char *old = adopted->unit->name, *name = old;
	size_t stem = stem_length(old);

	if (!unit_belongs(old, id))
		name = pool_format(pool, "%s%s", id, old + stem);
	if (name && name != old && is_taken(all, name))
		name = pool_format(pool, "%s-%s", id, old);
	if (!name)
		return -ENOMEM;
	if (is_taken(all, name))
		return -EEXIST;
	draft_open(&adopted->draft, pool, name);
	return 0;
}

int adopt(struct pool *pool, const char *id, const struct unit *units,
	  const struct adopt_tree *tree, struct adopted **ret)
{
	struct adopted *all = NULL, **end = &all;
	int r = 0;

	for (const struct unit *unit = units; unit; unit = unit->next) {
		struct adopted *adopted = pool_take(pool, sizeof *adopted);

		if (!adopted)
			return -ENOMEM;
		*adopted = (struct adopted){ .unit = unit };
		adopted->end = &adopted->first;
		*end = adopted;
		end = &adopted->next;
	}
	/* Names that need no change come first. */
	for (int changed = 0; changed < 2; changed++)
		for (struct adopted *adopted = all; adopted && r >= 0; adopted = adopted->next)
			if (unit_belongs(adopted->unit->name, id) == !changed)
				r = name_unit(pool, id, all, adopted);
	for (struct adopted *adopted = all; adopted && r >= 0; adopted = adopted->next)
		r = adopt_unit(&(struct adopting){
			.pool = pool, .id = id, .all = all, .adopted = adopted, .tree = tree });
	if (r >= 0)
		*ret = all;
	return r;
}
