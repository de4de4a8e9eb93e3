/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a unit that is changed for an image: a rule for each that does not just stay. */
#include "units/adopt-settings.h"

#include "elements.h"
#include "names.h"
#include "units/adopt-commands.h"
#include "units/adopt-paths.h"
#include "units/facts.h"
#include "units/host-needs.h"
#include "units/known-keys.h"
#include "units/requests.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Calls a function for each word of the setting at hand. */
static void for_each_word(struct adopting *a, void (*function)(struct adopting *, const char *))
{
	struct unit_words words;
	int r = unit_words_split(a->setting->value, &words);

	a->failed |= r == -ENOMEM;
	if (r == -EINVAL)
		adopt_leave_out(a, "systemd ignores it: a quote or an escape does not end");
	if (r < 0)
		return;
	for (size_t i = 0; i < words.n; i++)
		function(a, words.at[i]);
	unit_words_release(&words);
}

static void user(struct adopting *a)
{
	const char *why = a->was_root ? "every stock profile except trusted gives it a user"
				      : "the image has no users, and the host may not have this "
					"one";

	if (unit_file_is_yes(&a->adopted->unit->file, "Service", "DynamicUser"))
		adopt_keep(a, a->setting->value);
	else if (strcmp(a->setting->key, "User") == 0 &&
		 !draft_has(&a->adopted->draft, "Service", "DynamicUser"))
		adopt_change(a, "DynamicUser", "yes", why);
	else
		adopt_leave_out(a, why);
}

static void dynamic_user(struct adopting *a)
{
	bool yes;

	if (parse_boolean(a->setting->value, &yes) == 0 && !yes)
		adopt_change(a, "DynamicUser", "yes",
			     "every stock profile except trusted makes it so");
	else
		adopt_keep(a, a->setting->value);
}

static void writable_word(struct adopting *a, const char *word)
{
	const char *path = word + strspn(word, "-+");
	const char *after = adopt_directory(a, path, NULL);

	if (after)
		adopt_change_word(a, word, after, "systemd makes it for the user of the service");
	else
		adopt_leave_out_word(a, word,
				     "the image is read-only, and the user may not write there");
}

static void writable(struct adopting *a)
{
	for_each_word(a, writable_word);
}

static void pid_file(struct adopting *a)
{
	const char *value = a->setting->value;
	const char *path = value[0] == '/' || !value[0] ? value : adopt_format(a, "/run/%s", value);
	const char *slash = strrchr(path, '/');
	bool forks = strcmp(unit_value(a->adopted->unit, "Service", "Type"), "forking") == 0;
	bool has_directory =
		slash && adopt_directory(a, adopt_format(a, "%.*s", (int)(slash - path), path),
					 "its PID file is in it");

	if (!forks)
		adopt_leave_out(a, "only Type=forking needs it");
	else if (has_directory)
		adopt_keep(a, value);
	else
		adopt_leave_out(a, "the user may not write to /run: let the program write none, or "
				   "below its RuntimeDirectory=");
}

static void service_type(struct adopting *a)
{
	if (strcmp(a->setting->value, "forking") == 0)
		adopt_stay(a, "better an option that keeps the program in the foreground, and "
			      "Type=exec");
	else if (strcmp(a->setting->value, "dbus") == 0)
		adopt_stay(a, "the host has to have the D-Bus policy of the service");
	else
		adopt_keep(a, a->setting->value);
}

static void start_limit(struct adopting *a)
{
	if (adopt_trigger(a, ".socket") && strcmp(a->setting->value, "0") != 0)
		adopt_change(a, a->setting->key, "0",
			     "it may end when idle; the next client starts it, however often");
	else
		adopt_keep(a, a->setting->value);
}

static void protect_system(struct adopting *a)
{
	if (strcmp(a->setting->value, "strict") == 0)
		adopt_keep(a, "strict");
	else
		adopt_change(a, "ProtectSystem", "strict", "DynamicUser=yes implies it");
}

