/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes JSON (RFC 8259), with the commas and quotes that it needs. The caller closes
 * objects and lists in their order.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;  /* borrowed */
	bool comma; /* this object or list is not empty */
};

/* name: NULL in a list and for the outermost value. */
void json_open(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                  /* '}' or ']' */

/* text: NULL is null. If it is not UTF-8, it is escaped as in messages (\xNN). */
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name, uint64_t number);
void json_bool(struct json *json, const char *name, bool value);

#endif
