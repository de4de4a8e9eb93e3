/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "plan/os-release.h"
#include "units/os-release-read.h"

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
		{ "ID=x\nQ='c d'\"e f\"g", "ID=x\nQ=\"c de fg\"\n" },
		{ "ID=x\nQ=a\\ b\\;", "ID=x\nQ=\"a b;\"\n" },
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
		{ "ID=x\nQ=a'b c'", 2, "a quote inside of a value" },
		{ "ID=x\nQ='b' c", 2, "a value with a space or a special character needs quotes" },
		{ "ID= x", 1, "a value with a space or a special character needs quotes" },
		{ "# x\\\nID=x", 1,
		  "systemd before 254 takes the line after the backslash for a comment, too" },
		{ "ID=x\n; x", 2, "neither KEY=value nor a comment" },
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

/* Lint reads what systemd would, whatever a shell thinks of it. */
static void what_systemd_reads(void)
{
	static const struct {
		const char *text, *id;
		int r;
	} table[] = {
		{ "ID = x", "x", 0 },
		{ "  ID\t=  x y \t\r\n", "x y", 0 },
		{ "ID=a'b c'", "a'b c'", 0 },
		{ "ID='a' b", "ab", 0 },
		{ "ID=x\rA=b", "x", 0 },
		{ "ID=x\\\ny", "xy", 0 },
		{ "A=\"b\nID=c\"\nID=d", "d", 0 },
		{ "A=\"b\nID=x", "none", 0 },
		{ "A='b\nID=x", "none", 0 },
		{ "A=b\\\nID=x", "none", 0 },
		{ "ID=\"x\nB=c", "x\nB=c", 0 },
		{ "export ID=x", "none", 0 },
		{ "\xef\xbb\xbfID=x", "none", 0 },
		{ "ID=x\nhello\n;\n#\\\nA", "x", 0 },
		{ "ID=x\n# \xff\n\xff", "x", 0 },
		{ "ID=x\nA=\xff", "x", 1 },
		{ "ID=x\n\xff=a", "x", 1 },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct pool pool = POOL_EMPTY;
		struct os_release file;
		const char *id;

		CHECK(os_release_read(&pool, table[i].text, strlen(table[i].text), NULL, NULL,
				      &file) == table[i].r);
		id = os_release_value(&file, "ID");
		CHECK_TEXT(id ? id : "none", table[i].id);
		pool_release(&pool);
	}
}

int main(void)
{
	RUN(what_comes_out);
	RUN(what_is_broken);
	RUN(a_nul_byte_is_broken);
	RUN(what_systemd_reads);
	return CHECK_STATUS();
}
