/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../services/qotd/pick.c"
#include "../../services/qotd/quotes.c"
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* A collection in a block as tight as the contract allows, so that sanitizers see more. */
struct fixture {
	char *block;
	struct quotes quotes;
	struct quote_file file;
	unsigned n_problems, line;
	const char *what;
};

static void note(void *userdata, unsigned line, const char *what)
{
	struct fixture *f = userdata;

	f->n_problems++;
	f->line = line;
	f->what = what;
}

static void load(struct fixture *f, const char *text, size_t size)
{
	char *copy = malloc(size + 1);

	*f = (struct fixture){ 0 };
	if (!copy)
		abort();
	memcpy(copy, text, size);
	f->block = copy;
	quotes_parse(copy, size, note, f, &f->file);
	f->quotes = (struct quotes){ .n = f->file.n, .n_files = 1, .files = &f->file };
}

static void unload(struct fixture *f)
{
	free(f->block);
	f->block = NULL;
}

/* A quote as a string; static. */
static const char *quote(const struct fixture *f, size_t index)
{
	static char text[QUOTE_SIZE_MAX + 1];

	text[quotes_render(&f->quotes, index, text)] = '\0';
	return text;
}

static void what_a_text_holds(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *first, *last;
	} cases[] = {
		{ "", 0, NULL, NULL },
		{ "%\n%\n\n%\n \t\n", 0, NULL, NULL },
		{ "one", 1, "one\r\n", "one\r\n" },
		{ "one\n", 1, "one\r\n", "one\r\n" },
		{ "one\n%", 1, "one\r\n", "one\r\n" },
		{ "one\n%\ntwo\n", 2, "one\r\n", "two\r\n" },
		{ "%\none\n%\n%\ntwo\n%\n", 2, "one\r\n", "two\r\n" },
		{ "one\r\n%\r\ntwo\r\n", 2, "one\r\n", "two\r\n" },
		{ "one\n% \ntwo", 2, "one\r\n", "two\r\n" },
		{ "\n\none \n\n\n%\ntwo\n", 2, "one\r\n", "two\r\n" },
		{ "a\n\nb\n", 1, "a\r\n\r\nb\r\n", NULL },
		{ "5 %\n%%\n %\n%x\n", 1, "5 %\r\n%%\r\n %\r\n%x\r\n", NULL },
		{ "q\n\t\t-- A\n", 1, "q\r\n                -- A\r\n", NULL },
		{ "abc\td\n", 1, "abc     d\r\n", NULL },
		{ "\xc3\xa9t\xc3\xa9\tx\n", 1, "\xc3\xa9t\xc3\xa9     x\r\n", NULL },
		{ "\xef\xbb\xbfmarked\n", 1, "marked\r\n", NULL },
		{ "\xe2\x80\x9cquoted\xe2\x80\x9d\n", 1, "\xe2\x80\x9cquoted\xe2\x80\x9d\r\n",
		  NULL },
	};
	struct fixture f;

	for (size_t i = 0; i < COUNT(cases); i++) {
		load(&f, cases[i].text, strlen(cases[i].text));
		CHECK(f.quotes.n == cases[i].n);
		CHECK(f.n_problems == 0);
		if (f.quotes.n == cases[i].n && cases[i].first)
			CHECK_TEXT(quote(&f, 0), cases[i].first);
		if (f.quotes.n == cases[i].n && cases[i].last)
			CHECK_TEXT(quote(&f, f.quotes.n - 1), cases[i].last);
		unload(&f);
	}
}

static void what_cannot_be_sent_is_left_out_and_named_by_its_line(void)
{
	static const struct {
		const char *bad;
		size_t size;
	} cases[] = {
		{ "bell \a", 6 },      { "escape \x1b[2J", 11 },   { "back\bspace", 10 },
		{ "delete \x7f", 8 },  { "nul \0 nul", 9 },        { "return \r inside", 15 },
		{ "latin \xe9", 7 },   { "c1 \xc2\x9b", 5 },       { "long \xc0\xaf", 7 },
		{ "cut \xe2\x80", 6 }, { "half \xed\xa0\x80", 8 }, { "first\nsecond \v", 14 },
	};
	static const char before[] = "one\n%\n\n", after[] = "\n%\ntwo\n";
	char text[64];
	struct fixture f;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size = 0;

		memcpy(text, before, sizeof before - 1);
		size = sizeof before - 1;
		memcpy(text + size, cases[i].bad, cases[i].size);
		size += cases[i].size;
		memcpy(text + size, after, sizeof after - 1);
		size += sizeof after - 1;
		load(&f, text, size);
		CHECK(f.quotes.n == 2);
		CHECK(f.n_problems == 1 && f.line == 4);
		CHECK_TEXT(f.what, "control characters, or not UTF-8");
		CHECK_TEXT(quote(&f, 0), "one\r\n");
		CHECK_TEXT(quote(&f, 1), "two\r\n");
		unload(&f);
	}
}

