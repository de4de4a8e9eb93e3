/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/nsswitch.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

/* "files dns! x": with "!" where a missing module ends the search. */
static const char *read(const char *text, const char *database)
{
	const char *services = nsswitch_find(text, database);
	struct nsswitch_service s;
	static char all[256];
	size_t n = 0;

	if (!services)
		return NULL;
	all[0] = '\0';
	while (nsswitch_next(&services, &s))
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s%s", n ? " " : "",
				      (int)s.length, s.name, s.ends ? "!" : "");
	return all;
}

static void services_of_a_database_are_found(void)
{
	CHECK_TEXT(read("passwd: files\nhosts:\tfiles  dns # x\n", "hosts"), "files dns");
	CHECK_TEXT(read("  hosts :files", "hosts"), "files");
	CHECK_TEXT(read("hosts files", "hosts"), "files");
	CHECK_TEXT(read("hosts: a\nhosts: b", "hosts"), "b");
	CHECK_TEXT(read("hosts:\npasswd: files\n", "hosts"), "");
	CHECK_TEXT(read("# hosts: a\nhosts: b#c", "hosts"), "b");
	CHECK(!read("", "hosts"));
	CHECK(!read("hosts", "hosts"));
	CHECK(!read("hosts2: files\nxhosts: files\n#hosts: files", "hosts"));
}

static void actions_say_whether_a_missing_module_ends_the_search(void)
{
	CHECK_TEXT(read("hosts: a [UNAVAIL=return] b", "hosts"), "a! b");
	CHECK_TEXT(read("hosts: a [!UNAVAIL=return] b", "hosts"), "a b");
	CHECK_TEXT(read("hosts: a [NOTFOUND=return] b", "hosts"), "a b");
	CHECK_TEXT(read("hosts: a [!NOTFOUND=RETURN] b", "hosts"), "a! b");
	CHECK_TEXT(read("hosts: a[ !success=return unavail=continue ]b", "hosts"), "a b");
	CHECK_TEXT(read("hosts: a [TRYAGAIN=continue UNAVAIL=return] [NOTFOUND=return] b", "hosts"),
		   "a! b");
	CHECK_TEXT(read("hosts: a [UNAVAIL=return", "hosts"), "a!");
	CHECK_TEXT(read("hosts: a [UNAVAIL=\nb: c]", "hosts"), "a");
	CHECK_TEXT(read("hosts: a [] [ ] b [x] c", "hosts"), "a b c");
	CHECK_TEXT(read("hosts: [a] b", "hosts"), "");
}

int main(void)
{
	RUN(services_of_a_database_are_found);
	RUN(actions_say_whether_a_missing_module_ends_the_search);
	return CHECK_STATUS();
}
