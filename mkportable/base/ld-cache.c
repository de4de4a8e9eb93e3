/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/ld.so.cache. */
#include "base/ld-cache.h"

#include <limits.h>
#include <string.h>

/* struct cache_file_new and struct file_entry_new. */
#define MAGIC       "glibc-ld.so.cache1.1"
#define COUNT_AT    20
#define HEADER_SIZE 48
#define ENTRY_SIZE  24
#define NAME_AT     4
#define PATH_AT     8

static uint32_t number_at(const char *bytes, size_t at, bool big_endian)
{
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof n; i++)
		n = n << 8 | (unsigned char)bytes[at + (big_endian ? i : sizeof n - 1 - i)];
	return n;
}

/* Bounded, or a hostile file would take long. */
static const char *string_at(const char *bytes, size_t size, size_t at)
{
	size_t rest = at < size ? size - at : 0;

	if (rest == 0)
		return NULL;
	return memchr(bytes + at, '\0', rest < PATH_MAX ? rest : PATH_MAX) ? bytes + at : NULL;
}

static bool is_string(const char *bytes, size_t size, size_t at, const char *text, size_t length)
{
	return at < size && length < size - at && memcmp(bytes + at, text, length + 1) == 0;
}

const char *ld_cache_next(const char *bytes, size_t size, bool big_endian, const char *name,
			  uint32_t *position)
{
	/* An older table may come first. Offsets count from the start of this one. */
	const char *table = memmem(bytes, size, MAGIC, strlen(MAGIC)), *path;
	size_t length = strlen(name);
	uint32_t n;

	if (!table)
		return NULL;
	size -= (size_t)(table - bytes);
	if (size < HEADER_SIZE)
		return NULL;
	n = number_at(table, COUNT_AT, big_endian);
	while (*position < n && *position < (size - HEADER_SIZE) / ENTRY_SIZE) {
		size_t entry = HEADER_SIZE + (size_t)(*position)++ * ENTRY_SIZE;

		if (!is_string(table, size, number_at(table, entry + NAME_AT, big_endian), name,
			       length))
			continue;
		path = string_at(table, size, number_at(table, entry + PATH_AT, big_endian));
		if (path)
			return path;
	}
	return NULL;
}
