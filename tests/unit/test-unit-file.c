/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit-file reader against systemd.syntax(7), and against what systemd was seen to do. */
#include "check.h"
#include "elements.h"
#include "unit-file.h"

#include <errno.h>
#include <stdlib.h>

struct problems {
	int n;
	unsigned line;
	char what[64];
};

static void note_problem(void *userdata, unsigned line, const char *what)
{
	struct problems *p = userdata;

	if (p->n++ == 0) {
		p->line = line;
		(void)snprintf(p->what, sizeof p->what, "%s", what);
	}
}

/* "section.key=value@line" for each setting, with newlines between. */
static const char *flatten(const char *bytes, size_t size, struct problems *ret_problems)
{
	static char text[4096];
	struct unit_file file = UNIT_FILE_NONE;
	size_t used = 0;

	*ret_problems = (struct problems){ 0 };
	text[0] = '\0';
	if (unit_file_parse(bytes, size, note_problem, ret_problems, &file) < 0)
		return NULL;
	for (size_t i = 0; i < file.n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s.%s=%s@%u",
					 i > 0 ? "\n" : "", file.settings[i].section,
					 file.settings[i].key, file.settings[i].value,
					 file.settings[i].line);
	unit_file_release(&file);
	return text;
}

static void what_a_file_says(void)
{
	static const struct {
		const char *text, *wanted;
	} table[] = {
		{ "", "" },
		{ "\n\n# only\n ; comments\n", "" },
		{ "[A]\nk=v\n", "A.k=v@2" },
		{ "[A]\nk=v", "A.k=v@2" },
		{ "\xef\xbb\xbf[A]\r\nk=v\r\n", "A.k=v@2" },
		{ "[A]\rk=v\r\rl=w\n\rm=x\r", "A.k=v@2\nA.l=w@4\nA.m=x@5" },
		{ " [A] \n \t k \t = \t a b \t \n", "A.k=a b@2" },
		{ "[A]\nk=a=b\nk=\nk=c\n[B]\nk=d\n[A]\nl=e\n",
		  "A.k=a=b@2\nA.k=@3\nA.k=c@4\nB.k=d@6\nA.l=e@8" },
		/* A backslash at the end becomes a blank; the number is that of the first line. */
		{ "[A]\nk=a\\\n  b\\\n  c\nl=d\n", "A.k=a   b   c@2\nA.l=d@5" },
		{ "[A]\nk=a\\\n# comment\n; comment\nb\nl=d\n", "A.k=a b@2\nA.l=d@6" },
		{ "[A]\nk=a\\\n\nl=b\n", "A.k=a@2\nA.l=b@4" },
		{ "[A]\nk=a\\\n", "A.k=a@2" },
		{ "[A]\nk=a\\", "A.k=a@2" },
		{ "[A]\nk=a\\\\\nl=b\n", "A.k=a\\\\@2\nA.l=b@3" },
		{ "[A]\nk=a\\\\\\\nb\n", "A.k=a\\\\ b@2" },
		{ "# a comment does not go on \\\n[A]\nk=v\n", "A.k=v@3" },
		{ "[A]\nk=a # no comment\n", "A.k=a # no comment@2" },
		{ "[A]\nk=%i %% \"q\n", "A.k=%i %% \"q@2" },
		{ "[A]\nk=\xc3\xa4\n", "A.k=\xc3\xa4@2" },
		{ "[A\\\nB]\nk=v\n", "A B.k=v@3" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct problems problems;

		CHECK_TEXT(flatten(table[i].text, strlen(table[i].text), &problems),
			   table[i].wanted);
		CHECK(problems.n == 0);
	}
}

static void what_systemd_warns_about(void)
{
	static const struct {
		const char *text, *kept;
		size_t size;
		unsigned line;
		const char *what;
	} table[] = {
		{ .text = "k=v\n[A]\nl=w\n",
		  .kept = "A.l=w@3",
		  12,
		  1,
		  "assignment outside of a section" },
		{ .text = "[A]\nk\nl=w\n",
		  .kept = "A.l=w@3",
		  10,
		  2,
		  "neither a section header nor an assignment: missing '='" },
		{ .text = "[A]\n=v\nl=w\n", .kept = "A.l=w@3", 11, 2, "missing key before '='" },
		{ .text = "[A]\n[B\nl=w\n[C]\nm=x\n",
		  .kept = "C.m=x@5",
		  19,
		  2,
		  "not a section header: '[' without ']' at the end" },
		{ .text = "[A]\nk=\xff\nl=w\n", .kept = "A.l=w@3", 12, 2, "not UTF-8" },
		{ .text = "[A]\nk=\xc0\x80\nl=w\n", .kept = "A.l=w@3", 13, 2, "not UTF-8" },
		{ .text = "[A]\nk=\xed\xa0\x80\nl=w\n", .kept = "A.l=w@3", 14, 2, "not UTF-8" },
		{ .text = "[A]\nk=\xf4\x90\x80\x80\nl=w\n", .kept = "A.l=w@3", 15, 2, "not UTF-8" },
		{ .text = "[A]\nk=\xc3", .kept = "", 7, 2, "not UTF-8" },
		{ .text = "[A]\nk=a\0b\nl=w\n", .kept = "A.l=w@3", 14, 2, "contains a NUL byte" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct problems problems;

		CHECK_TEXT(flatten(table[i].text, table[i].size, &problems), table[i].kept);
		CHECK(problems.n >= 1);
		CHECK(problems.line == table[i].line);
		CHECK_TEXT(problems.what, table[i].what);
	}
}

static void lists_are_reset_by_an_empty_value(void)
{
	static const char text[] = "[S]\nk=1\nk=2\nother=\nk=\nk=3\n[T]\nk=\n[S]\nk=4\n";
	struct unit_file file = UNIT_FILE_NONE;
	const struct unit_setting *s;

	CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &file) == 0);
	s = unit_file_next(&file, "S", "k", NULL);
	CHECK(s && strcmp(s->value, "3") == 0 && s->line == 6);
	s = s ? unit_file_next(&file, "S", "k", s) : NULL;
	CHECK(s && strcmp(s->value, "4") == 0 && s->line == 10);
	CHECK(s && !unit_file_next(&file, "S", "k", s));
	CHECK(!unit_file_next(&file, "T", "k", NULL));
	CHECK_TEXT(unit_file_last(&file, "S", "k"), "4");
	CHECK_TEXT(unit_file_last(&file, "T", "k"), "");
	CHECK(!unit_file_last(&file, "T", "none"));
	CHECK(unit_file_has_section(&file, "T") && !unit_file_has_section(&file, "U"));
	unit_file_release(&file);
}

