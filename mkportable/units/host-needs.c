/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that look at the host: systemd.unit(5), systemd.exec(5), systemd.socket(5). */
#include "units/host-needs.h"

#include "elements.h"
#include "number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

struct reading {
	const struct unit *unit;
	struct pool *pool;
	struct host_need **end;
	const struct unit_setting *setting; /* that is read */
};

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

/* Whether every host that runs systemd has it. */
static bool is_everywhere(enum host_need_kind kind, const char *name)
{
	static const char *const files[] = {
		"/etc/hostname",
		"/etc/machine-id",
		"/etc/os-release",
		"/usr/lib/os-release",
	};
	static const char *const paths[] = {
		"/",
		"/dev",
		"/dev/console",
		"/dev/full",
		"/dev/log",
		"/dev/null",
		"/dev/ptmx",
		"/dev/random",
		"/dev/shm",
		"/dev/tty",
		"/dev/urandom",
		"/dev/zero",
		"/etc",
		"/home",
		"/proc",
		"/root",
		"/run",
		"/run/systemd/journal/dev-log",
		"/run/systemd/journal/socket",
		"/run/systemd/journal/stdout",
		"/run/systemd/notify",
		"/sys",
		"/tmp",
		"/usr",
		"/var",
		"/var/lib",
		"/var/log",
		"/var/tmp",
	};
	static const char *const units[] = {
		"-.mount",
		"-.slice",
		"basic.target",
		"default.target",
		"graphical.target",
		"local-fs-pre.target",
		"local-fs.target",
		"machine.slice",
		"multi-user.target",
		"network-online.target",
		"network-pre.target",
		"network.target",
		"nss-lookup.target",
		"nss-user-lookup.target",
		"paths.target",
		"remote-fs.target",
		"shutdown.target",
		"slices.target",
		"sockets.target",
		"sysinit.target",
		"system.slice",
		"systemd-journald.service",
		"systemd-journald.socket",
		"time-sync.target",
		"timers.target",
		"user.slice",
	};

	switch (kind) {
	case HOST_REGULAR_FILE:
		return is_one_of(name, files, ELEMENTS(files));
	case HOST_FILE:
	case HOST_DIRECTORY:
	case HOST_DEVICE:
		return is_one_of(name, paths, ELEMENTS(paths)) ||
		       is_one_of(name, files, ELEMENTS(files));
	case HOST_UNIT:
		return is_one_of(name, units, ELEMENTS(units));
	case HOST_USER:
	case HOST_GROUP:
		return strcmp(name, "root") == 0 || strcmp(name, "0") == 0;
	case HOST_INTERFACE:
		return strcmp(name, "lo") == 0;
	default:
		return false;
	}
}

bool host_has_unit(const char *name)
{
	return is_everywhere(HOST_UNIT, name);
}

static int add(struct reading *reading, struct host_need need)
{
	struct host_need *kept;
	char letter;

	if (!need.name[0])
		return 0;
	if (unit_expand(reading->unit, need.name, reading->pool, &need.name, &letter) < 0)
		return pool_exhausted();
	if (!need.absent && is_everywhere(need.kind, need.name))
		return 0;
	kept = pool_take(reading->pool, sizeof *kept);
	need.name = pool_copy(reading->pool, need.name);
	if (!kept || !need.name)
		return pool_exhausted();
	need.key = reading->setting->key;
	need.line = reading->setting->line;
	*kept = need;
	*reading->end = kept;
	reading->end = &kept->next;
	return 0;
}

static int add_path(struct reading *reading, enum host_need_kind kind, const char *path)
{
	if (path[0] != '/' && path[0] != '%')
		return 0;
	return add(reading, (struct host_need){ .kind = kind, .name = path });
}

/* A name, or a path that "-" makes optional. */
static int read_word(struct reading *reading, enum host_need_kind kind, char *word)
{
	switch (kind) {
	case HOST_FILE:
	case HOST_REGULAR_FILE:
	case HOST_CERTAIN_FILE:
	case HOST_DIRECTORY:
	case HOST_DEVICE:
		return add_path(reading, kind, word);
	default:
		return add(reading, (struct host_need){ .kind = kind, .name = word });
	}
}

