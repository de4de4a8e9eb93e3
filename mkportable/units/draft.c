/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit that is being written. */
#include "units/draft.h"

#include "elements.h"
#include "units/facts.h"
#include "utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHITE " \t\n\r"

void draft_open(struct draft *draft, struct pool *pool, const char *name)
{
	*draft = (struct draft){ .pool = pool, .name = name };
	draft->end = &draft->first;
}

void draft_add(struct draft *draft, const char *section, const char *key, const char *value,
	       const char *reason)
{
	struct draft_line *line = pool_take(draft->pool, sizeof *line);

	value = value ? pool_copy(draft->pool, value) : NULL;
	if (!line || !value) {
		draft->failed = true;
		return;
	}
	*line = (struct draft_line){
		.section = section, .key = key, .value = value, .reason = reason
	};
	*draft->end = line;
	draft->end = &line->next;
}

static bool is_line(const struct draft_line *line, const char *section, const char *key)
{
	return strcmp(line->section, section) == 0 && strcmp(line->key, key) == 0;
}

bool draft_has(const struct draft *draft, const char *section, const char *key)
{
	for (const struct draft_line *line = draft->first; line; line = line->next)
		if (is_line(line, section, key))
			return true;
	return false;
}

bool draft_has_word(const struct draft *draft, const char *section, const char *key,
		    const char *word)
{
	size_t length = strlen(word);
	struct unit_words words;
	bool found = false;

	for (const struct draft_line *line = draft->first; line && !found; line = line->next) {
		if (!is_line(line, section, key) || unit_words_split(line->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && !found; i++)
			found = strncmp(words.at[i], word, length) == 0 &&
				(!words.at[i][length] || words.at[i][length] == ':');
		unit_words_release(&words);
	}
	return found;
}

/* Where a section stands in the file. */
static unsigned rank_of(const struct draft *draft, const char *section)
{
	const struct unit_type *type = unit_type_of(draft->name);

	return strcmp(section, "Unit") == 0                                   ? 0
	       : type && type->section && strcmp(section, type->section) == 0 ? 1
	       : strcmp(section, "Install") == 0                              ? 2
									      : 3;
}

/* The comment above a line, unless it is that of the line before. */
static void write_reason(const struct draft_line *line, const struct draft_line *before, FILE *file)
{
	if (line->reason &&
	    !(before && before->reason && strcmp(before->reason, line->reason) == 0))
		(void)fprintf(file, "# %s\n", line->reason);
}

static void write_rank(const struct draft *draft, unsigned rank, FILE *file)
{
	const struct draft_line *before = NULL;

	for (const struct draft_line *line = draft->first; line; line = line->next) {
		if (rank_of(draft, line->section) != rank)
			continue;
		if (before && strcmp(before->section, line->section) != 0)
			before = NULL;
		if (!before)
			(void)fprintf(file, "%s[%s]\n", ftello(file) > 0 ? "\n" : "",
				      line->section);
		else if (line->apart)
			(void)fputc('\n', file);
		write_reason(line, before, file);
		(void)fprintf(file, "%s=%s\n", line->key, line->value);
		before = line;
	}
}

const char *draft_text(const struct draft *draft)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = draft->failed ? NULL : open_memstream(&text, &size);

	if (!file)
		return NULL;
	if (draft->head)
		(void)fprintf(file, "# %s\n", draft->head);
	for (unsigned rank = 0; rank <= 3; rank++)
		write_rank(draft, rank, file);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return pool_adopt(draft->pool, text);
}

int draft_parse(const struct draft *draft, struct unit_file *ret)
{
	const char *text = draft_text(draft);

	return text ? unit_file_parse(text, strlen(text), NULL, NULL, ret) : -ENOMEM;
}

const char *draft_problem(const char *text, bool quoted)
{
	size_t length = strlen(text);

	for (const char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			return "contains a control character";
	if (!utf8_is_valid(text))
		return "is not UTF-8";
	if (quoted || length == 0)
		return NULL;
	if (strchr(WHITE, text[0]) || strchr(WHITE, text[length - 1]))
		return "begins or ends with white space";
	if (text[length - 1] == '\\')
		return "ends with a backslash";
	return NULL;
}

/*
 * Writes a text with each of some characters doubled, or with something in front of it. What
 * draft_problem() finds is "\x0a" in quotes: systemd resolves that in words.
 */
static const char *escape(struct pool *pool, const char *text, const char *doubled,
			  const char *behind_backslash, const char *quote)
{
	bool is_utf8 = utf8_is_valid(text);
	/* Each character as "\x0a", two quotes and a NUL. */
	char *escaped = pool_take(pool, strlen(text) * 4 + 3), *out = escaped;

	if (!escaped)
		return NULL;
	out = stpcpy(out, quote);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (quote[0] && (iscntrl(c) || (c >= 0x80 && !is_utf8))) {
			out += snprintf(out, sizeof "\\x00", "\\x%02x", c);
			continue;
		}
		if (strchr(doubled, *text))
			*out++ = *text;
		else if (strchr(behind_backslash, *text))
			*out++ = '\\';
		*out++ = *text;
	}
	(void)stpcpy(out, quote);
	return escaped;
}

const char *draft_value(struct pool *pool, const char *text)
{
	return escape(pool, text, "%", "", "");
}

static const char *quote(struct pool *pool, const char *text, const char *doubled)
{
	bool plain = text[0] && !strpbrk(text, WHITE "\"'\\;") && !draft_problem(text, true);

	return plain ? escape(pool, text, doubled, "", "")
		     : escape(pool, text, doubled, "\"\\", "\"");
}

const char *draft_word(struct pool *pool, const char *text)
{
	return quote(pool, text, "");
}

const char *draft_program(struct pool *pool, const char *text)
{
	/* systemd expands variables in arguments only. */
	return quote(pool, text, "%");
}

const char *draft_argument(struct pool *pool, const char *text)
{
	return quote(pool, text, "%$");
}
