/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "units/needs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct pool pool;

/* The programs that lines of [Service] need, with "+", "!", "-" and " ". */
static const char *needs_of(const char *name, const char *lines, int *ret_r)
{
	const char *text = pool_format(&pool, "[Service]\n%s\n", lines);
	struct unit unit = { .name = name, .suffix = strrchr(name, '.'), .shown = name };
	struct needs needs;
	char *all = pool_copy(&pool, "");

	needs_open(&needs, &pool);
	CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &unit.file) == 0);
	*ret_r = needs_programs(&needs, &unit);
	for (const struct need *need = needs.first; need; need = need->next)
		all = pool_format(&pool, "%s%s%s%s%s%s", all, all[0] ? " " : "",
				  need->privileged ? "+" : "", need->as_root ? "!" : "",
				  need->optional ? "-" : "", need->path);
	unit_list_release(&unit);
	return all;
}

static void what_is_needed(void)
{
	static const struct {
		const char *name, *lines, *wanted;
	} table[] = {
		{ "x.service", "ExecStart=/bin/a b ; c", "/bin/a c" },
		{ "x.service", "ExecStart=/bin/a \\; c", "/bin/a" },
		{ "x.service", "ExecStart=/bin/a ';' c", "/bin/a" },
		{ "x.service", "ExecStart=/bin/a;/bin/b", "/bin/a;/bin/b" },
		{ "x.service", "ExecStart=/a\nExecStart=\nExecStart=/b", "/b" },
		{ "x.service", "ExecStart=@-:+!!/a x", "+!-/a" },
		{ "x.service", "ExecStart=|nothing ; !/b", "/bin/sh !/b" },
		{ "x.service", "ExecStart=-@| 'nothing", NULL },
		{ "x.service", "ExecStart=//a/./b//c", "/a/b/c" },
		{ "x.service", "ExecStart=%S/%p/%N/%n/%%", "/var/lib/x/x/x.service/%" },
		{ "x@y.service", "ExecStart=%p", "x" },
		{ "x@.service", "ExecStart=%p", "x" },
		{ "x@.service", "ExecStart=/%i", NULL },
		{ "a-b@c\\x2dd-e.service", "ExecStart=/%j/%I/%i", "/b/c-d/e/c\\x2dd-e" },
		{ "x.service", "ExecStart=/a%i", "/a" },
		{ "x.service", "ExecStart=/a/./../b", "/a/../b" },
		{ "x.service", "ExecStart=..", NULL },
		{ "x.service", "ExecStart=%h/a", NULL },
		{ "x.service", "ExecStart=/a%", NULL },
		{ "x.service", "ExecStart=\"/a b\"", "/a b" },
		{ "x.service", "ExecStart=/a\nExecStopPost=/b\nExecReloadPost=/c", "/a /c /b" },
		{ "x.socket", "ExecStart=/a", "" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		int r;
		const char *is = needs_of(table[i].name, table[i].lines, &r);

		if (!table[i].wanted) {
			CHECK(r == -EINVAL);
			if (r != -EINVAL)
				printf("# %s\n", table[i].lines);
			continue;
		}
		CHECK(r == 0);
		CHECK_TEXT(is, table[i].wanted);
	}
	pool_release(&pool);
}

int main(void)
{
	/* The messages are the matter of other tests. */
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDERR_FILENO) < 0)
		return EXIT_FAILURE;
	RUN(what_is_needed);
	(void)close(null_fd);
	return CHECK_STATUS();
}
