/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mount points that the settings of systemd.exec(5) need. An image is read-only: if
 * one is missing, the start fails with 226/NAMESPACE.
 */
#include "units/needs.h"

#include "elements.h"
#include "log.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ConfigurationDirectory= is the only one of its kind without links. */
#define CONFIGURATION_ROOT "/etc"

/* Marks a colon that separates; systemd refuses control characters in units. */
#define COLON '\1'

static int add_place(struct needs *needs, enum need_kind kind, const struct unit *unit,
		     const struct unit_setting *setting, const char *path)
{
	if (path_is_volatile(path))
		return 0;
	return needs_add(needs, unit, setting, (struct need){ .kind = kind, .path = path });
}

/*
 * Cuts off the part before the next colon, in place; "\:" is a colon in the part.
 * Returns the part, and sets *text to what follows, NULL at the end.
 */
static char *next_part(char **text, char colon)
{
	char *part = *text, *out = part, *in = part;

	for (; *in && *in != colon; in++) {
		if (in[0] == '\\' && in[1] == ':')
			in++;
		*out++ = *in;
	}
	*text = *in ? in + 1 : NULL;
	*out = '\0';
	return part;
}

/* The path of one name, below root. */
static int read_owned(struct needs *needs, const struct unit *unit,
		      const struct unit_setting *setting, const char *root, const char *name,
		      const char **ret)
{
	char shown[LOG_ESCAPED_SIZE], *path;

	if (name[0] == '/') {
		unit_error(unit, setting->line, "%s='%s' must be relative to %s", setting->key,
			   log_escape(name, shown), root);
		return -EINVAL;
	}
	if (name[0] == '\0') {
		unit_error(unit, setting->line, "%s= has an empty name", setting->key);
		return -EINVAL;
	}
	path = pool_format(needs->pool, "%s/%s", root, name);
	return path ? needs_path(needs->pool, unit, setting, path, ret) : pool_exhausted();
}

/* "x", "x/y", "a:b", "a:b:flags"; b becomes a link to a. */
static int add_owned(struct needs *needs, const struct unit *unit,
		     const struct unit_setting *setting, const char *root, char *word)
{
	char *rest = word, *name = next_part(&rest, ':'), *target;
	const char *path = "", *link = "";
	char shown[LOG_ESCAPED_SIZE];
	int r;

	if (rest && strcmp(root, CONFIGURATION_ROOT) == 0) {
		unit_error(unit, setting->line,
			   "systemd ignores %s='%s:...': ':' works only for state, cache and logs",
			   setting->key, log_escape(name, shown));
		return -EINVAL;
	}
	r = read_owned(needs, unit, setting, root, name, &path);
	if (r == 0)
		r = needs_add(needs, unit, setting,
			      (struct need){ .kind = NEED_DIRECTORY, .path = path, .owned = true });
	name = r == 0 && rest ? next_part(&rest, ':') : NULL;
	if (!name || !name[0])
		return r;

	r = read_owned(needs, unit, setting, root, name, &link);
	if (r < 0)
		return r;
	/* One "../" for each directory of b below the root of both. */
	target = pool_copy(needs->pool, path + strlen(root) + 1);
	for (const char *p = link + strlen(root) + 1; target && (p = strchr(p, '/')); p++)
		target = pool_format(needs->pool, "../%s", target);
	return target ? needs_add(needs, unit, setting,
				  (struct need){ .kind = NEED_SYMLINK,
						 .path = link,
						 .target = target,
						 .owned = true })
		      : pool_exhausted();
}

/* "[-]source[:destination[:options]]"; the source is on the host. */
static int add_bind(struct needs *needs, const struct unit *unit,
		    const struct unit_setting *setting, char *word)
{
	char *rest = word, *source = next_part(&rest, COLON), *destination = NULL;
	char shown[LOG_ESCAPED_SIZE];
	const char *path;
	int r;

	if (rest && rest[0] != COLON)
		destination = next_part(&rest, COLON);
	source += source[0] == '-';
	/* Specifiers in the source matter only if it is the destination as well. */
	if (source[0] != '/' && source[0] != '%') {
		unit_error(unit, setting->line, "%s='%s' is not an absolute path", setting->key,
			   log_escape(source, shown));
		return -EINVAL;
	}
	if (!destination || destination[0] == '\0')
		destination = source;
	r = needs_path(needs->pool, unit, setting, destination, &path);
	return r < 0 ? r : add_place(needs, NEED_MOUNT_POINT, unit, setting, path);
}

/* "path:options". */
static int add_file_system(struct needs *needs, const struct unit *unit,
			   const struct unit_setting *setting, char *word)
{
	const char *path;
	int r;

	r = needs_path(needs->pool, unit, setting, next_part(&word, ':'), &path);
	return r < 0 ? r : add_place(needs, NEED_DIRECTORY, unit, setting, path);
}

/* "[-]image:destination[:options]". */
static int add_image(struct needs *needs, const struct unit *unit,
		     const struct unit_setting *setting, char *word)
{
	const char *path;
	int r;

	(void)next_part(&word, ':');
	if (!word) {
		unit_error(unit, setting->line, "%s= names an image without a destination",
			   setting->key);
		return -EINVAL;
	}
	r = needs_path(needs->pool, unit, setting, next_part(&word, ':'), &path);
	return r < 0 ? r : add_place(needs, NEED_DIRECTORY, unit, setting, path);
}

