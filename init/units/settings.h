/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the settings of a unit into a struct. A table has the name of each setting, its
 * kind and the place of its value in the struct. Pure.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "units/specifiers.h"

#include <stdbool.h>
#include <stdint.h>

/* A list of texts; at is NULL, or ends with NULL. */
struct list {
	size_t n;
	char **at; /* each malloc'd */
};

#define LIST_EMPTY ((struct list){ 0 })

/* Adds a malloc'd text, which it frees on failure. Returns 0 or -ENOMEM. */
int list_take(struct list *list, char *text);
bool list_has(const struct list *list, const char *text);
void list_release(struct list *list);

/*
 * Adds the words of a value; an empty value resets the list. instance: see
 * expand_specifiers().
 */
int list_add_words(struct list *list, const struct boot_unit *unit, const char *instance,
		   const char *value);

/* systemd takes /var/run for /run, also where the image has no such link. In place. */
void replace_var_run(char *path);

enum setting_kind {
	SETTING_TEXT,    /* char *, specifiers expanded; NULL when empty */
	SETTING_WORDS,   /* struct list, see list_add_words() */
	SETTING_BOOLEAN, /* bool */
	SETTING_FLAG,    /* unsigned: the bit 1 << more */
	SETTING_NUMBER,  /* unsigned */
	SETTING_SPAN,    /* uint64_t, microseconds */
	SETTING_MODE,    /* mode_t */
	SETTING_SIGNAL,  /* int */
	SETTING_WORD,    /* unsigned: the index in word list number more; 0 when empty */
	SETTING_REFUSED, /* not supported, and it cannot be ignored safely */
	SETTING_CUSTOM   /* for custom() of the table, like all numbers above it */
};

struct setting_rule {
	uint8_t kind;
	uint8_t more;
	uint16_t offset; /* in the struct */
};

struct setting_table {
	const char *section;
	const char *names;                /* see words.h */
	const struct setting_rule *rules; /* one for each name */
	/* Reads a setting of the table's own kinds, or, with rule NULL, one that is not in it. */
	int (*custom)(void *base, const struct setting_rule *rule, const struct unit_setting *s);
};

/* A row of the X-macro that makes a table: X(name, kind, more, field). */
#define SETTING_NAME(name, kind, more, field) #name "\0"

/*
 * Reads all settings of the section, in their order. instance: see expand_specifiers().
 *
 * Returns 0; -EINVAL for a setting that makes no sense or is refused, and sets
 * *ret_problem to it; -ENOMEM.
 */
int settings_read(const struct setting_table *table, const struct boot_unit *unit,
		  const char *instance, void *base, const struct unit_setting **ret_problem);

/* Frees the texts and lists of the struct. */
void settings_release(const struct setting_table *table, void *base);

#endif
