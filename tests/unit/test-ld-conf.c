/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ld-conf.h"
#include "check.h"

#include <string.h>

/* "/a /b @/etc/x": with "@" for what is to be included. */
static const char *read(const char *text)
{
	static char all[256];
	const char *word;
	size_t length, n = 0;
	bool is_include;

	all[0] = '\0';
	while ((word = ld_conf_next(&text, &length, &is_include)))
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s%.*s", n ? " " : "",
				      is_include ? "@" : "", (int)length, word);
	return all;
}

static void directories_and_patterns_are_found(void)
{
	CHECK_TEXT(read("include /etc/ld.so.conf.d/*.conf\n"), "@/etc/ld.so.conf.d/*.conf");
	CHECK_TEXT(read("# x\n/a\n  /b # c\n\n/d:/e,/f /g"), "/a /b /d /e /f /g");
	CHECK_TEXT(read("/a=libc5\nhwcap 1 nosegneg\n/includes\ninclude\n"),
		   "/a /includes include");
	CHECK_TEXT(read(""), "");
	CHECK_TEXT(read("#"), "");
	CHECK_TEXT(read("include\t x.conf#c"), "@x.conf");
}

int main(void)
{
	RUN(directories_and_patterns_are_found);
	return CHECK_STATUS();
}
