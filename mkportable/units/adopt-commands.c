/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of a unit that is changed for an image, and their environment. */
#include "units/adopt-commands.h"

#include "elements.h"
#include "log.h"
#include "units/adopt-paths.h"
#include "units/known-keys.h"
#include "units/os-release-read.h"
#include "units/value-check.h"

#include <errno.h>
#include <string.h>

/* As in needs-programs.c. */
#define COMMAND_PREFIXES "@-:+!|"

enum helper {
	NO_HELPER,
	HELPER_SHELL,
	HELPER_DIRECTORIES,
	HELPER_FILES, /* what they name is in directories of the service */
	HELPER_KILL,
	HELPER_MANAGER,
};

/* Programs that units of distributions run beside the service's own. */
static enum helper helper_of(const char *program)
{
	static const struct {
		const char *name;
		enum helper helper;
	} helpers[] = {
		{ "sh", HELPER_SHELL },
		{ "bash", HELPER_SHELL },
		{ "dash", HELPER_SHELL },
		{ "env", HELPER_SHELL },
		{ "test", HELPER_SHELL },
		{ "find", HELPER_SHELL },
		{ "sleep", HELPER_SHELL },
		{ "logger", HELPER_SHELL },
		{ "mkdir", HELPER_DIRECTORIES },
		{ "install", HELPER_DIRECTORIES },
		{ "chown", HELPER_DIRECTORIES },
		{ "chmod", HELPER_DIRECTORIES },
		{ "chgrp", HELPER_DIRECTORIES },
		{ "touch", HELPER_FILES },
		{ "rm", HELPER_FILES },
		{ "ln", HELPER_FILES },
		{ "cp", HELPER_FILES },
		{ "mv", HELPER_FILES },
		{ "systemd-tmpfiles", HELPER_DIRECTORIES },
		{ "kill", HELPER_KILL },
		{ "pkill", HELPER_KILL },
		{ "killall", HELPER_KILL },
		{ "start-stop-daemon", HELPER_MANAGER },
		{ "systemctl", HELPER_MANAGER },
	};
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;

	for (size_t i = 0; i < ELEMENTS(helpers); i++)
		if (strcmp(name, helpers[i].name) == 0)
			return helpers[i].helper;
	return NO_HELPER;
}

/* Why a helper is not needed. */
static const char *why_not(enum helper helper, const char *key)
{
	switch (helper) {
	case HELPER_SHELL:
	case HELPER_FILES:
		return "it needs a shell and its tools in the image; let the service do it, or a "
		       "unit of the host";
	case HELPER_DIRECTORIES:
		return "StateDirectory=, RuntimeDirectory= and their like make directories that "
		       "belong to the user of the service";
	case HELPER_KILL:
		return strcmp(key, "ExecReload") == 0
			       ? "it needs kill(1) in the image; systemctl kill --signal= does the same"
			       : "systemd ends the service itself; KillSignal= says how";
	case HELPER_MANAGER:
		return "it talks to the host's manager of services, which starts and stops this one "
		       "itself";
	default:
		return NULL;
	}
}

/* "/etc/x", or that of "--config=/etc/x"; NULL: none that the image may have. */
static const char *path_in(const char *word)
{
	const char *path = word[0] == '/' ? word : strchr(word, '=');

	path = path && *path == '=' ? path + 1 : path;
	return path && path[0] == '/' ? path : NULL;
}

static void look_at_words(struct adopting *a, char *const *words, size_t n, enum helper helper)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = path_in(words[i]);

		if (!path)
			continue;
		if (helper == HELPER_DIRECTORIES)
			adopt_directory(a, path, "a command makes it");
		else if (helper == NO_HELPER || helper == HELPER_FILES)
			adopt_path(a, path);
	}
}

/* The value with "!" for each "+" among the prefixes of its first command. */
static const char *without_plus(struct adopting *a, const char *value)
{
	char *changed = pool_copy(a->pool, value), *out = changed;
	size_t length = strspn(value, COMMAND_PREFIXES "\"'");

	if (!changed) {
		a->failed = true;
		return value;
	}
	for (size_t i = 0; i < length; i++) {
		if (value[i] != '+')
			*out++ = value[i];
		else if (!memchr(value, '!', length))
			*out++ = '!';
	}
	(void)stpcpy(out, value + length);
	return changed;
}

static bool is_script(struct adopting *a, const char *program)
{
	const char *bytes = a->tree ? a->tree->read(a->tree->userdata, program) : NULL;

	return bytes && strncmp(bytes, "#!", 2) == 0;
}

