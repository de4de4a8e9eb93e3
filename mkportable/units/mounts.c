/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd mounts for a service of an image. */
#include "units/mounts.h"

#include "elements.h"
#include "log.h"
#include "units/facts.h"
#include "units/needs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ConfigurationDirectory= is the only one of its kind without links. */
#define CONFIGURATION_ROOT "/etc"

/* Marks a colon that separates; systemd refuses control characters in units. */
#define COLON '\1'

struct reading {
	struct mounts *mounts;
	struct unit unit; /* the instance, with the settings of the profile behind its own */
	const struct mounts_request *request;
};

/* PATHS of the profile "default": what decides about mounts, and the user. */
static struct unit_setting default_settings[] = {
	{ "Service", "MountAPIVFS", "yes", 0 },
	{ "Service", "BindLogSockets", "yes", 0 },
	{ "Service", "BindReadOnlyPaths", MACHINE_ID, 0 },
	{ "Service", "BindReadOnlyPaths", "-" RESOLV_CONF, 0 },
	{ "Service", "BindReadOnlyPaths", "/run/dbus/system_bus_socket", 0 },
	{ "Service", "DynamicUser", "yes", 0 },
	{ "Service", "PrivateDevices", "yes", 0 },
	{ "Service", "PrivateUsers", "yes", 0 },
	{ "Service", "ProtectSystem", "strict", 0 },
	{ "Service", "ProtectHome", "yes", 0 },
	{ "Service", "ProtectControlGroups", "yes", 0 },
};

const struct unit_file mounts_default_profile = {
	.n = ELEMENTS(default_settings),
	.settings = default_settings,
};

static int add(struct reading *r, const struct unit_setting *setting, struct mount mount)
{
	struct mounts *mounts = r->mounts;
	struct mount *kept;

	if (mounts->n >= MOUNTS_MAX)
		return 0;
	kept = pool_take(mounts->pool, sizeof *kept);
	if (!kept)
		return pool_exhausted();
	if (setting) {
		mount.key = setting->key;
		mount.line = setting->line;
	}
	mount.noexec = mount.noexec || mount.mode == MOUNT_NOEXEC || mount.mode == MOUNT_PROC ||
		       mount.mode == MOUNT_SYS || mount.mode == MOUNT_PRIVATE_DEV ||
		       mount.mode == MOUNT_INACCESSIBLE;
	mount.exec = mount.mode == MOUNT_EXEC;
	mount.read_only = mount.mode == MOUNT_READ_ONLY ||
			  (setting && strcmp(setting->key, "BindReadOnlyPaths") == 0);
	mounts->undecided = mounts->undecided || strstr(mount.path, MOUNTS_ANY_INSTANCE);
	*kept = mount;
	*mounts->end = kept;
	mounts->end = &kept->next;
	mounts->n++;
	return 0;
}

static int implied(struct reading *r, enum mount_mode mode, const char *path, bool optional)
{
	return add(r, NULL, (struct mount){ .mode = mode, .path = path, .optional = optional });
}

