/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads os-release(5) as systemd's parse_env_file() does, and reports where a shell would
 * read something else.
 *
 * Pure: bytes in, values out. Any bytes are accepted.
 */
#ifndef OS_RELEASE_READ_H
#define OS_RELEASE_READ_H

#include "base/pool.h"

#include <stddef.h>

/* An os-release has some ten lines; systemd reads at most 4 MiB. */
#define OS_RELEASE_SIZE_MAX ((size_t)64 * 1024)
#define OS_RELEASE_KEYS_MAX 64

struct os_release {
	unsigned lines; /* of the file; 1 for an empty one */
	size_t n;
	struct os_release_line {
		const char *key;
		const char *value; /* without quotes and escapes */
		unsigned line;
	} at[OS_RELEASE_KEYS_MAX];
};

/* Called for each line that is not KEY=value, or that a shell would read differently. */
typedef void os_release_problem_fn(void *userdata, unsigned line, const char *what);

/* Returns 0 or -ENOMEM. Leaves out lines with problems, and those above OS_RELEASE_KEYS_MAX. */
int os_release_read(struct pool *pool, const char *bytes, size_t size,
		    os_release_problem_fn *problem, void *userdata, struct os_release *ret);

/* The last value of the key; NULL if it is not set, or empty. */
const char *os_release_value(const struct os_release *file, const char *key);

#endif