static void the_longest_quote_has_511_bytes_as_sent(void)
{
	char text[600];
	struct fixture f;

	memset(text, 'x', sizeof text);
	load(&f, text, 509);
	CHECK(f.quotes.n == 1 && strlen(quote(&f, 0)) == 511);
	unload(&f);

	load(&f, text, 510);
	CHECK(f.quotes.n == 0 && f.n_problems == 1 && f.line == 1);
	CHECK_TEXT(f.what, "longer than 511 bytes");
	unload(&f);

	/* Each line end counts twice, a tab as the spaces it becomes. */
	text[10] = '\n';
	load(&f, text, 508);
	CHECK(f.quotes.n == 1 && strlen(quote(&f, 0)) == 511);
	unload(&f);
	load(&f, text, 509);
	CHECK(f.quotes.n == 0);
	unload(&f);
	text[10] = 'x';
	text[0] = '\t';
	load(&f, text, 502);
	CHECK(f.quotes.n == 1 && strlen(quote(&f, 0)) == 511);
	unload(&f);
	load(&f, text, 503);
	CHECK(f.quotes.n == 0);
	unload(&f);
}

static void many_quotes_are_found_by_their_number_in_the_memory_of_their_text(void)
{
	static const size_t counts[] = { 1, 2, 15, 16, 17, 18, 31, 32, 33, 34, 1000 };
	const size_t room = 16000;
	char *text = malloc(room), wanted[32];
	struct fixture f;

	for (size_t c = 0; text && c < COUNT(counts); c++) {
		size_t size = 0;

		for (size_t i = 0; i < counts[c]; i++)
			size += (size_t)snprintf(text + size, room - size, "%s%zu",
						 i ? "\n%\n" : "", i);
		load(&f, text, size);
		CHECK(f.quotes.n == counts[c]);
		CHECK(f.file.size <= size + 1);
		for (size_t i = 0; i < f.quotes.n; i++) {
			(void)snprintf(wanted, sizeof wanted, "%zu\r\n", i);
			CHECK_TEXT(quote(&f, i), wanted);
		}
		unload(&f);
	}
	free(text);
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "we");
	CHECK(file != NULL);
	if (!file)
		return;
	(void)fputs(text, file);
	(void)fclose(file);
}

static void files_are_taken_in_the_order_of_their_bytes(void)
{
	static const char *const names[] = { "Z.quotes", "a.quotes", "b.quotes",
					     "\xc3\xa4.quotes" };
	char directory[] = "/tmp/test-quotes-XXXXXX", name[NAME_MAX + 1] = "", path[300];
	static const char *const others[] = { ".h.quotes", "c.quotes~", "d.txt", ".quotes" };
	struct quotes quotes = QUOTES_NONE;
	struct fixture f = { 0 };

	CHECK(mkdtemp(directory) != NULL);
	for (size_t i = COUNT(names); i > 0; i--)
		write_file(directory, names[i - 1], names[i - 1]);
	for (size_t i = 0; i < COUNT(others); i++)
		write_file(directory, others[i], "no");
	for (size_t i = 0; i < COUNT(names); i++) {
		CHECK(quotes_next_name(directory, name) == 1);
		CHECK_TEXT(name, names[i]);
		(void)snprintf(path, sizeof path, "%s/%s", directory, name);
		CHECK(quotes_add_file(&quotes, path, NULL, NULL) == 0);
	}
	CHECK(quotes_next_name(directory, name) == 0);
	f.quotes = quotes;
	CHECK(quotes.n == 4);
	for (size_t i = 0; i < quotes.n; i++)
		CHECK(strncmp(quote(&f, i), names[i], strlen(names[i])) == 0);

	name[0] = '\0';
	CHECK(quotes_next_name("/nonexistent", name) == -ENOENT);
	CHECK(quotes_next_name(path, name) == -ENOTDIR);
	CHECK(quotes_add_file(&quotes, "/nonexistent", NULL, NULL) == -ENOENT);
	CHECK(quotes_add_file(&quotes, directory, NULL, NULL) == -EISDIR);
	CHECK(quotes.n == 4);
	quotes_release(&quotes);
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof path, "%s/%s", directory, others[i]);
		(void)unlink(path);
	}
	CHECK(rmdir(directory) == 0);
}

