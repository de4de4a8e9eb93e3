/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys with values. */
#include "table.h"

#include "utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_key(const char *text, size_t size)
{
	if (size < 1 || size > KEY_SIZE_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* It goes to journals and terminals as it is. */
static bool is_value(const char *text)
{
	size_t size = 0;

	for (; text[size]; size++) {
		unsigned char c = (unsigned char)text[size], next = (unsigned char)text[size + 1];

		/* ASCII's, and those from U+0080 to U+009F */
		if (c < ' ' || c == 0x7f || (c == 0xc2 && next < 0xa0))
			return false;
	}
	return size > 0 && utf8_is_valid(text);
}

struct entry *table_find(struct table *table, const char *key, size_t size)
{
	for (size_t i = 0; i < table->n; i++) {
		struct entry *entry = &table->at[i];

		if (strlen(entry->key) == size && memcmp(entry->key, key, size) == 0)
			return entry;
	}
	return NULL;
}

int table_set(struct table *table, const char *text, size_t size)
{
	const char *space = memchr(text, ' ', size);
	struct entry new = { 0 }, *entry;
	size_t key_size, value_size;

	if (!space)
		return -EINVAL;
	key_size = (size_t)(space - text);
	value_size = size - key_size - 1;
	if (!is_key(text, key_size) || value_size > VALUE_SIZE_MAX ||
	    memchr(space + 1, '\0', value_size))
		return -EINVAL;
	memcpy(new.key, text, key_size);
	memcpy(new.value, space + 1, value_size);
	if (!is_value(new.value))
		return -EINVAL;

	entry = table_find(table, text, key_size);
	if (!entry) {
		if (table->n == TABLE_ENTRIES_MAX)
			return -ENOSPC;
		entry = &table->at[table->n++];
	}
	*entry = new;
	return 0;
}

void table_remove(struct table *table, struct entry *entry)
{
	const struct entry *end = table->at + table->n;

	memmove(entry, entry + 1, (size_t)((const char *)end - (const char *)(entry + 1)));
	table->n--;
}

int table_read(struct table *table, const char *text, size_t size, size_t *ret_line)
{
	size_t line = 1, length;
	const char *end;
	int r;

	for (; size > 0; line++) {
		end = memchr(text, '\n', size);
		length = end ? (size_t)(end - text) : size;
		r = table_set(table, text, length);
		if (r < 0) {
			*ret_line = line;
			return r;
		}
		if (!end)
			break;
		text = end + 1;
		size -= length + 1;
	}
	return 0;
}

size_t table_write(const struct table *table, char text[static TABLE_TEXT_SIZE_MAX])
{
	char *end = text;

	for (size_t i = 0; i < table->n; i++) {
		end = stpcpy(end, table->at[i].key);
		*end++ = ' ';
		end = stpcpy(end, table->at[i].value);
		*end++ = '\n';
	}
	return (size_t)(end - text);
}
