/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a program. */
#include "arguments.h"

#include "format.h"
#include "log.h"
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "--", the longest name, ": ", what is wrong. */
#define MISTAKE_SIZE 256

int usage_error(const char *what, const char *text)
{
	char escaped[LOG_ESCAPED_SIZE];

	log_error("%s%s%s%s; see '%s --help'", what, text ? ": '" : "",
		  text ? log_escape(text, escaped) : "", text ? "'" : "",
		  program_invocation_short_name);
	return EXIT_USAGE;
}

const char *environment_directory(const char *variable, char buffer[static DIRECTORY_SIZE])
{
	const char *list = getenv(variable);
	size_t length = list ? strcspn(list, ":") : 0;

	if (length == 0 || length >= DIRECTORY_SIZE)
		return NULL;
	memcpy(buffer, list, length);
	buffer[length] = '\0';
	return buffer;
}

static int add_text(struct texts *texts, const char *text)
{
	if (texts->n == TEXTS_MAX)
		return -E2BIG;
	texts->at[texts->n++] = text;
	return 0;
}

static int take_flag(const struct option *option, const char *value)
{
	if (!value || strcmp(value, option->words[0]) == 0)
		*option->flag = true;
	else if (strcmp(value, option->words[1]) == 0)
		*option->flag = false;
	else
		return -EINVAL;
	return 0;
}

static int take_number(const struct option *option, const char *value)
{
	uint64_t number;
	int r;

	r = parse_uint(value, option->min, option->max, &number);
	if (r == 0)
		*option->number = (unsigned)number;
	return r;
}

static int refuse(const struct option *option, const char *value)
{
	char mistake[MISTAKE_SIZE];

	if (option->words[0])
		(void)format_text(mistake, sizeof mistake, "--%s: neither %s nor %s", option->name,
				  option->words[0], option->words[1]);
	else
		(void)format_text(mistake, sizeof mistake, "--%s: %s", option->name,
				  option->texts ? "too many" : option->mistake);
	return usage_error(mistake, option->texts ? NULL : value);
}

static bool needs_value(const struct option *option)
{
	return option->words[0] || option->text || option->texts || option->number ||
	       (option->parse && !option->bare);
}

/*
 * value: the one in the argument; NULL: none.
 * *rest: the following arguments; it advances when one of them is the value.
 * Returns -1 to go on, or the exit status.
 */
static int take(const struct option *option, const char *argument, const char *value, char ***rest)
{
	int r = 0;

	if (needs_value(option)) {
		if (!value && **rest)
			value = *(*rest)++;
		if (!value || (option->nonempty && value[0] == '\0'))
			return usage_error("option needs a value", argument);
	}
	if (option->print) {
		option->print();
		return EXIT_SUCCESS;
	}
	if (option->version) {
		(void)format_print(STDOUT_FILENO, "%s %s\n", program_invocation_short_name,
				   option->version);
		return EXIT_SUCCESS;
	}
	if (option->flag) {
		r = take_flag(option, value);
	} else if (option->text) {
		*option->text = value;
	} else if (option->texts) {
		r = add_text(option->texts, value);
	} else if (option->number) {
		r = take_number(option, value);
	} else {
		r = option->parse(value);
	}
	return r < 0 ? refuse(option, value) : -1;
}

/* The option with that name, or the only one that begins with it. */
static const struct option *find_name(const struct option *options, const char *name, size_t length)
{
	const struct option *found = NULL;
	unsigned n = 0;

	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, name, length) != 0)
			continue;
		if (o->name[length] == '\0')
			return o;
		found = o;
		n++;
	}
	return n == 1 ? found : NULL;
}

static const struct option *find_letter(const struct option *options, char letter)
{
	for (const struct option *o = options; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int parse_name(const struct option *options, const char *argument, char ***rest)
{
	const char *name = argument + 2, *value = NULL;
	size_t length = strcspn(name, "=");
	const struct option *option = find_name(options, name, length);

	if (name[length] == '=')
		value = name + length + 1;
	if (!option || (value && !needs_value(option) && !option->bare))
		return usage_error("unknown option", argument);
	return take(option, argument, value, rest);
}

static int parse_letters(const struct option *options, const char *argument, char ***rest)
{
	int status = -1;

	for (const char *letter = argument + 1; *letter && status < 0; letter++) {
		const struct option *option = find_letter(options, *letter);

		if (!option)
			return usage_error("unknown option", argument);
		if (needs_value(option))
			return take(option, argument, letter[1] ? letter + 1 : NULL, rest);
		status = take(option, argument, NULL, rest);
	}
	return status;
}

int arguments_parse(int argc, char *argv[], const struct option *options, int others_max)
{
	char **rest = argv + (argc > 0); /* ends with NULL */
	char **others = rest;            /* never ahead of it */
	bool options_ended = false;
	int status = -1;

	while (*rest && status < 0) {
		char *argument = *rest++;

		if (options_ended || argument[0] != '-' || argument[1] == '\0') {
			if (others_max-- > 0)
				*others++ = argument;
			else
				status = usage_error("unexpected argument", argument);
		} else if (argument[1] != '-') {
			status = parse_letters(options, argument, &rest);
		} else if (argument[2] == '\0') {
			options_ended = true;
		} else {
			status = parse_name(options, argument, &rest);
		}
	}
	*others = NULL;
	return status;
}
