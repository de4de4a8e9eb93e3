/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The note by which a program says of which package it is. */
#include "base/package-note.h"

#include "base/json-read.h"
#include "elements.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct field {
	const char *key;
	size_t offset;
} fields[] = {
	{ "type", offsetof(struct package, type) },
	{ "os", offsetof(struct package, os) },
	{ "name", offsetof(struct package, name) },
	{ "version", offsetof(struct package, version) },
	{ "architecture", offsetof(struct package, architecture) },
	{ "appCpe", offsetof(struct package, cpe) },
	{ "license", offsetof(struct package, license) },
	{ "sha256", offsetof(struct package, sha256) },
};

static int read_object(struct json_reader *x, bool is_part, struct package **ret);

static int read_parts(struct json_reader *x, struct package **end)
{
	unsigned n = 0;
	int r;

	if (!json_next_is(x, '['))
		return -EBADMSG;
	do {
		r = ++n > PACKAGE_PARTS_MAX ? -EBADMSG : read_object(x, true, end);
		if (r == 0)
			end = &(*end)->next;
	} while (r == 0 && json_next_is(x, ','));
	return r < 0 || json_next_is(x, ']') ? r : -EBADMSG;
}

/* The value of a member; an empty one says nothing. */
static int read_member(struct json_reader *x, const char *key, bool is_part,
		       struct package *package)
{
	const char *value;
	int r;

	if (!is_part && !package->parts && strcmp(key, "static") == 0)
		return read_parts(x, &package->parts);
	for (size_t i = 0; i < ELEMENTS(fields); i++) {
		if (strcmp(key, fields[i].key) != 0)
			continue;
		r = json_read_string(x, &value);
		if (r == 0)
			*(const char **)((char *)package + fields[i].offset) =
				value[0] ? value : NULL;
		return r;
	}
	return json_skip_value(x);
}

static int read_object(struct json_reader *x, bool is_part, struct package **ret)
{
	struct package *package = pool_take(x->pool, sizeof *package);
	const char *key;
	int r;

	if (!package)
		return -ENOMEM;
	if (!json_next_is(x, '{'))
		return -EBADMSG;
	do {
		r = json_read_name(x, &key);
		if (r == 0)
			r = read_member(x, key, is_part, package);
	} while (r == 0 && json_next_is(x, ','));
	if (r == 0 && (!json_next_is(x, '}') || !package->name))
		r = -EBADMSG;
	if (r == 0)
		*ret = package;
	return r;
}

int package_note_read(struct pool *pool, const char *text, size_t size, struct package **ret)
{
	struct package *package = NULL;
	struct json_reader x;
	int r;

	json_reader_open(&x, pool, text, size);
	r = read_object(&x, false, &package);
	if (r == 0 && !json_at_end(&x))
		r = -EBADMSG;
	if (r == 0)
		*ret = package;
	return r;
}