/* A user of the host; a number needs no name, and with DynamicUser= systemd makes one. */
static int read_user(struct reading *reading, enum host_need_kind kind, char *word)
{
	uint64_t number;

	if (parse_uint(word, 0, UINT32_MAX, &number) == 0 ||
	    unit_file_is_yes(&reading->unit->file, "Service", "DynamicUser"))
		return 0;
	return read_word(reading, kind, word);
}

/* "ID:PATH"; what is not a path is the name of a credential that the host's systemd has. */
static int read_credential(struct reading *reading, enum host_need_kind kind, char *word)
{
	char *path = strchr(word, ':');

	path = path && path[1] ? path + 1 : word;
	if (path[0] == '/' || path[0] == '%')
		return add_path(reading, HOST_FILE, path);
	path[strcspn(path, ":")] = '\0';
	return add(reading, (struct host_need){ .kind = kind, .name = path });
}

/* "[-]source[:destination[:options]]" */
static int read_source(struct reading *reading, enum host_need_kind kind, char *word)
{
	char *end = word, *destination;

	for (; *end && *end != ':'; end++)
		end += end[0] == '\\' && end[1];
	destination = *end && end[1] && end[1] != ':' ? end + 1 : NULL;
	*end = '\0';
	if (word[0] != '/' && word[0] != '%')
		return 0;
	return add(reading,
		   (struct host_need){ .kind = kind, .name = word, .is_own = !destination });
}

/* "path[:name[:options]]"; "graceful" makes it optional. */
static int read_open_file(struct reading *reading, enum host_need_kind kind, char *word)
{
	char *end = word + strcspn(word, ":");

	if (strstr(end, "graceful"))
		return 0;
	*end = '\0';
	return add_path(reading, kind, word);
}

/* What a socket passes: "socket", or "fd:NAME". */
static int read_descriptor(struct reading *reading, const char *word)
{
	const char *name = strncmp(word, "fd:", 3) == 0 ? word + 3 : "";

	if (strcmp(word, "socket") == 0)
		name = pool_format(reading->pool, "%.*s.socket",
				   (int)strcspn(reading->unit->name, "@."), reading->unit->name);
	return name ? add(reading, (struct host_need){ .kind = HOST_DESCRIPTOR, .name = name })
		    : pool_exhausted();
}

/* "file:/path"; what is written to is made, but for its directory. */
static int read_stream(struct reading *reading, enum host_need_kind kind, char *word)
{
	static const char *const made[] = { "file:", "append:", "truncate:" };
	bool is_input = strcmp(reading->setting->key, "StandardInput") == 0;

	for (size_t i = 0; i < ELEMENTS(made); i++) {
		size_t length = strlen(made[i]);
		char *slash;

		if (strncmp(word, made[i], length) != 0)
			continue;
		word += length;
		slash = strrchr(word, '/');
		if (is_input || !slash)
			return add_path(reading, kind, word);
		slash[slash == word] = '\0';
		return add_path(reading, HOST_DIRECTORY, word);
	}
	return read_descriptor(reading, word);
}

static int read_terminal(struct reading *reading, enum host_need_kind kind, char *word)
{
	static const char *const streams[] = { "StandardInput", "StandardOutput", "StandardError" };

	for (size_t i = 0; i < ELEMENTS(streams); i++)
		if (strncmp(unit_value(reading->unit, "Service", streams[i]), "tty", 3) == 0)
			return add_path(reading, kind, word);
	return 0;
}

/* "/dev/x rw"; "char-x" needs nothing. */
static int read_device(struct reading *reading, enum host_need_kind kind, char *word)
{
	word[strcspn(word, " \t")] = '\0';
	return strncmp(word, "/dev/", 5) == 0 ? add_path(reading, kind, word) : 0;
}

static bool is_local(const void *address, int family)
{
	static const unsigned char any[16], loopback6[16] = { [15] = 1 };
	const unsigned char *bytes = address;
	size_t size = family == AF_INET ? 4 : 16;

	return memcmp(bytes, any, size) == 0 || (family == AF_INET && bytes[0] == 127) ||
	       (family == AF_INET6 && memcmp(bytes, loopback6, size) == 0);
}

