/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../services/consoled/commands.c"
#include "../../services/consoled/table.c"
#include "check.h"

#include "format.h"

#include <stdarg.h>
#include <stdlib.h>

static struct table table;
static char heard[8192]; /* each answer with a line feed */
static size_t heard_size;

static void hear(void *userdata, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void hear(void *userdata, const char *format, ...)
{
	va_list arguments;

	(void)userdata;
	va_start(arguments, format);
	heard_size += format_text_list(heard + heard_size, sizeof heard - heard_size - 1, format,
				       arguments);
	va_end(arguments);
	heard[heard_size++] = '\n';
	heard[heard_size] = '\0';
}

static enum command run(const char *line, size_t size)
{
	heard_size = 0;
	heard[0] = '\0';
	return command_run(&table, line, size, hear, NULL);
}

static const char *answer_to(const char *line)
{
	CHECK(run(line, strlen(line)) == COMMAND_DONE);
	return heard;
}

static void what_each_command_answers(void)
{
	table.n = 0;
	CHECK_TEXT(answer_to("list"), "0 keys\n");
	CHECK_TEXT(answer_to("set a 1"), "set, and not yet saved\n");
	CHECK_TEXT(answer_to("set b  two words "), "set, and not yet saved\n");
	CHECK_TEXT(answer_to("set a \xc3\xa9"), "set, and not yet saved\n");
	CHECK_TEXT(answer_to("get a"), "a = \xc3\xa9\n");
	CHECK_TEXT(answer_to("get c"), "no such key\n");
	CHECK_TEXT(answer_to("get"), "no such key\n");
	CHECK_TEXT(answer_to("list"), "a = \xc3\xa9\nb =  two words \n2 keys\n");
	CHECK_TEXT(answer_to("delete a"), "deleted, and not yet saved\n");
	CHECK_TEXT(answer_to("delete a"), "no such key\n");
	CHECK_TEXT(answer_to("list"), "b =  two words \n1 keys\n");
	CHECK_TEXT(answer_to(""), "");
	CHECK_TEXT(answer_to("Set a 1"), "unknown command 'Set'; see 'help'\n");
	CHECK_TEXT(answer_to(" set a 1"), "unknown command ''; see 'help'\n");
	CHECK_TEXT(answer_to("a\x1b[0m"), "unknown command 'a\\x1b[0m'; see 'help'\n");
	CHECK(run("save", 4) == COMMAND_SAVE);
	CHECK(run("stop", 4) == COMMAND_STOP);
	CHECK(run("stop\0", 5) == COMMAND_DONE);
	CHECK(run(NULL, 0) == COMMAND_DONE);
	CHECK_TEXT(heard, "a line is longer than 512 bytes, ignoring\n");
}

static void what_is_a_key_and_a_value(void)
{
	static const struct {
		const char *text;
		size_t size;
		int r;
	} cases[] = {
#define TEXT(t) t, sizeof(t) - 1
		{ TEXT("a 1"), 0 },
		{ TEXT("A.b-c_9  "), 0 },
		{ TEXT("abcdefghijklmnopqrstuvwxyz012345 1"), 0 },
		{ TEXT("abcdefghijklmnopqrstuvwxyz0123456 1"), -EINVAL },
		{ TEXT(""), -EINVAL },
		{ TEXT("a"), -EINVAL },
		{ TEXT("a "), -EINVAL },
		{ TEXT(" 1"), -EINVAL },
		{ TEXT("\xc3\xa9 1"), -EINVAL },
		{ TEXT("a/b 1"), -EINVAL },
		{ TEXT("a \xc3"), -EINVAL },
		{ TEXT("a \xc2\x9b"), -EINVAL },
		{ TEXT("a \xc2\xa0"), 0 },
		{ TEXT("a 1\0"), -EINVAL },
		{ TEXT("a\0b 1"), -EINVAL },
		{ TEXT("a \t"), -EINVAL },
		{ TEXT("a \x7f"), -EINVAL },
#undef TEXT
	};

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		table.n = 0;
		CHECK(table_set(&table, cases[i].text, cases[i].size) == cases[i].r);
		CHECK(table.n == (cases[i].r == 0));
	}
}