static void every_quote_has_its_day_before_any_comes_again(void)
{
	static const uint64_t starts[] = { 0, 1, 20000, 20778, UINT64_MAX - 5000 };
	static char seen[1500];

	for (size_t n = 1; n <= sizeof seen; n += n < 450 ? 1 : 131)
		for (size_t s = 0; s < COUNT(starts); s++) {
			memset(seen, 0, sizeof seen);
			for (uint64_t day = starts[s]; day < starts[s] + n; day++) {
				size_t index = pick_day(day, n);

				if (index >= n || seen[index]) {
					CHECK(index < n && !seen[index]);
					return;
				}
				seen[index] = 1;
			}
		}
}

static void the_quotes_of_successive_days_are_no_neighbours(void)
{
	for (size_t n = 20; n < 1000; n++)
		for (uint64_t day = 20000; day < 20010; day++) {
			size_t a = pick_day(day, n), b = pick_day(day + 1, n);
			size_t apart = a < b ? b - a : a - b;

			if (apart < n / 5 || n - apart < n / 5) {
				CHECK(apart >= n / 5 && n - apart >= n / 5);
				return;
			}
		}
}

static void a_day_has_the_same_quote_for_ever(void)
{
	CHECK(pick_day(0, 442) == 0);
	CHECK(pick_day(1, 442) == 275);
	CHECK(pick_day(442, 442) == 0);
	CHECK(pick_day(20778, 1000) == pick_day(778, 1000));
}

static void random_bits_favour_no_number(void)
{
	size_t index = 99;

	CHECK(random_from_bits(0, 1, &index) == 0 && index == 0);
	CHECK(random_from_bits(UINT32_MAX, 1, &index) == 0 && index == 0);
	CHECK(random_from_bits(UINT32_MAX, 4, &index) == 0 && index == 3);
	/* 2^32 is 1 more than a multiple of 3: one value is too many. */
	CHECK(random_from_bits(UINT32_MAX, 3, &index) == -EAGAIN && index == 3);
	CHECK(random_from_bits(UINT32_MAX - 1, 3, &index) == 0 && index == 2);
	/* The worst case throws away just under a half. */
	CHECK(random_from_bits(0x80000000, 0x80000001, &index) == 0 && index == 0x80000000);
	CHECK(random_from_bits(0x80000001, 0x80000001, &index) == -EAGAIN);
}

static void random_quotes_are_all_of_them_in_time(void)
{
	struct fixture f;
	char text[QUOTE_SIZE_MAX] = { 0 };
	unsigned seen = 0;

	load(&f, "a\n%\nb\n%\nc\n%\nd\n%\ne\n", 18);
	for (int i = 0; i < 2000 && seen != 31; i++)
		if (pick_quote(&f.quotes, PICK_RANDOM, text) == 3 && text[0] >= 'a')
			seen |= 1U << (text[0] - 'a');
	CHECK(seen == 31);
	unload(&f);
}

int main(void)
{
	RUN(what_a_text_holds);
	RUN(what_cannot_be_sent_is_left_out_and_named_by_its_line);
	RUN(the_longest_quote_has_511_bytes_as_sent);
	RUN(many_quotes_are_found_by_their_number_in_the_memory_of_their_text);
	RUN(files_are_taken_in_the_order_of_their_bytes);
	RUN(every_quote_has_its_day_before_any_comes_again);
	RUN(the_quotes_of_successive_days_are_no_neighbours);
	RUN(a_day_has_the_same_quote_for_ever);
	RUN(random_bits_favour_no_number);
	RUN(random_quotes_are_all_of_them_in_time);
	return CHECK_STATUS();
}