/*
 * "1.2.3.4:5", "[1::2]:5", "vsock:6:7": an address that the host must have, unless it may be
 * bound without.
 */
static int read_listen(struct reading *reading, enum host_need_kind kind, char *word)
{
	const struct unit_file *file = &reading->unit->file;
	char *end = strrchr(word, ':'), *interface;
	unsigned char address[16];
	int family = AF_INET;

	if (!end || unit_file_is_yes(file, "Socket", "FreeBind") ||
	    unit_file_is_yes(file, "Socket", "Transparent"))
		return 0;
	if (strncmp(word, "vsock", strlen("vsock")) == 0)
		return add(reading, (struct host_need){ .kind = kind, .name = word });
	*end = '\0';
	if (word[0] == '[') {
		word++;
		word[strcspn(word, "]")] = '\0';
		family = AF_INET6;
	}
	interface = strchr(word, '%');
	if (interface)
		*interface = '\0';
	if (inet_pton(family, word, address) != 1 || is_local(address, family))
		return 0;
	return add(reading, (struct host_need){ .kind = kind, .name = word });
}

/* Linux may have been built without those that are neither TCP nor UDP. */
static int read_protocol(struct reading *reading, enum host_need_kind kind, char *word)
{
	if (strncmp(word, "udp", strlen("udp")) == 0)
		return 0;
	return read_word(reading, kind, word);
}

/* The last word of a calendar event, unless it is a time, UTC, or all there is. */
static int read_time_zone(struct reading *reading, enum host_need_kind kind, char *value)
{
	char *zone = strrchr(value, ' ');

	if (!zone || !isupper((unsigned char)zone[1]) || strcmp(zone + 1, "UTC") == 0)
		return 0;
	return read_word(reading, kind, zone + 1);
}

/* The quota of a directory; "off" and no are none. */
static int read_quota(struct reading *reading, enum host_need_kind kind, char *word)
{
	bool wanted = true;

	(void)parse_boolean(word, &wanted);
	if (!wanted || strcmp(word, "off") == 0)
		return 0;
	return add(reading, (struct host_need){ .kind = kind, .name = "project quotas" });
}

/* The program of each command in a line; the Exec lines of a socket run on the host. */
static int read_command(struct reading *reading, enum host_need_kind kind, char *value)
{
	struct unit_words words;
	bool first = true;
	int r;

	r = unit_words_split(value, &words);
	if (r < 0)
		return r == -EINVAL ? 0 : pool_exhausted();
	for (size_t i = 0; i < words.n && r >= 0; i++) {
		size_t prefixes = strspn(words.at[i], "@-:+!|");

		if (words.at[i] == unit_separator) {
			first = true;
			continue;
		}
		if (first && !memchr(words.at[i], '-', prefixes))
			r = add(reading,
				(struct host_need){ .kind = kind, .name = words.at[i] + prefixes });
		first = false;
	}
	unit_words_release(&words);
	return r;
}

static int read_condition(struct reading *reading, enum host_need_kind kind, char *value)
{
	bool absent;

	value += value[0] == '|';
	value += strspn(value, " \t");
	absent = value[0] == '!';
	value += absent;
	value += strspn(value, " \t");
	if (kind != HOST_CONDITION && value[0] != '/' && value[0] != '%')
		return 0;
	if (absent)
		return add(reading,
			   (struct host_need){ .kind = kind, .name = value, .absent = true });
	return add(reading, (struct host_need){ .kind = kind, .name = value });
}

typedef int read_fn(struct reading *reading, enum host_need_kind kind, char *word);

/* How often a setting counts, and what of its value is handed to read. */
enum shape {
	EACH_WORD,
	EACH_VALUE,
	LAST_VALUE,
};

