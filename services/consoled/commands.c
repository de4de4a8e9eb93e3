/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the console. */
#include "commands.h"

#include "elements.h"
#include "log.h"

#include <errno.h>
#include <string.h>

int lines_feed(struct lines *lines, const char *bytes, size_t size,
	       int (*take)(void *userdata, const char *line, size_t size), void *userdata)
{
	const char *end;
	size_t length;
	int r;

	while (size > 0) {
		end = memchr(bytes, '\n', size);
		length = end ? (size_t)(end - bytes) : size;
		if (length > LINE_SIZE_MAX - lines->size)
			lines->too_long = true;
		if (!lines->too_long) {
			memcpy(lines->bytes + lines->size, bytes, length);
			lines->size += length;
		}
		if (!end)
			return 0;
		r = take(userdata, lines->too_long ? NULL : lines->bytes, lines->size);
		lines->size = 0;
		lines->too_long = false;
		if (r != 0)
			return r;
		bytes = end + 1;
		size -= length + 1;
	}
	return 0;
}

struct call {
	struct table *table;
	const char *rest; /* what follows the command and one space */
	size_t size;
	say_line *say;
	void *userdata;
};

static enum command set(const struct call *c)
{
	int r = table_set(c->table, c->rest, c->size);

	if (r == 0)
		c->say(c->userdata, "set, and not yet saved");
	else if (r == -ENOSPC)
		c->say(c->userdata, "there are %u keys already; delete one", TABLE_ENTRIES_MAX);
	else
		c->say(c->userdata, "not a key and a value; see 'help'");
	return COMMAND_DONE;
}

/* Returns the entry that the rest of the line names, or NULL after having said so. */
static struct entry *named(const struct call *c)
{
	struct entry *entry = table_find(c->table, c->rest, c->size);

	if (!entry)
		c->say(c->userdata, "no such key");
	return entry;
}

static enum command get(const struct call *c)
{
	const struct entry *entry = named(c);

	if (entry)
		c->say(c->userdata, "%s = %s", entry->key, entry->value);
	return COMMAND_DONE;
}

static enum command forget(const struct call *c)
{
	struct entry *entry = named(c);

	if (entry) {
		table_remove(c->table, entry);
		c->say(c->userdata, "deleted, and not yet saved");
	}
	return COMMAND_DONE;
}

static enum command list(const struct call *c)
{
	for (size_t i = 0; i < c->table->n; i++)
		c->say(c->userdata, "%s = %s", c->table->at[i].key, c->table->at[i].value);
	c->say(c->userdata, "%zu keys", c->table->n);
	return COMMAND_DONE;
}

static enum command save(const struct call *c)
{
	(void)c;
	return COMMAND_SAVE;
}

static enum command stop(const struct call *c)
{
	(void)c;
	return COMMAND_STOP;
}

static enum command help(const struct call *c)
{
	c->say(c->userdata, "commands: set KEY VALUE, get KEY, delete KEY, list, save, stop");
	return COMMAND_DONE;
}

static const struct {
	const char *name;
	enum command (*run)(const struct call *c);
} commands[] = {
	{ "set", set },   { "get", get },   { "delete", forget }, { "list", list },
	{ "save", save }, { "stop", stop }, { "help", help },
};

enum command command_run(struct table *table, const char *line, size_t size, say_line *say,
			 void *userdata)
{
	struct call c = { .table = table, .say = say, .userdata = userdata };
	char name[LINE_SIZE_MAX + 1], escaped[LOG_ESCAPED_SIZE];
	const char *space;
	size_t length;

	if (!line) {
		say(userdata, "a line is longer than %u bytes, ignoring", LINE_SIZE_MAX);
		return COMMAND_DONE;
	}
	if (size == 0)
		return COMMAND_DONE;
	space = memchr(line, ' ', size);
	length = space ? (size_t)(space - line) : size;
	memcpy(name, line, length);
	name[length] = '\0';
	c.rest = space ? space + 1 : line + size;
	c.size = (size_t)(line + size - c.rest);
	for (size_t i = 0; i < ELEMENTS(commands); i++) {
		/* With its length, because a NUL may be in it. */
		if (strlen(commands[i].name) == length &&
		    memcmp(commands[i].name, name, length) == 0)
			return commands[i].run(&c);
	}
	say(userdata, "unknown command '%s'; see 'help'", log_escape(name, escaped));
	return COMMAND_DONE;
}