/* Whether the unit states a directory that the one that was wished for last is in. */
static bool states_above(const struct adopting *a)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;
	bool found = false;

	while (!found &&
	       (s = unit_file_next(&a->adopted->unit->file, "Service", a->directories->key, s))) {
		if (unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && !found; i++) {
			size_t length = strcspn(words.at[i], ":");

			found = strncmp(a->directories->name, words.at[i], length) == 0 &&
				a->directories->name[length] == '/';
		}
		unit_words_release(&words);
	}
	return found;
}

static void working_directory(struct adopting *a)
{
	const char *value = a->setting->value, *path = value + (value[0] == '-');

	if (path[0] == '~') {
		adopt_leave_out(a, "a dynamic user has no home");
		return;
	}
	adopt_file(a, path);
	if (adopt_directory(a, path, "it starts there") && path == value && states_above(a))
		adopt_change(a, a->setting->key, adopt_format(a, "-%s", path),
			     "systemd makes the directory that it is in, and not this one");
	else
		adopt_keep(a, value);
}

static void configuration(struct adopting *a)
{
	struct unit_words words;
	const char *hidden = NULL;

	if (unit_words_split(a->setting->value, &words) == 0) {
		for (size_t i = 0; i < words.n && !hidden; i++)
			if (adopt_tree_has(a, adopt_format(a, "/etc/%s", words.at[i])))
				hidden = words.at[i];
		if (hidden)
			adopt_leave_out(a, "it would put that of the host, maybe empty, over that "
					   "of the image");
		unit_words_release(&words);
	}
	if (!hidden)
		adopt_stay(a, "it is that of the host, below /etc");
}