static void too_large_is_refused(void)
{
	char *bytes = calloc(1, UNIT_FILE_SIZE_MAX + 1);
	struct unit_file file = UNIT_FILE_NONE;

	CHECK(bytes != NULL);
	if (!bytes)
		return;
	CHECK(unit_file_parse(bytes, UNIT_FILE_SIZE_MAX + 1, NULL, NULL, &file) == -EFBIG);
	CHECK(unit_file_parse(bytes, UNIT_FILE_SIZE_MAX, NULL, NULL, &file) == 0 && file.n == 0);
	unit_file_release(&file);
	memset(bytes, '#', UNIT_FILE_SIZE_MAX);
	CHECK(unit_file_parse(bytes, UNIT_LINE_SIZE_MAX + 1, NULL, NULL, &file) == -EFBIG);
	CHECK(unit_file_parse(bytes, UNIT_LINE_SIZE_MAX, NULL, NULL, &file) == 0 && file.n == 0);
	unit_file_release(&file);
	/* A line and what continues it. */
	memset(bytes, 'x', UNIT_FILE_SIZE_MAX);
	memcpy(bytes + UNIT_LINE_SIZE_MAX / 2, "\\\n", 2);
	CHECK(unit_file_parse(bytes, UNIT_LINE_SIZE_MAX + 2, NULL, NULL, &file) == -EFBIG);
	CHECK(unit_file_parse(bytes, UNIT_LINE_SIZE_MAX, NULL, NULL, &file) == 0);
	unit_file_release(&file);
	free(bytes);
}

static void how_a_value_falls_into_words(void)
{
	static const struct {
		const char *value;
		int r;
		const char *wanted; /* the words, '|' between; a separator is "<;>" */
	} table[] = {
		{ "", 0, "" },
		{ "  \t ", 0, "" },
		{ "/bin/a -x  y", 0, "/bin/a|-x|y" },
		{ "'a b' \"c d\"", 0, "a b|c d" },
		{ "a'b c'd", 0, "ab cd" },
		{ "''", 0, "" },
		{ "a '' b", 0, "a||b" },
		{ "\"it's\" 'say \"x\"'", 0, "it's|say \"x\"" },
		{ "a\\x20b\\sc \\101 \\u00e4 \\U0001f600", 0, "a b c|A|\xc3\xa4|\xf0\x9f\x98\x80" },
		{ "\\t\\n\\\\\\\"\\'", 0, "\t\n\\\"'" },
		{ "a\\qb \\x00 \\x9 \\u12 \\ud800", 0, "a\\qb|\\x00|\\x9|\\u12|\\ud800" },
		{ "'a\\'b'", 0, "a'b" },
		{ "a ; b", 0, "a|<;>|b" },
		{ "a \\; b", 0, "a|;|b" },
		{ "a ';' b", 0, "a|;|b" },
		{ "a; b ;c ;", 0, "a;|b|;c|<;>" },
		{ ";", 0, "<;>" },
		{ "%i $X ${Y} $$", 0, "%i|$X|${Y}|$$" },
		{ "'open", -EINVAL, "" },
		{ "\"open'", -EINVAL, "" },
		{ "a\\", -EINVAL, "" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct unit_words words = UNIT_WORDS_NONE;
		char text[256] = "";
		int r = unit_words_split(table[i].value, &words);

		CHECK(r == table[i].r);
		for (size_t k = 0, used = 0; k < words.n && used < sizeof text; k++)
			used += (size_t)snprintf(
				text + used, sizeof text - used, "%s%s", k > 0 ? "|" : "",
				words.at[k] == unit_separator ? "<;>" : words.at[k]);
		CHECK_TEXT(text, table[i].wanted);
		if (r == 0)
			CHECK(words.at[words.n] == NULL);
		unit_words_release(&words);
	}
}

static void booleans_are_those_of_systemd(void)
{
	bool on = false;

	CHECK(parse_boolean("YES", &on) == 0 && on);
	CHECK(parse_boolean("off", &on) == 0 && !on);
	CHECK(parse_boolean("maybe", &on) == -EINVAL);
	CHECK(parse_boolean("", &on) == -EINVAL);
}

int main(void)
{
	RUN(what_a_file_says);
	RUN(what_systemd_warns_about);
	RUN(lists_are_reset_by_an_empty_value);
	RUN(too_large_is_refused);
	RUN(how_a_value_falls_into_words);
	RUN(booleans_are_those_of_systemd);
	return CHECK_STATUS();
}
