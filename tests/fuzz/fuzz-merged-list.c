/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are the list of a unit, a NUL, and that of a profile: merging them must neither
 * crash nor read astray, list a word once, and call nothing wider that adds nothing.
 */
#include "units/merged-list.c" /* so that the fuzzer sees its branches */

#include "elements.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const keys[] = {
	"CapabilityBoundingSet", "AmbientCapabilities", "RestrictAddressFamilies",
	"RestrictNamespaces",    "SystemCallFilter",    "SystemCallArchitectures",
};

/* Each line of the bytes is a line of the setting. */
static void merge_lines(struct merged_list *list, struct pool *pool, const char *key,
			const char *bytes, size_t size)
{
	struct unit_setting settings[16];
	struct unit_file file = { .settings = settings };

	while (size > 0 && file.n < ELEMENTS(settings)) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;
		char *value = pool_copy_bytes(pool, bytes, length);

		assert(value);
		settings[file.n++] =
			(struct unit_setting){ .section = "Service", .key = key, .value = value };
		bytes += length + (end != NULL);
		size -= length + (end != NULL);
	}
	if (merged_list_read(list, pool, &file, key) < 0)
		abort();
	assert(list->n <= MERGED_WORDS_MAX && (list->mode != MERGED_UNSET || list->n == 0));
	for (size_t i = 0; i < list->n; i++)
		assert(find(list, list->words[i]) == i);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct merged_list alone, with; /* 8 KiB each */
	struct pool pool = POOL_EMPTY;
	const char *text = (const char *)bytes + 1, *profile, *word;
	const char *key;
	size_t n = 0;

	if (size == 0)
		return 0;
	key = keys[bytes[0] % ELEMENTS(keys)];
	profile = memchr(text, '\0', --size);
	alone = MERGED_LIST_UNSET;
	merge_lines(&alone, &pool, key, text, profile ? (size_t)(profile - text) : size);
	with = alone;
	if (merged_list_is_wider(&with, &alone, &word, &n))
		abort();
	if (profile) {
		merge_lines(&with, &pool, key, profile + 1, size - (size_t)(profile - text) - 1);
		word = "";
		if (merged_list_is_wider(&with, &alone, &word, &n))
			assert(word ? n > 0 : n == 0);
	}
	pool_release(&pool);
	return 0;
}
