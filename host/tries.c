/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tries that are left of a version. */
#include "tries.h"

#include "number.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where the parts of a path are: "/d/x_2" "+3-0" ".raw". */
struct parts {
	size_t begin, end; /* of the count; the same without one */
	struct tries tries;
};

static bool read_count(const char *text, size_t size, struct tries *ret)
{
	const char *dash = memchr(text, '-', size);
	size_t left_size = dash ? (size_t)(dash - text) : size;
	uint64_t left, done = 0;

	if (parse_uint_bytes(text, left_size, 0, INT32_MAX, &left) < 0)
		return false;
	if (dash && parse_uint_bytes(dash + 1, size - left_size - 1, 0, INT32_MAX, &done) < 0)
		return false;
	*ret = (struct tries){ (unsigned long)left, (unsigned long)done };
	return true;
}

static struct parts take_apart(const char *path)
{
	const char *name = strrchr(path, '/'), *plus;
	size_t end = strlen(path);
	struct parts parts;

	name = name ? name + 1 : path;
	if (strlen(name) > strlen(".raw") && strcmp(path + end - strlen(".raw"), ".raw") == 0)
		end -= strlen(".raw");
	parts = (struct parts){ .begin = end, .end = end };
	plus = memrchr(name, '+', (size_t)(path + end - name));
	if (plus && plus > name &&
	    read_count(plus + 1, (size_t)(path + end - plus - 1), &parts.tries))
		parts.begin = (size_t)(plus - path);
	return parts;
}

bool tries_read(const char *path, struct tries *ret)
{
	struct parts parts = take_apart(path);

	if (parts.begin == parts.end)
		return false;
	*ret = parts.tries;
	return true;
}

char *tries_path(struct pool *pool, const char *path, const struct tries *tries)
{
	struct parts parts = take_apart(path);

	return pool_format(pool, "%.*s+%lu-%lu%s", (int)parts.begin, path, tries->left, tries->done,
			   path + parts.end);
}

char *tries_path_without(struct pool *pool, const char *path)
{
	struct parts parts = take_apart(path);

	return pool_format(pool, "%.*s%s", (int)parts.begin, path, path + parts.end);
}
