/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "names.h"

static void what_an_image_id_is(void)
{
	static const char *const good[] = {
		"a", "visitord", "a-b.c", "0x", "Z9", "a.rawx", "a.vv"
	};
	static const char *const bad[] = { "",    "a_b", "_a",    "-a",  ".a",      "a b",
					   "a/b", "a+b", "a.raw", "a.v", "a.raw.v", "\xc3\xbc" };
	char longest[IMAGE_ID_MAX + 2] = "";

	for (size_t i = 0; i < ELEMENTS(good); i++)
		CHECK(!image_id_problem(good[i]));
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		CHECK(image_id_problem(bad[i]));
	memset(longest, 'a', IMAGE_ID_MAX);
	CHECK(!image_id_problem(longest));
	longest[IMAGE_ID_MAX] = 'a';
	CHECK(image_id_problem(longest));
}

static void what_a_version_is(void)
{
	static const char *const good[] = { "0", "1.2.3", "1~rc1", "1^git", "v1-2" };
	static const char *const bad[] = { "", "1_2", "1+2", "1 2", "1/2", "\xc3\xbc" };

	for (size_t i = 0; i < ELEMENTS(good); i++)
		CHECK(!image_version_problem(good[i]));
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		CHECK(image_version_problem(bad[i]));
}

static void the_prefix_is_what_portablectl_cuts_out(void)
{
	static const struct {
		const char *name, *prefix;
	} table[] = {
		{ "visitord_1.2.raw", "visitord" },
		{ "visitord_1_2.raw", "visitord" },
		{ "visitord.raw", "visitord" },
		{ "visitord.raw.v", "visitord" },
		{ "visitord.v", "visitord" },
		{ "visitord", "visitord" },
		{ "foo-1.2.raw", "foo-1.2" },
		{ "_x", "" },
		{ ".raw", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		size_t length = image_prefix_length(table[i].name);

		CHECK(length == strlen(table[i].prefix));
		CHECK(memcmp(table[i].name, table[i].prefix, strlen(table[i].prefix)) == 0);
	}
}

static void a_unit_belongs_by_its_prefix(void)
{
	CHECK(unit_belongs("a.service", "a"));
	CHECK(unit_belongs("a-b.service", "a"));
	CHECK(unit_belongs("a@.service", "a"));
	CHECK(!unit_belongs("ab.service", "a"));
	CHECK(!unit_belongs("a", "a"));
	CHECK(!unit_belongs("b.service", "a"));
	CHECK(!unit_belongs("", "a"));
	CHECK(!unit_belongs("a_b.service", "a"));
}

static void what_a_unit_name_is(void)
{
	CHECK(unit_name_is_valid("a.service"));
	CHECK(unit_name_is_valid("a-b_c:d\\x2d@e.socket"));
	CHECK(!unit_name_is_valid("service"));
	CHECK(!unit_name_is_valid(".service"));
	CHECK(!unit_name_is_valid("@.service"));
	CHECK(!unit_name_is_valid("a b.service"));
	CHECK_TEXT(unit_suffix("a.b.socket"), ".socket");
	CHECK(!unit_suffix("a"));
}

static void what_a_user_name_is(void)
{
	static const char *const good[] = { "a", "_a", "Z-9_", "a234567890123456789012345678901" };
	static const char *const bad[] = { "", "-a", "1a", "1", ".a", "a b", "\xc3\xbc" };

	for (size_t i = 0; i < ELEMENTS(good); i++)
		CHECK(user_name_is_valid(good[i], true) && user_name_is_valid(good[i], false));
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		CHECK(!user_name_is_valid(bad[i], true) && !user_name_is_valid(bad[i], false));
	CHECK(!user_name_is_valid("a.b", true) && user_name_is_valid("a.b", false));
	CHECK(!user_name_is_valid("a2345678901234567890123456789012", true));
}

int main(void)
{
	RUN(what_an_image_id_is);
	RUN(what_a_version_is);
	RUN(the_prefix_is_what_portablectl_cuts_out);
	RUN(a_unit_belongs_by_its_prefix);
	RUN(what_a_unit_name_is);
	RUN(what_a_user_name_is);
	return CHECK_STATUS();
}