static void keep_command(struct adopting *a, const char *first, enum helper helper)
{
	size_t prefixes = strspn(first, COMMAND_PREFIXES);

	if (memchr(first, '+', prefixes))
		adopt_change(a, a->setting->key, without_plus(a, a->setting->value),
			     "'+' runs it outside of the sandbox, which fails in an image");
	else if (helper == HELPER_SHELL)
		adopt_stay(a,
			   "what the shell runs has to be in the image too: name it in Files= of "
			   "[X-Portable]");
	else if (is_script(a, first + prefixes))
		adopt_stay(a, "it is a script, and what it runs has to be in the image too: name "
			      "it in Files= of [X-Portable]");
	else
		adopt_keep(a, a->setting->value);
}

void adopt_command(struct adopting *a)
{
	const struct unit_setting *s = a->setting;
	bool is_start = strcmp(s->key, "ExecStart") == 0;
	enum helper helper = NO_HELPER;
	struct unit_words words;
	int r = unit_words_split(s->value, &words);

	if (r == -ENOMEM) {
		a->failed = true;
		return;
	}
	if (r < 0) {
		adopt_leave_out(a, "systemd ignores it: a quote or an escape does not end");
		return;
	}
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.at[i];
		size_t prefixes = strspn(word, COMMAND_PREFIXES);

		if (words.at[i] == unit_separator || (i > 0 && words.at[i - 1] != unit_separator) ||
		    helper != NO_HELPER)
			continue;
		helper = memchr(word, '|', prefixes) ? HELPER_SHELL : helper_of(word + prefixes);
	}
	look_at_words(a, words.at + 1, words.n > 0 ? words.n - 1 : 0, helper);
	if (words.n == 0 || (helper == HELPER_SHELL && is_start) || helper == NO_HELPER || is_start)
		keep_command(a, words.n > 0 ? words.at[0] : "", helper);
	else
		adopt_leave_out(a, why_not(helper, s->key));
	unit_words_release(&words);
}

void adopt_environment(struct adopting *a)
{
	struct unit_words words;
	int r = unit_words_split(a->setting->value, &words);

	a->failed |= r == -ENOMEM;
	adopt_keep(a, a->setting->value);
	if (r < 0)
		return;
	look_at_words(a, words.at, words.n, NO_HELPER);
	unit_words_release(&words);
}

static void ignore(void *userdata, unsigned line, const char *what, bool refused)
{
	(void)userdata;
	(void)line;
	(void)what;
	(void)refused;
}

static void add_variables(struct adopting *a, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];
	struct os_release set = { 0 };
	struct value_problem problem;
	const char *bytes, *word, *why;
	int r;

	bytes = a->tree->read(a->tree->userdata, path);
	if (!bytes)
		return;
	why = adopt_format(a, "what '%s' of the tree sets", log_escape(path, shown));
	r = os_release_read(a->pool, bytes, strlen(bytes), ignore, NULL, &set);
	a->failed |= r < 0;
	for (const struct os_release_line *line = set.first; r == 0 && line; line = line->next) {
		word = adopt_format(a, "%s=%s", line->key, line->value);
		if (draft_problem(word, true))
			continue;
		if (path_in(word))
			adopt_path(a, path_in(word));
		word = draft_value(a->pool, word);
		word = word ? draft_word(a->pool, word) : NULL;
		a->failed |= !word;
		/* "export A=1" is no assignment to systemd. */
		if (word && value_check(&a->as_named, known_key_find("Service", "Environment"),
					word, a->pool, &problem) == VALUE_RIGHT)
			adopt_add(a, "Service", "Environment", word, why);
	}
}

void adopt_variables(struct adopting *a)
{
	const struct unit_file *file = &a->adopted->unit->file;
	const struct unit_setting *s = NULL;

	/* Of files that set the same variable, the last one counts: so does it here. */
	while (a->tree && (s = unit_file_next(file, "Service", "EnvironmentFile", s)))
		add_variables(a, s->value + (s->value[0] == '-'));
}

void adopt_environment_file(struct adopting *a)
{
	const char *value = a->setting->value, *path = value + (value[0] == '-');

	if (!path[0])
		adopt_keep(a, value);
	else if (path == value)
		adopt_change(a, "EnvironmentFile", adopt_format(a, "-%s", path),
			     "systemd reads it on the host, which may have none");
	else
		adopt_stay(a, "systemd reads it on the host, not in the image");
}
