/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "pick.h"
#include "versions.h"

#include <stdlib.h>

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Each is newer than the one before. Of UAPI.10, and of test_strverscmp_improved() of systemd. */
static void versions_have_an_order(void)
{
	static const char *const versions[] = {
		"~1",      "",        "",         "ab",    "abb",     "abc",        "0001",
		"002",     "12",      "122",      "122.9", "123~rc1", "123",        "123-a",
		"123-a.1", "123-a1",  "123-a1.1", "123-3", "123-3.1", "123^patch1", "123^1",
		"123.a-1", "123.1-1", "123a-1",   "124",
	};

	for (size_t i = 3; i + 1 < ELEMENTS(versions); i++)
		for (size_t j = i; j < ELEMENTS(versions); j++) {
			CHECK(sign(version_compare(versions[i], versions[j])) == (i == j) - 1);
			CHECK(sign(version_compare(versions[j], versions[i])) == 1 - (i == j));
		}
	CHECK(version_compare("~1", "") < 0);
	CHECK(version_compare("1~rc1", "1") < 0);
	CHECK(version_compare("1", "1.0") < 0);
	CHECK(version_compare("1.0", "1.00") == 0);
	CHECK(version_compare("1_2", "1+2") == 0);
	CHECK(version_compare("1^2", "1") > 0);
	CHECK(version_compare("1-~", "1-") < 0);
	CHECK(version_compare("99999999999999999999998", "99999999999999999999999") < 0);
}

static void names_are_taken_apart(void)
{
	static const struct {
		const char *file_name;
		const char *version; /* NULL: it is none */
		unsigned architecture;
		unsigned long left, done;
	} table[] = {
		{ "x_1.raw", "1", 2, ULONG_MAX, ULONG_MAX },
		{ "x_1.2-rc3_x86-64.raw", "1.2-rc3", 0, ULONG_MAX, ULONG_MAX },
		{ "x_1_x86.raw", "1", 1, ULONG_MAX, ULONG_MAX },
		{ "x_1_y.raw", "1", 2, ULONG_MAX, ULONG_MAX },
		{ "x_1_x86-64+3-1.raw", "1", 0, 3, 1 },
		{ "x_1+0-3.raw", "1", 2, 0, 3 },
		{ "x_1+2.raw", "1", 2, 2, 0 },
		{ "x_1+2-.raw", "1+2-", 2, ULONG_MAX, ULONG_MAX },
		{ "x_1+a.raw", "1+a", 2, ULONG_MAX, ULONG_MAX },
		{ "x_1_arm64.raw", NULL, 0, 0, 0 },
		{ "x.raw", NULL, 0, 0, 0 },
		{ "x_.raw", NULL, 0, 0, 0 },
		{ "x_1", NULL, 0, 0, 0 },
		{ "x_1.img", NULL, 0, 0, 0 },
		{ "xy_1.raw", NULL, 0, 0, 0 },
		{ "x_1 2.raw", NULL, 0, 0, 0 },
		{ "x_1@.raw", NULL, 0, 0, 0 },
		{ "x_1~2.raw", NULL, 0, 0, 0 },
		{ ".x_1.raw", NULL, 0, 0, 0 },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct pick_name name;
		bool parsed = pick_parse(table[i].file_name, "x", true, "x86-64", 257, &name);

		CHECK(parsed == (table[i].version != NULL));
		if (!parsed || !table[i].version)
			continue;
		CHECK_TEXT(name.version, table[i].version);
		CHECK(name.architecture == table[i].architecture);
		CHECK(name.left == table[i].left && name.done == table[i].done);
	}
	CHECK(pick_parse("x_1~2^3.raw", "x", true, "x86-64", 262, &(struct pick_name){ 0 }));
	CHECK(pick_parse("x_1~2+x.raw", "x", true, "x86-64", 0, &(struct pick_name){ 0 }));
	CHECK(!pick_parse("x_1+x.raw", "x", true, "x86-64", 262, &(struct pick_name){ 0 }));
	CHECK(pick_parse("x_1", "x", false, "x86-64", 257, &(struct pick_name){ 0 }));
}

/* The first of each row is taken. */
static void the_newest_that_boots_is_taken(void)
{
	static const char *const table[][2] = {
		{ "x_1.10.raw", "x_1.9.raw" },    { "x_2.raw", "x_1_x86-64.raw" },
		{ "x_1_x86-64.raw", "x_1.raw" },  { "x_1_x86-64.raw", "x_1_x86.raw" },
		{ "x_1.raw", "x_2+0-3.raw" },     { "x_2+1-2.raw", "x_1.raw" },
		{ "x_2+3-0.raw", "x_2+2-0.raw" }, { "x_2.raw", "x_2+2-0.raw" },
		{ "x_2+2-0.raw", "x_2+2-1.raw" }, { "x_2.raw", "x_02.raw" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct pick_name a, b;

		CHECK(pick_parse(table[i][0], "x", true, "x86-64", 257, &a));
		CHECK(pick_parse(table[i][1], "x", true, "x86-64", 257, &b));
		CHECK(pick_compare(&a, &b) > 0);
		CHECK(pick_compare(&b, &a) < 0);
		CHECK(pick_compare(&a, &a) == 0);
	}
}

static void directories_of_versions_are_told_by_their_name(void)
{
	CHECK(pick_has_versions("x.v") && pick_has_versions("a/x.raw.v//"));
	CHECK(!pick_has_versions(".v") && !pick_has_versions("a/.v") && !pick_has_versions("x.vv"));
}

int main(void)
{
	RUN(versions_have_an_order);
	RUN(names_are_taken_apart);
	RUN(the_newest_that_boots_is_taken);
	RUN(directories_of_versions_are_told_by_their_name);
	return CHECK_STATUS();
}