static void the_longest_value_and_the_last_key(void)
{
	char text[16 + VALUE_SIZE_MAX + 1];
	size_t size, line = 0;
	static char file[TABLE_TEXT_SIZE_MAX];

	table.n = 0;
	for (unsigned i = 0; i < TABLE_ENTRIES_MAX; i++) {
		size = format_text(text, sizeof text, "k%u ", i);
		memset(text + size, 'v', VALUE_SIZE_MAX);
		CHECK(table_set(&table, text, size + VALUE_SIZE_MAX) == 0);
	}
	CHECK(table_set(&table, "more 1", 6) == -ENOSPC);
	CHECK(table_set(&table, "k0 1", 4) == 0);
	memset(text, 'v', sizeof text);
	memcpy(text, "k ", 2);
	CHECK(table_set(&table, text, 2 + VALUE_SIZE_MAX + 1) == -EINVAL);
	CHECK(table.n == TABLE_ENTRIES_MAX);

	size = table_write(&table, file);
	table.n = 0;
	CHECK(table_read(&table, file, size, &line) == 0);
	CHECK(table.n == TABLE_ENTRIES_MAX);
	CHECK(table_set(&table, "k255 1", 6) == 0);
}

static void what_a_file_may_contain(void)
{
	size_t line = 0;

	table.n = 0;
	CHECK(table_read(&table, "", 0, &line) == 0 && table.n == 0);
	CHECK(table_read(&table, "a 1\nb 2", 7, &line) == 0 && table.n == 2);
	CHECK(table_read(&table, "a 1\nb\n", 6, &line) == -EINVAL && line == 2);
	CHECK(table_read(&table, "\n", 1, &line) == -EINVAL && line == 1);
}

static int collect(void *userdata, const char *line, size_t size)
{
	(void)userdata;
	if (!line)
		hear(NULL, "(too long)");
	else
		hear(NULL, "%.*s", (int)size, line);
	return line && size == 4 && memcmp(line, "stop", 4) == 0;
}

/* Feeds the text in portions of that size. */
static const char *lines_of(const char *text, size_t portion)
{
	struct lines lines = { 0 };
	size_t size = strlen(text);

	heard_size = 0;
	heard[0] = '\0';
	for (size_t i = 0; i < size; i += portion) {
		if (lines_feed(&lines, text + i, size - i < portion ? size - i : portion, collect,
			       NULL) != 0)
			break;
	}
	return heard;
}

static void lines_come_in_portions_of_any_size(void)
{
	char too_long[LINE_SIZE_MAX * 2], text[sizeof too_long + 32], wanted[LINE_SIZE_MAX + 32];

	for (size_t portion = 1; portion < 20; portion++) {
		CHECK_TEXT(lines_of("a\n\nbc\nrest", portion), "a\n\nbc\n");
		CHECK_TEXT(lines_of("a\nstop\nlost\n", portion), "a\nstop\n");

		memset(text, 'x', LINE_SIZE_MAX);
		memcpy(text + LINE_SIZE_MAX, "\ny\n", 4);
		memcpy(wanted, text, LINE_SIZE_MAX + 4);
		CHECK_TEXT(lines_of(text, portion), wanted);
		memset(text, 'x', LINE_SIZE_MAX + 1);
		memcpy(text + LINE_SIZE_MAX + 1, "\ny\n", 4);
		CHECK_TEXT(lines_of(text, portion), "(too long)\ny\n");
		memset(text, 'x', sizeof too_long);
		memcpy(text + sizeof too_long, "\ny\n", 4);
		CHECK_TEXT(lines_of(text, portion), "(too long)\ny\n");
	}
}

int main(void)
{
	RUN(what_each_command_answers);
	RUN(what_is_a_key_and_a_value);
	RUN(the_longest_value_and_the_last_key);
	RUN(what_a_file_may_contain);
	RUN(lines_come_in_portions_of_any_size);
	return CHECK_STATUS();
}
