/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/commands.h"

#include "unit-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * "$$" stands for a dollar, and a dollar that begins no variable for itself:
 * systemd.service(5). Returns 0, or -EINVAL for a variable.
 */
static int resolve_dollars(char *word)
{
	char *out = word;

	if (word[0] == '$' && word[1] != '$')
		return -EINVAL;
	for (; *word; word++) {
		if (word[0] == '$' && word[1] == '{')
			return -EINVAL;
		word += word[0] == '$' && word[1] == '$';
		*out++ = *word;
	}
	*out = '\0';
	return 0;
}

static int add_command(struct commands *commands, const struct boot_unit *unit,
		       const char *instance, char *const *words, size_t n)
{
	static const char prefixes[] = "-@:+!";
	struct command *larger = reallocarray(commands->at, commands->n + 1, sizeof *larger);
	struct command *command;
	const char *program = words[0], *prefix;
	int r = 0;

	if (!larger)
		return -ENOMEM;
	commands->at = larger;
	command = &larger[commands->n++];
	*command = (struct command){ 0 };
	for (; *program && (prefix = strchr(prefixes, *program)); program++)
		command->flags |= 1U << (prefix - prefixes);
	if (*program == '\0' || *program == '|' || ((command->flags & COMMAND_OWN_ARGV0) && n < 2))
		return -EINVAL;
	for (size_t i = 0; i < n && r == 0; i++) {
		char *expanded = NULL;

		r = expand_specifiers(unit, instance, i == 0 ? program : words[i], &expanded);
		if (r == 0 && !(command->flags & COMMAND_NO_VARIABLES))
			r = resolve_dollars(expanded);
		if (r == 0)
			r = list_take(&command->words, expanded);
		else
			free(expanded);
	}
	return r;
}

int commands_add(struct commands *commands, const struct boot_unit *unit, const char *instance,
		 const char *value)
{
	struct unit_words words;
	size_t begin = 0;
	int r;

	if (*value == '\0')
		commands_release(commands);
	r = unit_words_split(value, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i <= words.n && r == 0; i++) {
		if (i < words.n && words.at[i] != unit_separator)
			continue;
		if (i > begin)
			r = add_command(commands, unit, instance, words.at + begin, i - begin);
		begin = i + 1;
	}
	unit_words_release(&words);
	return r;
}

void commands_release(struct commands *commands)
{
	while (commands->n > 0)
		list_release(&commands->at[--commands->n].words);
	free(commands->at);
	*commands = (struct commands){ 0 };
}
