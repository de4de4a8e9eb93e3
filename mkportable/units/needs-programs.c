/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs in the command lines of a unit: systemd.service(5). */
#include "units/needs.h"

#include "elements.h"
#include "log.h"

#include <errno.h>
#include <string.h>

#define SHELL "/bin/sh"

/* The prefixes, in any order; '|' runs the line in a shell. */
#define COMMAND_PREFIXES "@-:+!|"

/* words: of one command, ending with NULL. */
static int add_command(struct needs *needs, const struct unit *unit,
		       const struct unit_setting *setting, const char *const *words)
{
	const char *word = words[0];
	size_t prefixes = strspn(word, COMMAND_PREFIXES);
	char shown[LOG_ESCAPED_SIZE], letter;
	/* With '@' the second word is argv[0]. */
	struct need need = { .path = word + prefixes,
			     .arguments = words + (memchr(word, '@', prefixes) && words[1] ? 2 : 1),
			     .optional = memchr(word, '-', prefixes) != NULL,
			     .privileged = memchr(word, '+', prefixes) != NULL };
	size_t length = strlen(need.path);
	int r = 0;

	need.as_root = need.privileged || memchr(word, '!', prefixes);
	/* What the shell runs is not known. */
	if (memchr(word, '|', prefixes)) {
		need.path = SHELL;
		return needs_add(needs, unit, setting, need);
	}
	if (length == 0) {
		unit_error(unit, setting->line, "%s= names no program", setting->key);
		return -EINVAL;
	}
	if (need.path[length - 1] == '/') {
		unit_error(unit, setting->line, "%s='%s' is a directory, not a program",
			   setting->key, log_escape(need.path, shown));
		return -EINVAL;
	}
	/* A plain name is searched later; "%S/x" is not one, although it begins without a slash. */
	if (strchr(need.path, '%') && !strchr(need.path, '/'))
		r = unit_expand(unit, need.path, needs->pool, &need.path, &letter);
	if (r < 0)
		return pool_exhausted();
	if (r > 0 || strchr(need.path, '/') || strcmp(need.path, ".") == 0 ||
	    strcmp(need.path, "..") == 0) {
		r = needs_program_path(needs->pool, unit, setting, need.path, &need.path);
		if (r < 0)
			return r;
	}
	return needs_add(needs, unit, setting, need);
}

static int add_command_line(struct needs *needs, const struct unit *unit,
			    const struct unit_setting *setting)
{
	struct unit_words words;
	const char **copy;
	int r;

	r = needs_words(unit, setting, setting->value, &words);
	if (r < 0)
		return r;
	copy = pool_take(needs->pool, (words.n + 1) * sizeof(char *));
	if (!copy) {
		unit_words_release(&words);
		return pool_exhausted();
	}
	/* NULL also between the commands of a line. */
	for (size_t i = 0; i <= words.n && r >= 0; i++) {
		copy[i] = NULL;
		if (i == words.n || words.at[i] == unit_separator)
			continue;
		copy[i] = pool_copy(needs->pool, words.at[i]);
		r = copy[i] ? 0 : pool_exhausted();
	}
	for (size_t i = 0; i < words.n && r >= 0; i++)
		if (copy[i] && (i == 0 || !copy[i - 1]))
			r = add_command(needs, unit, setting, copy + i);
	unit_words_release(&words);
	return r;
}

int needs_programs(struct needs *needs, const struct unit *unit)
{
	static const char *const keys[] = { "ExecCondition", "ExecStartPre", "ExecStart",
					    "ExecStartPost", "ExecReload",   "ExecReloadPost",
					    "ExecStop",      "ExecStopPost" };
	const struct unit_setting *setting;
	int r = 0, q;

	if (!unit_is_service(unit))
		return 0;
	for (size_t i = 0; i < ELEMENTS(keys); i++) {
		setting = NULL;
		while ((setting = unit_file_next(&unit->file, "Service", keys[i], setting))) {
			q = add_command_line(needs, unit, setting);
			if (q < 0 && q != -EINVAL)
				return q;
			r = q < 0 ? q : r;
		}
	}
	return r;
}