static const struct {
	const char *section;
	const char *key;
	read_fn *read;
	enum shape shape;
	enum host_need_kind kind;
} host_keys[] = {
	{ "Unit", "Requires", read_word, EACH_WORD, HOST_UNIT },
	{ "Unit", "Requisite", read_word, EACH_WORD, HOST_UNIT },
	{ "Unit", "BindsTo", read_word, EACH_WORD, HOST_UNIT },
	{ "Service", "Slice", read_word, LAST_VALUE, HOST_UNIT },
	{ "Service", "User", read_user, LAST_VALUE, HOST_USER },
	{ "Service", "Group", read_user, LAST_VALUE, HOST_GROUP },
	{ "Service", "SupplementaryGroups", read_word, EACH_WORD, HOST_GROUP },
	{ "Service", "PAMName", read_word, LAST_VALUE, HOST_PAM_SERVICE },
	{ "Service", "EnvironmentFile", read_word, EACH_VALUE, HOST_REGULAR_FILE },
	{ "Service", "LoadCredential", read_credential, EACH_VALUE, HOST_CREDENTIAL },
	{ "Service", "LoadCredentialEncrypted", read_credential, EACH_VALUE, HOST_CREDENTIAL },
	{ "Service", "BindPaths", read_source, EACH_WORD, HOST_FILE },
	{ "Service", "BindReadOnlyPaths", read_source, EACH_WORD, HOST_FILE },
	{ "Service", "MountImages", read_source, EACH_WORD, HOST_FILE },
	{ "Service", "ExtensionImages", read_source, EACH_WORD, HOST_FILE },
	{ "Service", "ExtensionDirectories", read_source, EACH_WORD, HOST_DIRECTORY },
	{ "Service", "RootHash", read_word, LAST_VALUE, HOST_REGULAR_FILE },
	{ "Service", "RootHashSignature", read_word, LAST_VALUE, HOST_REGULAR_FILE },
	{ "Service", "RootVerity", read_word, LAST_VALUE, HOST_FILE },
	{ "Service", "StateDirectoryQuota", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "CacheDirectoryQuota", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "LogsDirectoryQuota", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "StateDirectoryAccounting", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "CacheDirectoryAccounting", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "LogsDirectoryAccounting", read_quota, LAST_VALUE, HOST_FEATURE },
	{ "Service", "OpenFile", read_open_file, EACH_VALUE, HOST_FILE },
	{ "Service", "StandardInput", read_stream, LAST_VALUE, HOST_FILE },
	{ "Service", "StandardOutput", read_stream, LAST_VALUE, HOST_FILE },
	{ "Service", "StandardError", read_stream, LAST_VALUE, HOST_FILE },
	{ "Service", "TTYPath", read_terminal, LAST_VALUE, HOST_DEVICE },
	{ "Service", "DeviceAllow", read_device, EACH_VALUE, HOST_DEVICE },
	{ "Service", "NetworkNamespacePath", read_word, LAST_VALUE, HOST_FILE },
	{ "Service", "IPCNamespacePath", read_word, LAST_VALUE, HOST_FILE },
	{ "Service", "UserNamespacePath", read_word, LAST_VALUE, HOST_FILE },
	{ "Socket", "ListenStream", read_listen, EACH_VALUE, HOST_ADDRESS },
	{ "Socket", "ListenDatagram", read_listen, EACH_VALUE, HOST_ADDRESS },
	{ "Socket", "ListenSequentialPacket", read_listen, EACH_VALUE, HOST_ADDRESS },
	{ "Socket", "ListenSpecial", read_word, EACH_VALUE, HOST_CERTAIN_FILE },
	{ "Socket", "SocketProtocol", read_protocol, LAST_VALUE, HOST_PROTOCOL },
	{ "Socket", "BindToDevice", read_word, LAST_VALUE, HOST_INTERFACE },
	{ "Socket", "SocketUser", read_word, LAST_VALUE, HOST_USER },
	{ "Socket", "SocketGroup", read_word, LAST_VALUE, HOST_GROUP },
	{ "Socket", "ExecStartPre", read_command, EACH_VALUE, HOST_PROGRAM },
	{ "Socket", "ExecStartPost", read_command, EACH_VALUE, HOST_PROGRAM },
	{ "Socket", "ExecStopPre", read_command, EACH_VALUE, HOST_PROGRAM },
	{ "Socket", "ExecStopPost", read_command, EACH_VALUE, HOST_PROGRAM },
	{ "Timer", "OnCalendar", read_time_zone, EACH_VALUE, HOST_TIME_ZONE },
};

