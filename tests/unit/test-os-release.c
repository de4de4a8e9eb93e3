/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "plan/os-release.h"

#include <errno.h>

static const struct os_release_value values[] = {
	{ "ID", "x" },
	{ "VERSION", "1~2" },
	{ "DESCRIPTION", "a \"b\" $c `d` \\e'f\n@ID@" },
	{ "ARCHITECTURE", NULL },
	{ "EMPTY", "" },
	{ NULL, NULL },
};

static void what_comes_out(void)
{
	static const struct {
		const char *template, *wanted;
	} table[] = {
		{ "ID=@ID@\n", "ID=x\n" },
		{ "ID=@ID@", "ID=x\n" },
		{ "\n# @NOTHING@\n  ID='@ID@'  \r\n", "ID=x\n" },
		{ "ID=a@ID@b@ID@", "ID=axbx\n" },
		{ "ID=x\nV=@VERSION@", "ID=x\nV=\"1~2\"\n" },
		{ "ID=x\nD='@DESCRIPTION@'",
		  "ID=x\nD=\"a \\\"b\\\" \\$c \\`d\\` \\\\e'f @ID@\"\n" },
		{ "ID=x\nA=@ARCHITECTURE@\nB=c@EMPTY@", "ID=x\n" },
		{ "ID=x\nQ=\"a\\\"b\\\\c\\$d\\`e\\f\"", "ID=x\nQ=\"a\\\"b\\\\c\\$d\\`e\\\\f\"\n" },
		{ "ID=x\nQ=a\\ b'c d'\"e f\"", "ID=x\nQ=\"a bc de f\"\n" },
		{ "ID=x\nQ='a$b'", "ID=x\nQ=\"a\\$b\"\n" },
		{ "ID=x\nM=me@example.org", "ID=x\nM=\"me@example.org\"\n" },
		{ "ID=x\nM=@ID\nN=@\nO=@@", "ID=x\nM=\"@ID\"\nN=\"@\"\nO=\"@@\"\n" },
		{ "ID=x\nE=", "ID=x\nE=\n" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct pool pool = POOL_EMPTY;
		const char *text = NULL, *what = "";
		unsigned line = 0;

		CHECK(os_release_fill(&pool, table[i].template, strlen(table[i].template), values,
				      &text, &line, &what) == 0);
		CHECK_TEXT(text, table[i].wanted);
		pool_release(&pool);
	}
}

static void what_is_broken(void)
{
	static const struct {
		const char *template;
		unsigned line;
		const char *what;
	} table[] = {
		{ "", 1, "the template ends without a line for ID=" },
		{ "A=b\n\n", 2, "the template ends without a line for ID=" },
		{ "ID=@EMPTY@", 1, "the template ends without a line for ID=" },
		{ "ID=x\n@ID@", 2, "neither KEY=value nor a comment" },
		{ "ID=x\nA =b", 2, "neither KEY=value nor a comment" },
		{ "ID=x\n1A=b", 2, "neither KEY=value nor a comment" },
		{ "ID=x\n=b", 2, "neither KEY=value nor a comment" },
		{ "\nID=@id@ @NOBODY@", 2,
		  "a value with a space or a special character needs quotes" },
		{ "\nID=\"@id@ @NOBODY@\"", 2, "there is no '@NOBODY@'" },
		{ "ID=\"x", 1, "a quote is not closed" },
		{ "ID='x\n'", 1, "a quote is not closed" },
		{ "ID=x\\", 1, "ends with a backslash" },
		{ "ID=\"$x\"", 1, "'$' and '`' need a backslash in double quotes" },
		{ "ID=$x", 1, "a value with a space or a special character needs quotes" },
		{ "ID=x\nA=\xff", 2, "not UTF-8" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct pool pool = POOL_EMPTY;
		const char *text = NULL, *what = "";
		unsigned line = 0;

		CHECK(os_release_fill(&pool, table[i].template, strlen(table[i].template), values,
				      &text, &line, &what) == -EINVAL);
		CHECK_TEXT(what, table[i].what);
		CHECK(line == table[i].line);
		CHECK(!text);
		pool_release(&pool);
	}
}

static void a_nul_byte_is_broken(void)
{
	struct pool pool = POOL_EMPTY;
	const char *text, *what = "";
	unsigned line = 0;

	CHECK(os_release_fill(&pool, "ID=x\nA=\0b\n", 10, values, &text, &line, &what) == -EINVAL);
	CHECK(line == 2);
	CHECK_TEXT(what, "contains a NUL byte");
	pool_release(&pool);
}

int main(void)
{
	RUN(what_comes_out);
	RUN(what_is_broken);
	RUN(a_nul_byte_is_broken);
	return CHECK_STATUS();
}
