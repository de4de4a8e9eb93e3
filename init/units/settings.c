/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/settings.h"

#include "number.h"
#include "unit-file.h"
#include "units/values.h"
#include "units/words.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int list_take(struct list *list, char *text)
{
	/* With its NULL it grows at each power of two, so that a long list is not copied each time. */
	bool grows = (list->n & (list->n + 1)) == 0;
	char **larger = list->at;

	if (grows || !text)
		larger = text ? reallocarray(larger, 2 * list->n + 2, sizeof *larger) : NULL;
	if (!larger) {
		free(text);
		return -ENOMEM;
	}
	larger[list->n++] = text;
	larger[list->n] = NULL;
	list->at = larger;
	return 0;
}

bool list_has(const struct list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], text) == 0)
			return true;
	return false;
}

void list_release(struct list *list)
{
	while (list->n > 0)
		free(list->at[--list->n]);
	free(list->at);
	*list = LIST_EMPTY;
}

int list_add_words(struct list *list, const struct boot_unit *unit, const char *instance,
		   const char *value)
{
	struct unit_words words;
	char *expanded;
	int r;

	if (*value == '\0')
		list_release(list);
	r = unit_words_split(value, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < words.n && r == 0; i++) {
		r = expand_specifiers(unit, instance, words.at[i], &expanded);
		if (r == 0)
			r = list_take(list, expanded);
	}
	unit_words_release(&words);
	return r;
}

void replace_var_run(char *path)
{
	const char *rest = path + sizeof "/var/run" - 1;

	if (strncmp(path, "/var/run", sizeof "/var/run" - 1) == 0 && (!*rest || *rest == '/'))
		memmove(path, path + sizeof "/var" - 1, strlen(path + sizeof "/var" - 1) + 1);
}

/* The lists of SETTING_WORD, one after the other. */
static const char word_lists[] =
	"simple\0exec\0idle\0oneshot\0notify\0notify-reload\0\0"
	"no\0always\0on-success\0on-failure\0on-abnormal\0on-abort\0"
	"on-watchdog\0\0"
	"inherit\0null\0socket\0journal\0kmsg\0tty\0syslog\0journal+console\0"
	"kmsg+console\0syslog+console\0\0"
	"default\0both\0ipv6-only\0";

static int read_word(unsigned list, const char *value, unsigned *ret)
{
	const char *words = word_lists;
	int index;

	for (; list > 0; words += strlen(words) + 1)
		list -= *words == '\0';
	index = *value ? word_index(words, value) : 0;
	if (index < 0)
		return -EINVAL;
	*ret = (unsigned)index;
	return 0;
}

static int read_text(const struct boot_unit *unit, const char *instance, const char *value,
		     char **text)
{
	free(*text);
	*text = NULL;
	return *value ? expand_specifiers(unit, instance, value, text) : 0;
}

static int read_flag(const char *value, unsigned bit, unsigned *ret)
{
	bool on;
	int r = parse_boolean(value, &on);

	if (r == 0)
		*ret = on ? *ret | 1U << bit : *ret & ~(1U << bit);
	return r;
}

static int read_number(const char *value, unsigned *ret)
{
	uint64_t number;
	int r = parse_uint(value, 0, UINT_MAX, &number);

	if (r == 0)
		*ret = (unsigned)number;
	return r;
}

static int read_one(const struct setting_table *table, const struct boot_unit *unit,
		    const char *instance, void *base, const struct unit_setting *s)
{
	const char *value = s->value;
	int index = word_index(table->names, s->key);
	const struct setting_rule *rule = index < 0 ? NULL : &table->rules[index];
	void *field = (char *)base + (rule ? rule->offset : 0);

	switch (rule ? rule->kind : SETTING_CUSTOM) {
	case SETTING_TEXT:
		return read_text(unit, instance, value, field);
	case SETTING_WORDS:
		return list_add_words(field, unit, instance, value);
	case SETTING_BOOLEAN:
		return parse_boolean(value, field);
	case SETTING_FLAG:
		return read_flag(value, rule->more, field);
	case SETTING_NUMBER:
		return read_number(value, field);
	case SETTING_SPAN:
		return parse_time_span(value, field);
	case SETTING_MODE:
		return parse_mode(value, field);
	case SETTING_SIGNAL:
		return parse_signal(value, field);
	case SETTING_WORD:
		return read_word(rule->more, value, field);
	case SETTING_REFUSED:
		/* An empty value asks for nothing, and "-" says that it may be missing. */
		return *value == '\0' || *value == '-' ? 0 : -EINVAL;
	default:
		return table->custom(base, rule, s);
	}
}

int settings_read(const struct setting_table *table, const struct boot_unit *unit,
		  const char *instance, void *base, const struct unit_setting **ret_problem)
{
	*ret_problem = NULL;
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];
		int r = strcmp(s->section, table->section) == 0
				? read_one(table, unit, instance, base, s)
				: 0;

		if (r < 0) {
			*ret_problem = s;
			return r == -ENOMEM ? r : -EINVAL;
		}
	}
	return 0;
}

void settings_release(const struct setting_table *table, void *base)
{
	const struct setting_rule *rule = table->rules;

	for (const char *name = table->names; *name; name += strlen(name) + 1, rule++) {
		void *field = (char *)base + rule->offset;

		if (rule->kind == SETTING_TEXT)
			free(*(char **)field);
		else if (rule->kind == SETTING_WORDS)
			list_release(field);
	}
}
