/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys with values, in memory, and as the text of a file: lines of "KEY VALUE". */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

/* So that a whole table is a file of 60 KiB at most. */
#define TABLE_ENTRIES_MAX 256
#define KEY_SIZE_MAX      32
#define VALUE_SIZE_MAX    200

#define TABLE_TEXT_SIZE_MAX ((size_t)TABLE_ENTRIES_MAX * (KEY_SIZE_MAX + VALUE_SIZE_MAX + 2))

struct entry {
	char key[KEY_SIZE_MAX + 1];
	char value[VALUE_SIZE_MAX + 1];
};

struct table {
	size_t n;
	struct entry at[TABLE_ENTRIES_MAX]; /* in the order of their arrival */
};

/* Returns the entry with this key, or NULL. The key needs no NUL. */
struct entry *table_find(struct table *table, const char *key, size_t size);

/*
 * Sets what "KEY VALUE" says. A key is 1 to 32 letters, digits, '.', '_' and '-'; a value 1
 * to 200 bytes of UTF-8 without control characters, which begins behind one space.
 *
 * Returns 0; -EINVAL for another text; -ENOSPC when the table is full. On failure the table
 * is unchanged.
 */
int table_set(struct table *table, const char *text, size_t size);

void table_remove(struct table *table, struct entry *entry);

/*
 * Adds the lines of a file; the last one may lack its line feed.
 *
 * Returns 0; or as table_set(), and sets *ret_line to the number of the line, from 1.
 */
int table_read(struct table *table, const char *text, size_t size, size_t *ret_line);

/* Writes the text of a file, without a NUL. Returns its size. */
size_t table_write(const struct table *table, char text[static TABLE_TEXT_SIZE_MAX]);

#endif