/* What a root daemon had them for: to become another user. */
static bool is_for_users(const char *capability)
{
	static const char *const names[] = {
		"CAP_SETUID",       "CAP_SETGID",          "CAP_SETPCAP", "CAP_CHOWN",
		"CAP_FOWNER",       "CAP_FSETID",          "CAP_KILL",    "CAP_SYS_CHROOT",
		"CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcasecmp(capability, names[i]) == 0)
			return true;
	return false;
}

/* A dynamic user gets of the bounding set what is in the ambient set, and nothing else. */
static void capabilities(struct adopting *a)
{
	const char *value = a->setting->value, *kept = "";
	struct unit_words words;

	if (!a->was_root || value[0] == '~' || !value[0]) {
		adopt_keep(a, value);
		return;
	}
	if (unit_words_split(value, &words) < 0) {
		adopt_leave_out(a, "systemd ignores it");
		return;
	}
	for (size_t i = 0; i < words.n; i++)
		if (!is_for_users(words.at[i]))
			kept = adopt_append(a, kept, words.at[i]);
	unit_words_release(&words);
	if (!kept[0])
		adopt_leave_out(a,
				"the service is its user from the start, and changes to no other");
	else if (strcmp(kept, value) == 0)
		adopt_keep(a, value);
	else
		adopt_change(a, a->setting->key, kept,
			     "the service is its user from the start, and changes to no other");
	if (kept[0] && !unit_file_last(&a->adopted->unit->file, "Service", "AmbientCapabilities"))
		adopt_add(a, "Service", "AmbientCapabilities", kept,
			  "what root had by itself, another user has only so");
}

static bool is_strong(const char *key)
{
	static const char *const keys[] = {
		"Requires", "Requisite",           "BindsTo",
		"BindTo",   "RequiresOverridable", "RequisiteOverridable"
	};

	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* A list of units: those of the image by their new names, others as the host may have them. */
static void units(struct adopting *a)
{
	const char *kept = "", *wanted = "", *word;
	bool changed = false;
	struct unit_words words;

	if (unit_words_split(a->setting->value, &words) < 0) {
		adopt_leave_out(a, "systemd ignores it");
		return;
	}
	for (size_t i = 0; i < words.n; i++) {
		word = adopt_reference(a, words.at[i]);
		changed |= !word || strcmp(word, words.at[i]) != 0;
		if (!word) {
			adopt_leave_out_word(
				a, words.at[i],
				"the image does not have it; another --from= takes it");
		} else if (is_strong(a->setting->key) && word == words.at[i] &&
			   !unit_belongs(word, a->id) && !host_has_unit(word)) {
			adopt_change_word(a, word, adopt_format(a, "Wants=%s", word),
					  "without it on the host, the start would fail");
			wanted = adopt_append(a, wanted, word);
			changed = true;
		} else {
			if (strcmp(word, words.at[i]) != 0)
				adopt_change_word(a, words.at[i],
						  adopt_format(a, "%s=%s", a->setting->key, word),
						  "the unit is called so in the image");
			kept = adopt_append(a, kept, word);
		}
	}
	if (!changed)
		adopt_keep(a, a->setting->value);
	else if (kept[0])
		draft_add(&a->adopted->draft, a->setting->section, a->setting->key, kept, NULL);
	if (wanted[0])
		draft_add(&a->adopted->draft, "Unit", "Wants", wanted,
			  "Without it on the host, Requires= would fail.");
	unit_words_release(&words);
}

static void installed_word(struct adopting *a, const char *word)
{
	const char *name = adopt_reference(a, word);

	if (name && (name != word || host_has_unit(name) || strchr(name, '%'))) {
		draft_add(&a->adopted->draft, "Install", a->setting->key, adopt_append(a, "", name),
			  NULL);
		return;
	}
	adopt_leave_out_word(a, word,
			     name ? "the host may not have it, and then nothing starts the unit"
				  : "the image does not have it; another --from= takes it");
}

static void installed(struct adopting *a)
{
	for_each_word(a, installed_word);
}

static void triggered(struct adopting *a)
{
	const char *word = adopt_reference(a, a->setting->value);

	if (!word)
		adopt_leave_out(a, "the image does not have it; another --from= takes it");
	else
		adopt_keep(a, word);
}

/* Either a function, or the reason why it is left out. */
static const struct {
	const char *name;
	void (*apply)(struct adopting *a);
	const char *why_not;
} rules[] = {
	{ "Install.Alias", NULL, "another name could hide a unit of the host" },
	{ "Install.RequiredBy", installed, NULL },
	{ "Install.UpheldBy", installed, NULL },
	{ "Install.WantedBy", installed, NULL },
	{ "Install.Also", installed, NULL },
	{ "Path.Unit", triggered, NULL },
	{ "Service.AmbientCapabilities", capabilities, NULL },
	{ "Service.AppArmorProfile", NULL, "it is for the paths of the host" },
	{ "Service.CapabilityBoundingSet", capabilities, NULL },
	{ "Service.ConfigurationDirectory", configuration, NULL },
	{ "Service.DynamicUser", dynamic_user, NULL },
	{ "Service.Environment", adopt_environment, NULL },
	{ "Service.EnvironmentFile", adopt_environment_file, NULL },
	{ "Service.ExecCondition", adopt_command, NULL },
	{ "Service.ExecReload", adopt_command, NULL },
	{ "Service.ExecReloadPost", adopt_command, NULL },
	{ "Service.ExecStart", adopt_command, NULL },
	{ "Service.ExecStartPost", adopt_command, NULL },
	{ "Service.ExecStartPre", adopt_command, NULL },
	{ "Service.ExecStop", adopt_command, NULL },
	{ "Service.ExecStopPost", adopt_command, NULL },
	{ "Service.Group", user, NULL },
	{ "Service.InaccessibleDirectories", NULL, "the image has only the files of the service" },
	{ "Service.InaccessiblePaths", NULL, "the image has only the files of the service" },
	{ "Service.MountAPIVFS", NULL, "portablectl attach sets it" },
	{ "Service.PAMName", NULL, "the image has no PAM, and the host may not know the service" },
	{ "Service.PIDFile", pid_file, NULL },
	{ "Service.PermissionsStartOnly", NULL, "all commands are run by the user of the service" },
	{ "Service.ProtectSystem", protect_system, NULL },
	{ "Service.ReadOnlyDirectories", NULL, "all of the image is read-only" },
	{ "Service.ReadOnlyPaths", NULL, "all of the image is read-only" },
	{ "Service.ReadWriteDirectories", writable, NULL },
	{ "Service.ReadWritePaths", writable, NULL },
	{ "Service.RootDirectory", NULL, "portablectl attach sets it" },
	{ "Service.RootEphemeral", NULL, "portablectl attach sets the root" },
	{ "Service.RootHash", NULL, "portablectl attach sets the root" },
	{ "Service.RootHashSignature", NULL, "portablectl attach sets the root" },
	{ "Service.RootImage", NULL, "portablectl attach sets it" },
	{ "Service.RootImageOptions", NULL, "portablectl attach sets the root" },
	{ "Service.RootImagePolicy", NULL, "portablectl attach sets the root" },
	{ "Service.RootVerity", NULL, "portablectl attach sets the root" },
	{ "Service.SELinuxContext", NULL, "it is for the paths of the host" },
	{ "Service.Sockets", units, NULL },
	{ "Service.SupplementaryGroups", user, NULL },
	{ "Service.Type", service_type, NULL },
	{ "Service.User", user, NULL },
	{ "Service.WorkingDirectory", working_directory, NULL },
	{ "Socket.ExecStartPost", NULL,
	  "it would run on the host, which may not have the program" },
	{ "Socket.ExecStartPre", NULL, "it would run on the host, which may not have the program" },
	{ "Socket.ExecStopPost", NULL, "it would run on the host, which may not have the program" },
	{ "Socket.ExecStopPre", NULL, "it would run on the host, which may not have the program" },
	{ "Socket.Service", triggered, NULL },
	{ "Socket.SocketGroup", NULL, "the host may not have the group" },
	{ "Socket.SocketUser", NULL, "the host may not have the user" },
	{ "Timer.Unit", triggered, NULL },
	{ "Unit.StartLimitInterval", start_limit, NULL },
	{ "Unit.StartLimitIntervalSec", start_limit, NULL },
	{ "Unit.RequiresMountsFor", NULL,
	  "its paths are the image's, or systemd mounts them itself" },
	{ "Unit.SourcePath", NULL, "the image does not have that file" },
	{ "Unit.WantsMountsFor", NULL, "its paths are the image's, or systemd mounts them itself" },
};

void adopt_setting(struct adopting *a)
{
	const struct unit_setting *s = a->setting;
	const struct known_key *key = known_key_find(s->section, s->key);

	if (strcmp(s->section, REQUESTS_SECTION) == 0 && requests_know(s->key)) {
		draft_add(&a->adopted->draft, REQUESTS_SECTION, s->key, s->value, NULL);
		return;
	}
	if (strncmp(s->section, "X-", 2) == 0 || strncmp(s->key, "X-", 2) == 0) {
		adopt_leave_out(a, "it is for another program than systemd");
		return;
	}
	if (!known_section(a->as_named.suffix, s->section) || !key) {
		adopt_leave_out(a, key ? "units of its type have no such section"
				       : "no systemd that is known here takes it");
		return;
	}
	for (size_t i = 0; i < ELEMENTS(rules); i++) {
		if (strcmp(key->name, rules[i].name) != 0)
			continue;
		if (rules[i].apply)
			rules[i].apply(a);
		else
			adopt_leave_out(a, rules[i].why_not);
		return;
	}
	if (strcmp(s->section, "Unit") == 0 && strstr(key->form, "<a unit name>"))
		units(a);
	else if (strcmp(s->section, "Unit") == 0 && strstr(key->form, "<|!a path>"))
		adopt_leave_out(a, "it looks at the host, and not at the image");
	else
		adopt_keep(a, s->value);
}
