/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads os-release(5) as parse_env_file() of systemd does, and reports where a shell would
 * read something else.
 *
 * Pure: bytes in, values out. Any bytes are accepted.
 */
#ifndef OS_RELEASE_READ_H
#define OS_RELEASE_READ_H

#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

/* An os-release has some ten lines; systemd has no limit that matters. */
#define OS_RELEASE_SIZE_MAX ((size_t)4 * 1024 * 1024)

struct os_release {
	unsigned lines; /* of the file; 1 for an empty one */
	struct os_release_line *first;
};

struct os_release_line {
	struct os_release_line *next;
	const char *key;
	const char *value; /* without quotes and escapes; it may have line breaks */
	unsigned line;
};

/*
 * Called for what is not KEY=value, and for what a shell would read differently.
 * refused: systemd does not read a file with that at all.
 */
typedef void os_release_problem_fn(void *userdata, unsigned line, const char *what, bool refused);

/* Returns 0, 1 if systemd refuses the file, or -ENOMEM. */
int os_release_read(struct pool *pool, const char *bytes, size_t size,
		    os_release_problem_fn *problem, void *userdata, struct os_release *ret);

/* The last value of the key; NULL if it is not set, or empty. */
const char *os_release_value(const struct os_release *file, const char *key);

/* Whether a value that is a list of words has this one. */
bool os_release_has_word(const char *list, const char *word);

#endif