static int read_path(struct reading *r, const struct unit_setting *setting, const char *text,
		     const char **ret)
{
	return needs_path(r->mounts->pool, &r->unit, setting, text, ret);
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
static int read_owned(struct reading *r, const struct unit_setting *setting, const char *root,
		      const char *name, const char **ret)
{
	char shown[LOG_ESCAPED_SIZE], *path;

	if (name[0] == '/') {
		unit_error(&r->unit, setting->line, "%s='%s' must be relative to %s", setting->key,
			   log_escape(name, shown), root);
		return -EINVAL;
	}
	if (name[0] == '\0') {
		unit_error(&r->unit, setting->line, "%s= has an empty name", setting->key);
		return -EINVAL;
	}
	path = pool_format(r->mounts->pool, "%s/%s", root, name);
	return path ? read_path(r, setting, path, ret) : pool_exhausted();
}

/* "x", "x/y", "a:b", "a:b:flags"; b becomes a link to a. */
static int add_owned(struct reading *r, const struct unit_setting *setting, const char *root,
		     char *word)
{
	struct mount directory = { .mode = MOUNT_BIND, .path = "", .owned = true };
	struct mount link = { .mode = MOUNT_LINK, .path = "", .owned = true };
	char *rest = word, *name = next_part(&rest, ':'), *target;
	char shown[LOG_ESCAPED_SIZE];
	size_t up = 0;
	int q;

	if (strcmp(name, "private") == 0 || strncmp(name, "private/", strlen("private/")) == 0) {
		unit_error(&r->unit, setting->line,
			   "systemd ignores %s='%s': it may not be in 'private'", setting->key,
			   log_escape(name, shown));
		return -EINVAL;
	}
	if (rest && strcmp(root, CONFIGURATION_ROOT) == 0) {
		unit_error(&r->unit, setting->line,
			   "systemd ignores %s='%s:...': ':' works only for state, cache and logs",
			   setting->key, log_escape(name, shown));
		return -EINVAL;
	}
	q = read_owned(r, setting, root, name, &directory.path);
	if (q == 0)
		q = add(r, setting, directory);
	name = q == 0 && rest ? next_part(&rest, ':') : NULL;
	if (name && rest && rest[0] && strcmp(rest, "ro") != 0) {
		unit_error(&r->unit, setting->line,
			   "systemd ignores %s='...:%s': the only flag is 'ro'", setting->key,
			   log_escape(rest, shown));
		return -EINVAL;
	}
	if (!name || !name[0])
		return q;

	q = read_owned(r, setting, root, name, &link.path);
	if (q < 0)
		return q;
	/* One "../" for each directory of b below the root of both. */
	for (const char *p = link.path + strlen(root) + 1; (p = strchr(p, '/')); p++)
		up++;
	target = pool_take(r->mounts->pool, up * strlen("../") + strlen(directory.path) + 1);
	if (!target)
		return pool_exhausted();
	link.target = target;
	for (; up > 0; up--)
		target = stpcpy(target, "../");
	(void)stpcpy(target, directory.path + strlen(root) + 1);
	return add(r, setting, link);
}

/* "[-]source[:destination[:options]]"; the source is on the host. */
static int add_bind(struct reading *r, const struct unit_setting *setting, enum mount_mode mode,
		    char *word)
{
	struct mount mount = { .mode = mode, .path = "" };
	char *rest = word, *source = next_part(&rest, COLON), *destination = NULL;
	char shown[LOG_ESCAPED_SIZE], letter;
	const char *expanded;
	int q;

	if (rest && rest[0] != COLON)
		destination = next_part(&rest, COLON);
	else if (rest)
		rest++;
	mount.optional = source[0] == '-';
	source += mount.optional;
	if (rest && rest[0] && strcmp(rest, "rbind") != 0 && strcmp(rest, "norbind") != 0) {
		for (char *p = rest; (p = strchr(p, COLON));)
			*p = ':';
		unit_error(&r->unit, setting->line,
			   "systemd ignores %s=: its options are 'rbind' and 'norbind', not '%s'",
			   setting->key, log_escape(rest, shown));
		return -EINVAL;
	}
	/* Specifiers in the source matter only if it is the destination as well. */
	if (source[0] != '/' && source[0] != '%') {
		unit_error(&r->unit, setting->line, "%s='%s' is not an absolute path", setting->key,
			   log_escape(source, shown));
		return -EINVAL;
	}
	if (!destination || destination[0] == '\0')
		destination = source;
	q = unit_expand(&r->unit, source, r->mounts->pool, &expanded, &letter);
	mount.source = q == 0 ? expanded : pool_copy(r->mounts->pool, source);
	q = q < 0 || !mount.source ? pool_exhausted()
				   : read_path(r, setting, destination, &mount.path);
	return q < 0 ? q : add(r, setting, mount);
}

/*
 * The options of tmpfs(5), with what their values consist of, and those of mount(8). With
 * others, and with other values, the mount fails.
 */
static bool is_tmpfs_option(const char *option, size_t length)
{
	static const struct {
		const char *name, *characters; /* NULL: a word */
	} settings[] = {
		{ "size", "0123456789kKmMgGtTpPeE%" },
		{ "nr_blocks", "0123456789kKmMgGtTpPeE" },
		{ "nr_inodes", "0123456789kKmMgGtTpPeE" },
		{ "mode", "01234567" },
		{ "uid", "0123456789" },
		{ "gid", "0123456789" },
		{ "huge", NULL },
		{ "mpol", NULL },
	};
	static const char *const flags[] = {
		"inode32",       "inode64",    "noswap",      "quota",     "usrquota",
		"grpquota",      "casefold",   "ro",          "rw",        "suid",
		"nosuid",        "dev",        "nodev",       "exec",      "noexec",
		"sync",          "async",      "dirsync",     "atime",     "noatime",
		"relatime",      "norelatime", "strictatime", "diratime",  "nodiratime",
		"nostrictatime", "lazytime",   "nolazytime",  "defaults",  "nofail",
		"auto",          "noauto",     "user",        "nouser",    "users",
		"group",         "silent",     "loud",        "mand",      "nomand",
		"iversion",      "noiversion", "nosymfollow", "symfollow", "remount",
		"bind",          "rbind",
	};
	size_t name = strcspn(option, "=,");
	const char *value = option + name + 1;

	for (size_t i = 0; name < length && i < ELEMENTS(settings); i++)
		if (strlen(settings[i].name) == name &&
		    strncmp(settings[i].name, option, name) == 0)
			return name + 1 < length &&
			       (!settings[i].characters ||
				strspn(value, settings[i].characters) >= length - name - 1);
	for (size_t i = 0; name == length && i < ELEMENTS(flags); i++)
		if (strlen(flags[i]) == length && strncmp(flags[i], option, length) == 0)
			return true;
	return length == 0 || strncmp(option, "x-", 2) == 0;
}

/* "path:options". */
static int add_file_system(struct reading *r, const struct unit_setting *setting,
			   enum mount_mode mode, char *word)
{
	struct mount mount = { .mode = mode, .path = "", .permissions = 0755 };
	const char *path = next_part(&word, ':'), *option = word;
	char shown[LOG_ESCAPED_SIZE];
	int q = read_path(r, setting, path, &mount.path);

	for (; q == 0 && option && *option; option += *option == ',') {
		if (!is_tmpfs_option(option, strcspn(option, ","))) {
			unit_error(&r->unit, setting->line,
				   "%s='%s:%s': tmpfs does not take the options; the start fails",
				   setting->key, path, log_escape(word, shown));
			q = -EINVAL;
		}
		if (strncmp(option, "mode=", strlen("mode=")) == 0)
			mount.permissions = (mode_t)strtoul(option + strlen("mode="), NULL, 8);
		option += strcspn(option, ",");
	}
	return q < 0 ? q : add(r, setting, mount);
}

/* An image or a directory of the host. */
static int check_source(struct reading *r, const struct unit_setting *setting, const char *source)
{
	char shown[LOG_ESCAPED_SIZE];

	if (source[0] == '/' || source[0] == '%')
		return 0;
	unit_error(&r->unit, setting->line, "%s='%s' is not an absolute path", setting->key,
		   log_escape(source, shown));
	return -EINVAL;
}

/* "[-]image:destination[:options]". */
static int add_image(struct reading *r, const struct unit_setting *setting, enum mount_mode mode,
		     char *word)
{
	struct mount mount = { .mode = mode, .path = "", .optional = word[0] == '-' };
	int q;

	word += mount.optional;
	q = check_source(r, setting, next_part(&word, ':'));
	if (q < 0)
		return q;
	if (!word) {
		unit_error(&r->unit, setting->line, "%s= names an image without a destination",
			   setting->key);
		return -EINVAL;
	}
	q = read_path(r, setting, next_part(&word, ':'), &mount.path);
	return q < 0 ? q : add(r, setting, mount);
}

/* Extensions are mounted over these (systemd.exec(5)). */
static int add_extension(struct reading *r, const struct unit_setting *setting,
			 enum mount_mode mode, char *word)
{
	static const char *const hierarchies[] = { "/usr", "/opt", "/etc" };
	int q = check_source(r, setting, word + (word[0] == '-'));

	for (size_t i = 0; i < ELEMENTS(hierarchies) && q >= 0; i++)
		q = add(r, setting,
			(struct mount){ .mode = mode, .path = hierarchies[i], .optional = true });
	return q;
}

/* "[-][+]path"; with "-" it may be missing. */
static int add_access(struct reading *r, const struct unit_setting *setting, enum mount_mode mode,
		      char *word)
{
	struct mount mount = { .mode = mode, .path = "", .optional = word[0] == '-' };
	int q;

	word += mount.optional;
	q = read_path(r, setting, word + (word[0] == '+'), &mount.path);
	/* With RootDirectory= it is a path of the host, which is not there, but for "+". */
	return q < 0 || (r->request->is_directory && word[0] != '+') ? q : add(r, setting, mount);
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

typedef int add_fn(struct reading *r, const struct unit_setting *setting, enum mount_mode mode,
		   char *word);

static const struct mount_key {
	const char *key;
	add_fn *add;
	enum mount_mode mode;
	bool sandbox;     /* not for a command with the prefix "+" */
	const char *root; /* of a directory that systemd makes for the service */
} mount_keys[] = {
	{ "StateDirectory", NULL, MOUNT_BIND, false, "/var/lib" },
	{ "CacheDirectory", NULL, MOUNT_BIND, false, "/var/cache" },
	{ "LogsDirectory", NULL, MOUNT_BIND, false, "/var/log" },
	{ "RuntimeDirectory", NULL, MOUNT_BIND, false, "/run" },
	{ "ConfigurationDirectory", NULL, MOUNT_BIND, false, CONFIGURATION_ROOT },
	{ "BindPaths", add_bind, MOUNT_BIND, false, NULL },
	{ "BindReadOnlyPaths", add_bind, MOUNT_BIND, false, NULL },
	{ "TemporaryFileSystem", add_file_system, MOUNT_TMPFS, false, NULL },
	{ "MountImages", add_image, MOUNT_IMAGE, false, NULL },
	{ "ExtensionImages", add_extension, MOUNT_OVERLAY, false, NULL },
	{ "ExtensionDirectories", add_extension, MOUNT_OVERLAY, false, NULL },
	{ "ReadWritePaths", add_access, MOUNT_READ_WRITE, false, NULL },
	{ "ReadOnlyPaths", add_access, MOUNT_READ_ONLY, true, NULL },
	{ "InaccessiblePaths", add_access, MOUNT_INACCESSIBLE, true, NULL },
	{ "ExecPaths", add_access, MOUNT_EXEC, true, NULL },
	{ "NoExecPaths", add_access, MOUNT_NOEXEC, true, NULL },
};

static int add_setting(struct reading *r, const struct unit_setting *setting,
		       const struct mount_key *key)
{
	struct unit_words words;
	char *value;
	int q;

	value = pool_copy(r->mounts->pool, setting->value);
	if (!value)
		return pool_exhausted();
	if (key->add == add_bind)
		mark_colons(value);
	q = needs_words(&r->unit, setting, value, &words);
	if (q < 0)
		return q;
	for (size_t i = 0; i < words.n && q >= 0 && r->mounts->n < MOUNTS_MAX; i++)
		q = key->root ? add_owned(r, setting, key->root, words.at[i])
			      : key->add(r, setting, key->mode, words.at[i]);
	unit_words_release(&words);
	return q;
}

static const char *value_of(const struct reading *r, const char *key)
{
	return unit_value(&r->unit, "Service", key);
}

static bool is_yes(const struct reading *r, const char *key)
{
	return unit_file_is_yes(&r->unit.file, "Service", key);
}

/* Whether an enumeration is set, and not to no. */
static bool is_on(const struct reading *r, const char *key)
{
	const char *value = value_of(r, key);
	bool yes;

	return value[0] && (parse_boolean(value, &yes) < 0 || yes);
}

struct implied_mount {
	const char *path;
	enum mount_mode mode;
	bool optional;
};

static int add_all(struct reading *r, const struct implied_mount *table, size_t n)
{
	int q = 0;

	for (size_t i = 0; i < n && q >= 0; i++)
		q = implied(r, table[i].mode, table[i].path, table[i].optional);
	return q;
}

/* append_protect_system() */
static int add_protect_system(struct reading *r, bool dynamic)
{
	static const struct implied_mount strict[] = {
		{ "/", MOUNT_READ_ONLY, false },
		{ "/proc", MOUNT_READ_WRITE_IMPLICIT, false },
		{ "/sys", MOUNT_READ_WRITE_IMPLICIT, false },
		{ "/dev", MOUNT_READ_WRITE_IMPLICIT, false },
		{ "/home", MOUNT_READ_WRITE_IMPLICIT, true },
		{ "/run/user", MOUNT_READ_WRITE_IMPLICIT, true },
		{ "/root", MOUNT_READ_WRITE_IMPLICIT, true },
	};
	static const struct implied_mount full[] = {
		{ "/usr", MOUNT_READ_ONLY, false },
		{ "/boot", MOUNT_READ_ONLY, true },
		{ "/efi", MOUNT_READ_ONLY, true },
		{ "/etc", MOUNT_READ_ONLY, false }, /* not with "yes" */
	};
	bool is_full = strcmp(value_of(r, "ProtectSystem"), "full") == 0;

	if (dynamic || strcmp(value_of(r, "ProtectSystem"), "strict") == 0) {
		r->mounts->read_only_root = true;
		return add_all(r, strict, ELEMENTS(strict));
	}
	return is_full || is_yes(r, "ProtectSystem") ? add_all(r, full, ELEMENTS(full) - !is_full)
						     : 0;
}

/* append_protect_home(). DynamicUser=yes makes it read-only at least. */
static int add_protect_home(struct reading *r, bool dynamic)
{
	static const char *const homes[] = { "/home", "/run/user", "/root" };
	const char *value = value_of(r, "ProtectHome");
	bool tmpfs = strcmp(value, "tmpfs") == 0;
	struct mount mount = { .mode = strcmp(value, "read-only") == 0 ? MOUNT_READ_ONLY
				       : tmpfs                         ? MOUNT_TMPFS
				       : is_yes(r, "ProtectHome")      ? MOUNT_INACCESSIBLE
								       : MOUNT_READ_ONLY,
			       .optional = !tmpfs,
			       .permissions = 0755 };
	struct unit_setting setting = { .key = "ProtectHome" };
	int q = 0;

	if (!dynamic && !is_on(r, "ProtectHome")) {
		r->mounts->read_only_root = false;
		return 0;
	}
	for (size_t i = 0; i < r->unit.file.n; i++)
		if (strcmp(r->unit.file.settings[i].key, setting.key) == 0)
			setting.line = r->unit.file.settings[i].line;
	for (size_t i = 0; i < ELEMENTS(homes) && q >= 0; i++) {
		mount.path = homes[i];
		q = add(r, &setting, mount);
	}
	return q;
}

/* What is mounted for each service, except for a command with the prefix "+". */
static int add_sandbox(struct reading *r, bool dynamic)
{
	static const struct implied_mount api[] = {
		{ "/proc", MOUNT_PROC, false },
		{ "/dev", MOUNT_DEV, false },
		{ "/sys", MOUNT_SYS, false },
		{ "/run", MOUNT_RUN, false },
	};
	static const struct implied_mount logs[] = {
		{ "/run/systemd/journal/socket", MOUNT_BIND, true },
		{ "/run/systemd/journal/stdout", MOUNT_BIND, true },
		{ "/run/systemd/journal/dev-log", MOUNT_BIND, true },
	};
	static const struct implied_mount private_tmp[] = {
		{ "/tmp", MOUNT_PRIVATE_TMP, false },
		{ "/var/tmp", MOUNT_PRIVATE_TMP, false },
	};
	bool apivfs = true;
	int q = 0;

	/* namespace_parameters_mount_apivfs(): these need the API file systems. */
	if (parse_boolean(value_of(r, "MountAPIVFS"), &apivfs) == 0 && !apivfs)
		apivfs = is_on(r, "ProtectControlGroups") || is_yes(r, "ProtectKernelTunables") ||
			 value_of(r, "ProtectProc")[0] || value_of(r, "ProcSubset")[0] ||
			 is_on(r, "PrivatePIDs");
	if (dynamic || is_on(r, "PrivateTmp"))
		q = add_all(r, private_tmp, ELEMENTS(private_tmp));
	if (q == 0 && is_yes(r, "PrivateDevices"))
		q = implied(r, MOUNT_PRIVATE_DEV, "/dev", false);
	if (q == 0)
		q = add_protect_system(r, dynamic);
	if (q == 0)
		q = add_protect_home(r, dynamic);
	if (q == 0 && apivfs)
		q = add_all(r, api, ELEMENTS(api));
	/* With the os-release of the host, since 254. */
	if (q == 0 && apivfs &&
	    (!r->request->systemd_version || r->request->systemd_version >= 254))
		q = implied(r, MOUNT_BIND, "/run/host/.os-release-stage", true);
	if (q == 0 && is_yes(r, "BindLogSockets"))
		q = add_all(r, logs, ELEMENTS(logs));
	return q;
}

/* A directory below another one is made there, and not mounted (exec_directory_sort()). */
static void find_nested(struct mounts *mounts)
{
	for (struct mount *inner = mounts->first; inner; inner = inner->next)
		for (struct mount *outer = mounts->first; outer; outer = outer->next)
			if (inner->owned && outer->owned && inner->mode == MOUNT_BIND &&
			    outer->mode != MOUNT_LINK && strcmp(inner->key, outer->key) == 0 &&
			    strlen(outer->path) < strlen(inner->path) &&
			    strncmp(inner->path, outer->path, strlen(outer->path)) == 0 &&
			    inner->path[strlen(outer->path)] == '/')
				inner->mode = MOUNT_MADE;
}

/* "[-]path" or "~", the user's home, which is known only at start. */
static int read_working_directory(struct reading *r)
{
	static const char *const apis[] = { "/proc", "/sys", "/dev" };
	const struct unit_setting *last = NULL;
	const char *value;
	int q;

	r->mounts->directory = "/";
	for (size_t i = 0; i < r->unit.file.n; i++)
		if (strcmp(r->unit.file.settings[i].section, "Service") == 0 &&
		    strcmp(r->unit.file.settings[i].key, "WorkingDirectory") == 0)
			last = &r->unit.file.settings[i];
	if (!last || !last->value[0])
		return 0;
	value = last->value;
	r->mounts->directory_line = last->line;
	r->mounts->directory_optional = value[0] == '-';
	value += value[0] == '-';
	r->mounts->directory = NULL;
	if (strcmp(value, "~") == 0)
		return 0;
	q = read_path(r, last, value, &r->mounts->directory);
	r->mounts->undecided = r->mounts->undecided ||
			       (q == 0 && strstr(r->mounts->directory, MOUNTS_ANY_INSTANCE));
	/* Measured: 257 refuses it, 252 does not. */
	if (r->request->systemd_version && r->request->systemd_version < 255)
		return q;
	for (size_t i = 0; q == 0 && i < ELEMENTS(apis); i++)
		if (strncmp(r->mounts->directory, apis[i], strlen(apis[i])) == 0 &&
		    strchr("/", r->mounts->directory[strlen(apis[i])])) {
			unit_error(&r->unit, last->line,
				   "%s='%s' may not be in %s; systemd refuses the unit", last->key,
				   r->mounts->directory, apis[i]);
			q = -EINVAL;
		}
	return q;
}

static bool is_root(const char *name)
{
	return strcmp(name, "root") == 0 || strcmp(name, "0") == 0;
}

static int read_all(struct reading *r)
{
	const struct mounts_request *request = r->request;
	bool dynamic = is_yes(r, "DynamicUser");
	struct mounts *mounts = r->mounts;
	const struct unit_setting *setting;
	int result = 0, q;

	mounts->user_is_root = value_of(r, "User")[0] ? is_root(value_of(r, "User")) : !dynamic;
	mounts->private_users = is_on(r, "PrivateUsers");
	mounts->group_is_root =
		is_root(value_of(r, "Group")) || is_root(value_of(r, "SupplementaryGroups"));
	for (size_t i = 0; i < ELEMENTS(mount_keys); i++) {
		setting = NULL;
		if (request->privileged && mount_keys[i].sandbox)
			continue;
		while ((setting = unit_file_next(&r->unit.file, "Service", mount_keys[i].key,
						 setting))) {
			q = add_setting(r, setting, &mount_keys[i]);
			if (q < 0 && q != -EINVAL)
				return q;
			result = q < 0 ? q : result;
		}
	}
	find_nested(mounts);
	q = read_working_directory(r);
	result = q < 0 ? q : result;
	if (!request->privileged && (q >= 0 || q == -EINVAL))
		q = add_sandbox(r, dynamic);
	if (q >= 0 || q == -EINVAL)
		q = implied(r, MOUNT_INACCESSIBLE, "/run/credentials", true);
	if (q == 0)
		q = implied(r, MOUNT_BIND, "/run/systemd/incoming", false);
	if (q < 0 && q != -EINVAL)
		return q;
	/* A service writes to its memory.pressure (since 254), even if /sys/fs/cgroup is read-only. */
	if (is_on(r, "ProtectControlGroups") &&
	    (!request->systemd_version || request->systemd_version >= 254)) {
		mounts->read_only_root = false;
		if (request->privileged && !request->is_directory)
			return implied(r, MOUNT_READ_WRITE, "/sys/fs/cgroup/memory.pressure",
				       false);
	}
	if (unit_file_next(&r->unit.file, "Service", "ReadWritePaths", NULL))
		mounts->read_only_root = false;
	return result;
}

const char *mounts_shown_path(struct pool *pool, const char *path)
{
	char *shown = pool_take(pool, 2 * strlen(path) + 1), *end = shown;

	if (!shown)
		return NULL;
	for (; *path; path++) {
		bool any = *path == MOUNTS_ANY_INSTANCE[0];

		*end++ = any ? '%' : *path;
		if (any)
			*end++ = 'i';
	}
	*end = '\0';
	return shown;
}

static void say_nothing(void *userdata, const struct unit *unit, unsigned line, bool undecided,
			const char *message)
{
	(void)userdata;
	(void)unit;
	(void)line;
	(void)undecided;
	(void)message;
}

/* The settings of the unit, then those of the profile, which have no line. */
static int merge(struct reading *r)
{
	const struct unit_file *own = &r->request->unit->file, *profile = r->request->profile;
	struct unit_setting *merged;

	if (!profile)
		return 0;
	merged = pool_take(r->mounts->pool, (own->n + profile->n) * sizeof *merged);
	if (!merged)
		return pool_exhausted();
	for (size_t i = 0; i < own->n + profile->n; i++) {
		merged[i] = i < own->n ? own->settings[i] : profile->settings[i - own->n];
		if (i >= own->n)
			merged[i].line = 0;
	}
	r->unit.file.settings = merged;
	r->unit.file.n = own->n + profile->n;
	return 0;
}

int mounts_read(struct pool *pool, const struct mounts_request *request, struct mounts *ret)
{
	struct reading r = { .mounts = ret, .unit = *request->unit, .request = request };
	const struct unit *unit = request->unit;
	int q;

	*ret = (struct mounts){ .pool = pool, .unit = unit };
	ret->end = &ret->first;
	if (request->quiet)
		r.unit.report = say_nothing;
	if (unit_is_template(unit)) {
		r.unit.name = pool_format(
			pool, "%.*s%s%s", (int)(unit->suffix - unit->name), unit->name,
			request->instance ? request->instance : MOUNTS_ANY_INSTANCE, unit->suffix);
		if (!r.unit.name)
			return pool_exhausted();
		r.unit.suffix = r.unit.name + strlen(r.unit.name) - strlen(unit->suffix);
	}
	q = merge(&r);
	return q < 0 ? q : read_all(&r);
}

/* The instance in a word like "x@INSTANCE.service"; NULL: it is not one of the template. */
static const char *instance_in(struct pool *pool, const struct unit *template, const char *word)
{
	size_t stem = (size_t)(template->suffix - template->name), length;

	if (strncmp(word, template->name, stem) != 0)
		return NULL;
	word += stem;
	length = strcspn(word, " \t%");
	if (length <= strlen(template->suffix) ||
	    strncmp(word + length - strlen(template->suffix), template->suffix,
		    strlen(template->suffix)) != 0)
		return NULL;
	return pool_copy_bytes(pool, word, length - strlen(template->suffix));
}

const char *mounts_next_instance(struct pool *pool, const struct unit *template,
				 const struct unit *units, size_t *state)
{
	const char *instance = unit_value(template, "Install", "DefaultInstance"), *word;
	size_t n = 0;

	if (!unit_is_template(template) || *state > MOUNTS_INSTANCES_MAX)
		return NULL;
	++*state;
	if (instance[0] && !strchr(instance, '%') && ++n == *state)
		return instance;
	for (; units; units = units->next) {
		instance = instance_in(pool, template, units->name);
		if (instance && ++n == *state)
			return instance;
		for (size_t i = 0; i < units->file.n; i++) {
			word = units->file.settings[i].value;
			for (; *word; word += strspn(word, " \t")) {
				instance = instance_in(pool, template, word);
				if (instance && ++n == *state)
					return instance;
				word += strcspn(word, " \t");
			}
		}
	}
	return NULL;
}
