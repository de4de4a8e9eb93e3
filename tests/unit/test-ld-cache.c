/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ld-cache.h"
#include "check.h"
#include "elements.h"

#include <stddef.h>
#include <stdlib.h>

/* Made by hand: the header of dl-cache.h, two entries, strings. */
struct cache {
	char magic[20];
	uint32_t n, strings_size;
	uint32_t other[5];
	struct {
		uint32_t flags, name, path, version;
		uint64_t hwcap;
	} entries[3];
	char strings[48];
};

#define AT(offset) (uint32_t)(offsetof(struct cache, strings) + (offset))

static const struct cache cache = {
	.magic = "glibc-ld.so.cache1.1",
	.n = 3,
	.entries = { { 3, AT(0), AT(8), 0, 0 },
		     { 3, AT(16), AT(24), 0, 0 },
		     { 3, AT(0), AT(32), 0, 0 } },
	.strings = "liba.so\0/a/liba\0libb.so\0/b/libb\0/c/liba",
};

/* The paths of a name, with a space between; from a copy that ends where its memory does. */
static const char *paths_of(const void *bytes, size_t size, const char *name)
{
	static char text[256];
	char *copy = malloc(size ? size : 1);
	uint32_t position = 0;
	const char *path;

	memcpy(copy, bytes, size);
	text[0] = '\0';
	while ((path = ld_cache_next(copy, size, false, name, &position)))
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", path);
	free(copy);
	return text;
}

static void a_library_has_its_paths(void)
{
	struct {
		char magic[12];
		uint32_t n;
		struct cache cache;
	} both = { .magic = "ld.so-1.7.0", .cache = cache };

	CHECK_TEXT(paths_of(&cache, sizeof cache, "liba.so"), "/a/liba /c/liba ");
	CHECK_TEXT(paths_of(&cache, sizeof cache, "libb.so"), "/b/libb ");
	CHECK_TEXT(paths_of(&cache, sizeof cache, "lib"), "");
	CHECK_TEXT(paths_of(&both, sizeof both, "libb.so"), "/b/libb ");
	CHECK_TEXT(paths_of("", 0, "libb.so"), "");
}

static void a_cache_of_any_bytes_is_survived(void)
{
	for (size_t size = 0; size < sizeof cache; size++)
		(void)paths_of(&cache, size, "liba.so");
	for (size_t i = 0; i < sizeof cache; i++) {
		static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };

		for (size_t j = 0; j < sizeof values; j++) {
			struct cache c = cache;

			((unsigned char *)&c)[i] = values[j];
			(void)paths_of(&c, sizeof c, "liba.so");
		}
	}
	CHECK(true);
}

int main(void)
{
	RUN(a_library_has_its_paths);
	RUN(a_cache_of_any_bytes_is_survived);
	return CHECK_STATUS();
}
