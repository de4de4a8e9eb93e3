/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The note by which a program says what it loads by dlopen(3). */
#include "base/dlopen-note.h"

#include "base/json-read.h"

#include <errno.h>
#include <string.h>

/* No program has as many. */
#define ENTRIES_MAX 512

static int read_name(struct json_reader *x, struct dlopen_entry *entry)
{
	const char *name;
	int r = json_read_string(x, &name);

	if (r < 0)
		return r;
	if (!name[0] || strchr(name, '/') || entry->n == DLOPEN_NAMES_MAX)
		return -EBADMSG;
	entry->names[entry->n++] = name;
	return 0;
}

/* A name, or an array of names. */
static int read_names(struct json_reader *x, struct dlopen_entry *entry)
{
	int r;

	if (!json_next_is(x, '['))
		return read_name(x, entry);
	do
		r = read_name(x, entry);
	while (r == 0 && json_next_is(x, ','));
	return r < 0 || json_next_is(x, ']') ? r : -EBADMSG;
}

static int read_object(struct json_reader *x, struct dlopen_entry **list)
{
	struct dlopen_entry *entry = pool_take(x->pool, sizeof *entry);
	const char *key, *priority = "recommended"; /* the specification's default */
	int r;

	if (!entry)
		return -ENOMEM;
	if (!json_next_is(x, '{'))
		return -EBADMSG;
	do {
		r = json_read_name(x, &key);
		if (r < 0)
			return r;
		if (strcmp(key, "soname") == 0 && entry->n == 0)
			r = read_names(x, entry);
		else if (strcmp(key, "priority") == 0)
			r = json_read_string(x, &priority);
		else
			r = json_skip_value(x);
	} while (r == 0 && json_next_is(x, ','));
	if (r < 0)
		return r;
	if (!json_next_is(x, '}') || entry->n == 0)
		return -EBADMSG;
	entry->required = strcmp(priority, "required") == 0;
	if (strcmp(priority, "suggested") != 0) {
		entry->next = *list;
		*list = entry;
	}
	return 0;
}

int dlopen_note_read(struct pool *pool, const char *text, size_t size, struct dlopen_entry **list)
{
	struct dlopen_entry *longer = *list;
	struct json_reader x;
	unsigned n = 0;
	int r;

	json_reader_open(&x, pool, text, size);
	if (json_next_is(&x, '[')) {
		do
			r = ++n > ENTRIES_MAX ? -EBADMSG : read_object(&x, &longer);
		while (r == 0 && json_next_is(&x, ','));
		if (r == 0 && !json_next_is(&x, ']'))
			r = -EBADMSG;
	} else {
		r = read_object(&x, &longer);
	}
	if (r == 0 && !json_at_end(&x))
		r = -EBADMSG;
	if (r == 0)
		*list = longer;
	return r;
}
