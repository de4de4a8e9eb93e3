/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/passwd.h"
#include "check.h"

static void names_and_numbers_are_found(void)
{
	static const char text[] =
		"root:x:0:0::/:/x\n  www:x:33:34:a:/b:c\n#no:x:1:2\nshort:x\nlast:x:77";

	CHECK(passwd_has(text, "root"));
	CHECK(passwd_has(text, "0"));
	CHECK(passwd_has(text, "www"));
	CHECK(passwd_has(text, "33"));
	CHECK(passwd_has(text, "last"));
	CHECK(!passwd_has(text, "34"));
	CHECK(!passwd_has(text, "x"));
	CHECK(!passwd_has(text, "#no"));
	CHECK(!passwd_has(text, "1"));
	CHECK(!passwd_has(text, "ww"));
	CHECK(!passwd_has(text, "wwww"));
	CHECK(!passwd_has("", "root"));
	CHECK(!passwd_has("root", "root"));
	CHECK(passwd_has("staff:x:50:a,b\n", "50"));
	CHECK(passwd_has("g:x:50:", "50"));
}

int main(void)
{
	RUN(names_and_numbers_are_found);
	return CHECK_STATUS();
}
