/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the settings of a unit into a struct, as a table says: names, and for each
 * what it is and where it goes. Pure.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "units/units.h"

#include <stdint.h>

/* Grows as it is filled; at is NULL or ends in NULL. */
struct list {
	size_t n;
	char **at; /* each malloc'd */
};

#define LIST_EMPTY ((struct list){ 0 })

/* Takes the text, also when it fails. Returns 0 or -ENOMEM. */
int list_take(struct list *list, char *text);
void list_release(struct list *list);

enum setting_kind {
	SETTING_TEXT,    /* char *, specifiers expanded; NULL when empty */
	SETTING_WORDS,   /* struct list, likewise; an empty value resets it */
	SETTING_BOOLEAN, /* bool */
	SETTING_FLAG,    /* unsigned: the bit 1 << more */
	SETTING_NUMBER,  /* unsigned */
	SETTING_SPAN,    /* uint64_t, microseconds */
	SETTING_MODE,    /* mode_t */
	SETTING_SIGNAL,  /* int */
	SETTING_WORD,    /* unsigned: which of list number more; 0 when empty */
	SETTING_REFUSED, /* none that could be left out, and none that can be done */
	SETTING_CUSTOM   /* this, and further ones, are the table's own */
};

struct setting_rule {
	uint8_t kind;
	uint8_t more;
	uint16_t offset; /* in the struct */
};

struct setting_table {
	const char *section;
	const char *names;                /* each ends in a NUL */
	const struct setting_rule *rules; /* for each of them */
	/* For the table's own kinds; rule is NULL for a setting that is not in it. */
	int (*custom)(void *base, const struct setting_rule *rule, const struct unit_setting *s);
};

/* A row of the X-macro that makes a table: X(name, kind, more, field). */
#define SETTING_NAME(name, kind, more, field) #name "\0"

/*
 * Reads all settings of the section, in their order. instance: see expand_specifiers().
 *
 * Returns 0; -EINVAL for one that makes no sense or is refused, which *ret_problem
 * becomes; -ENOMEM.
 */
int settings_read(const struct setting_table *table, const struct boot_unit *unit,
		  const char *instance, void *base, const struct unit_setting **ret_problem);

/* Frees the texts and lists of the struct. */
void settings_release(const struct setting_table *table, void *base);

/* Adds the words of a value, specifiers expanded; an empty value resets the list. */
int list_add_words(struct list *list, const struct boot_unit *unit, const char *instance,
		   const char *value);

#endif
