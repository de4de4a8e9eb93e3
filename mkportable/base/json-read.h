/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads JSON (RFC 8259) as the notes of ELF files have it: without control characters, "\u" and
 * other escapes than "\"", "\\" and "\/" in strings. What is of no interest is passed over.
 *
 * Pure: bytes in, values out. Any bytes are accepted.
 */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

struct json_reader {
	struct pool *pool; /* borrowed */
	const char *p, *end;
};

/* text: ends at a NUL or at size. */
void json_reader_open(struct json_reader *reader, struct pool *pool, const char *text, size_t size);

/* Whether this character comes next, behind white space; it is passed then. */
bool json_next_is(struct json_reader *reader, char c);

/* Whether nothing follows but white space. */
bool json_at_end(struct json_reader *reader);

/* A string, in the pool. Returns 0, -EBADMSG or -ENOMEM. */
int json_read_string(struct json_reader *reader, const char **ret);

/* The name of a member and its ":". Returns as above. */
int json_read_name(struct json_reader *reader, const char **ret);

/* Passes any value. Numbers and words are not judged. Returns as above. */
int json_skip_value(struct json_reader *reader);

#endif