/* What conditions and assertions look at, where it is a path; "Condition" is left out. */
static const struct {
	const char *what;
	enum host_need_kind kind;
} path_conditions[] = {
	{ "PathExists", HOST_FILE },
	{ "PathExistsGlob", HOST_FILE },
	{ "PathIsDirectory", HOST_DIRECTORY },
	{ "DirectoryNotEmpty", HOST_DIRECTORY },
	{ "PathIsSymbolicLink", HOST_CERTAIN_FILE },
	{ "PathIsMountPoint", HOST_CERTAIN_FILE },
	{ "PathIsReadWrite", HOST_CERTAIN_FILE },
	{ "PathIsEncrypted", HOST_CERTAIN_FILE },
	{ "PathIsSocket", HOST_CERTAIN_FILE },
	{ "FileNotEmpty", HOST_CERTAIN_FILE },
	{ "FileIsExecutable", HOST_CERTAIN_FILE },
	{ "NeedsUpdate", HOST_CERTAIN_FILE },
};

static int read_setting(struct reading *reading, const struct unit_setting *setting, size_t key)
{
	struct unit_words words;
	char *value = pool_copy(reading->pool, setting->value);
	int r = 0;

	if (!value)
		return pool_exhausted();
	reading->setting = setting;
	if (host_keys[key].shape != EACH_WORD)
		return host_keys[key].read(reading, host_keys[key].kind, value);
	r = unit_words_split(value, &words);
	if (r < 0)
		return r == -EINVAL ? 0 : pool_exhausted();
	for (size_t i = 0; i < words.n && r >= 0; i++)
		r = host_keys[key].read(reading, host_keys[key].kind, words.at[i]);
	unit_words_release(&words);
	return r;
}

static int read_one_condition(struct reading *reading, const struct unit_setting *setting,
			      const char *what)
{
	char *value = pool_copy(reading->pool, setting->value);
	enum host_need_kind kind = HOST_CONDITION;

	for (size_t i = 0; i < ELEMENTS(path_conditions); i++)
		if (strcmp(what, path_conditions[i].what) == 0)
			kind = path_conditions[i].kind;
	reading->setting = setting;
	return value ? read_condition(reading, kind, value) : pool_exhausted();
}

/* begins: "Condition" or "Assert"; an empty value of one resets all that begin so. */
static int read_conditions(struct reading *reading, const char *begins)
{
	const struct unit_file *file = &reading->unit->file;
	struct host_need **before = reading->end;
	size_t length = strlen(begins);
	int r = 0;

	for (size_t i = 0; i < file->n && r >= 0; i++) {
		const struct unit_setting *s = &file->settings[i];

		if (strcmp(s->section, "Unit") != 0 || strncmp(s->key, begins, length) != 0)
			continue;
		if (s->value[0]) {
			r = read_one_condition(reading, s, s->key + length);
		} else {
			*before = NULL;
			reading->end = before;
		}
	}
	return r;
}

int host_needs(const struct unit *unit, struct pool *pool, struct host_need **ret)
{
	struct host_need *first = NULL;
	struct reading reading = { .unit = unit, .pool = pool, .end = &first };
	int r;

	r = read_conditions(&reading, "Condition");
	if (r == 0)
		r = read_conditions(&reading, "Assert");
	for (size_t i = 0; i < ELEMENTS(host_keys) && r >= 0; i++) {
		const struct unit_setting *setting = NULL, *next;

		while (r >= 0 && (next = unit_file_next(&unit->file, host_keys[i].section,
							host_keys[i].key, setting))) {
			setting = next;
			if (host_keys[i].shape != LAST_VALUE)
				r = read_setting(&reading, setting, i);
		}
		if (setting && host_keys[i].shape == LAST_VALUE)
			r = read_setting(&reading, setting, i);
	}
	if (r == 0)
		*ret = first;
	return r;
}
