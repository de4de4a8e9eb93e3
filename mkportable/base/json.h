/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes JSON (RFC 8259): commas and quotes are put where they belong; that names,
 * objects and lists are closed in their order is the caller's to see to.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;  /* borrowed */
	bool comma; /* something stands before in this object or list */
};

/* name: in an object; NULL in a list and for the whole. */
void json_open(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                  /* '}' or ']' */

/* text: NULL is null. What is not UTF-8 becomes \xNN in the string, as in messages. */
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name, uint64_t number);
void json_bool(struct json *json, const char *name, bool value);

#endif