/* Extensions are mounted over these (systemd.exec(5)). */
static int add_extension(struct needs *needs, const struct unit *unit,
			 const struct unit_setting *setting, char *word)
{
	static const char *const hierarchies[] = { "/usr", "/opt", "/etc" };
	int r = 0;

	(void)word;
	for (size_t i = 0; i < ELEMENTS(hierarchies) && r >= 0; i++)
		r = add_place(needs, NEED_DIRECTORY, unit, setting, hierarchies[i]);
	return r;
}

/* "[-][+]path"; with "-" it may be missing. */
static int add_access(struct needs *needs, const struct unit *unit,
		      const struct unit_setting *setting, char *word)
{
	const char *path;
	int r;

	if (word[0] == '-')
		return 0;
	r = needs_path(needs->pool, unit, setting, word + (word[0] == '+'), &path);
	return r < 0 ? r : add_place(needs, NEED_MOUNT_POINT, unit, setting, path);
}

/* The last of a setting that takes one value; or NULL. */
static const struct unit_setting *last_setting(const struct unit *unit, const char *key)
{
	const struct unit_setting *setting = NULL, *last = NULL;

	while ((setting = unit_file_next(&unit->file, "Service", key, setting)))
		last = setting;
	return last;
}

/* "[-]path" or "~", the user's home, which is known only at start. */
static int add_working_directory(struct needs *needs, const struct unit *unit)
{
	const struct unit_setting *last = last_setting(unit, "WorkingDirectory");
	const char *path;
	int r;

	if (!last || last->value[0] == '-' || strcmp(last->value, "~") == 0)
		return 0;
	r = needs_path(needs->pool, unit, last, last->value, &path);
	return r < 0 ? r : add_place(needs, NEED_DIRECTORY, unit, last, path);
}

/* ProtectHome=tmpfs mounts over these two; its other values ignore what is missing. */
static int add_homes(struct needs *needs, const struct unit *unit)
{
	static const char *const homes[] = { "/home", "/root" };
	const struct unit_setting *last = last_setting(unit, "ProtectHome");
	int r = 0;

	if (!last || strcmp(last->value, "tmpfs") != 0)
		return 0;
	for (size_t i = 0; i < ELEMENTS(homes) && r >= 0; i++)
		r = add_place(needs, NEED_DIRECTORY, unit, last, homes[i]);
	return r;
}

/* Marks the colons outside of quotes, where systemd's extract_first_word() ends a word. */
static void mark_colons(char *value)
{
	char quote = '\0';

	for (char *p = value; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == ':')
			*p = COLON;
	}
}

typedef int add_fn(struct needs *needs, const struct unit *unit, const struct unit_setting *setting,
		   char *word);

static const struct {
	const char *key;
	add_fn *add;
	const char *root; /* of a directory that systemd makes for the service */
} place_keys[] = {
	{ "StateDirectory", NULL, "/var/lib" },
	{ "CacheDirectory", NULL, "/var/cache" },
	{ "LogsDirectory", NULL, "/var/log" },
	{ "ConfigurationDirectory", NULL, CONFIGURATION_ROOT },
	{ "BindPaths", add_bind, NULL },
	{ "BindReadOnlyPaths", add_bind, NULL },
	{ "TemporaryFileSystem", add_file_system, NULL },
	{ "MountImages", add_image, NULL },
	{ "ExtensionImages", add_extension, NULL },
	{ "ExtensionDirectories", add_extension, NULL },
	{ "ReadWritePaths", add_access, NULL },
	{ "ReadOnlyPaths", add_access, NULL },
	{ "InaccessiblePaths", add_access, NULL },
	{ "ExecPaths", add_access, NULL },
	{ "NoExecPaths", add_access, NULL },
};

static int add_setting(struct needs *needs, const struct unit *unit,
		       const struct unit_setting *setting, size_t key)
{
	struct unit_words words;
	char *value;
	int r;

	value = pool_copy(needs->pool, setting->value);
	if (!value)
		return pool_exhausted();
	if (place_keys[key].add == add_bind)
		mark_colons(value);
	r = needs_words(unit, setting, value, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < words.n && r >= 0; i++)
		r = place_keys[key].root
			    ? add_owned(needs, unit, setting, place_keys[key].root, words.at[i])
			    : place_keys[key].add(needs, unit, setting, words.at[i]);
	unit_words_release(&words);
	return r;
}

int needs_places(struct needs *needs, const struct unit *unit)
{
	const struct unit_setting *setting;
	int r = 0, q;

	if (!unit_is_service(unit))
		return 0;
	for (size_t i = 0; i < ELEMENTS(place_keys); i++) {
		setting = NULL;
		while ((setting = unit_file_next(&unit->file, "Service", place_keys[i].key,
						 setting))) {
			q = add_setting(needs, unit, setting, i);
			if (q < 0 && q != -EINVAL)
				return q;
			r = q < 0 ? q : r;
		}
	}
	q = add_working_directory(needs, unit);
	r = q < 0 ? q : r;
	q = q < 0 && q != -EINVAL ? q : add_homes(needs, unit);
	return q < 0 ? q : r;
}
