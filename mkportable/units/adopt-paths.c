/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files and directories of a unit that is changed for an image. */
#include "units/adopt-paths.h"

#include "elements.h"
#include "units/known-keys.h"
#include "units/requests.h"
#include "units/value-check.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/*
 * What every host has there for itself. A service would own it: systemd moves it into private/,
 * or removes it from /run when the service ends.
 */
static bool is_of_host(const char *name)
{
	static const char *const names[] = {
		"apt",      "credentials", "dbus",    "dpkg",     "extensions", "journal",
		"ldconfig", "lock",        "log",     "machines", "misc",       "mount",
		"pam",      "portables",   "private", "systemd",  "udev",       "user",
	};
	size_t length = strcspn(name, "/");

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strlen(names[i]) == length && strncmp(name, names[i], length) == 0)
			return true;
	return false;
}

/* The one that a path is below, and the rest of the path as a word; NULL: nothing for a service. */
static const struct root *root_of(struct adopting *a, const char *path, const char **ret_name)
{
	for (size_t i = 0; i < ELEMENTS(roots); i++) {
		if (!is_below(path, roots[i].path))
			continue;
		path += strlen(roots[i].path) + 1;
		if (is_of_host(path))
			return NULL;
		*ret_name = draft_word(a->pool, path);
		a->failed |= !*ret_name;
		return *ret_name ? &roots[i] : NULL;
	}
	return NULL;
}

const char *adopt_directory(struct adopting *a, const char *path, const char *why)
{
	struct adopt_wish *wish = pool_take(a->pool, sizeof *wish);
	struct value_problem problem;
	const char *name;
	const struct root *root = root_of(a, path, &name);

	a->failed |= !wish;
	if (!root || !wish ||
	    value_check(&a->as_named, known_key_find("Service", root->key), name, a->pool,
			&problem) != VALUE_RIGHT)
		return NULL;
	*wish = (struct adopt_wish){ a->directories, root->key, name, why };
	a->directories = wish;
	return adopt_format(a, "%s=%s", root->key, name);
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
		if (strcmp(wish->key, root->key) == 0 && strncmp(wish->name, name, length) == 0 &&
		    (!wish->name[length] || wish->name[length] == '/'))
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

static void add_directories(struct adopting *a)
{
	static const char why[] = "Made by systemd for the user of the service.";
	struct draft *draft = &a->adopted->draft;

	for (const struct adopt_wish *d = a->directories; d; d = d->next) {
		if (is_listed(draft, "Service", d->key, d->name))
			continue;
		draft_add(draft, "Service", d->key, d->name, why);
		if (d->why)
			adopt_remark(a, 0, NULL, adopt_format(a, "%s=%s", d->key, d->name), d->why);
	}
}

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

void adopt_instances(struct adopting *a)
{
	struct unit_file file = UNIT_FILE_NONE;
	struct unit_words words;

	if (!unit_is_template(&a->as_named))
		return;
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
		adopt_format(a, "%.*s", (int)adopt_stem_length(unit), unit),
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
		const char *path = adopt_format(a, "%s/%s", paths[i], name);

		if (S_ISDIR(type_in_tree(a, path)) && !has_directory(a, path))
			adopt_directory(a, path, "the tree has that directory for the service");
	}
}

/* The directories that systemd-tmpfiles(8) would make: tmpfiles.d does not leave an image. */
static void add_temporary(struct adopting *a, const char *name)
{
	const char *path = adopt_format(a, "/usr/lib/tmpfiles.d/%s.conf", name);
	const char *text = a->tree->read(a->tree->userdata, path);
	struct unit_words words;

	for (size_t length; text && *text; text += length + (text[length] == '\n')) {
		const char *line =
			adopt_format(a, "%.*s", (int)(length = strcspn(text, "\n")), text);

		if (!strchr("dD", line[0]) || unit_words_split(line, &words) < 0)
			continue;
		if (words.n > 1 && strspn(words.at[0], "dD!+-") == strlen(words.at[0]) &&
		    !has_directory(a, words.at[1]))
			adopt_directory(a, words.at[1],
					"it is in tmpfiles.d, which does not leave an image");
		unit_words_release(&words);
	}
}

void adopt_path(struct adopting *a, const char *path)
{
	const char *name, *slash;
	const struct root *root = root_of(a, path, &name);
	const char *directory;

	if (!root) {
		adopt_file(a, path);
		return;
	}
	slash = strchr(path + strlen(root->path) + 1, '/');
	directory = slash ? adopt_format(a, "%.*s", (int)(slash - path), path) : path;
	if ((slash || S_ISDIR(type_in_tree(a, path))) && !has_directory(a, directory))
		adopt_directory(a, directory,
				"a command or a variable names something in it; delete it if "
				"another service makes it");
}

void adopt_files(struct adopting *a)
{
	for_names(a, add_files);
}

void adopt_directories(struct adopting *a)
{
	for_names(a, add_written);
	for_names(a, add_temporary);
	add_directories(a);
}
