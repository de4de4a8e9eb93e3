/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "units/needs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct pool pool;

/* What lines of [Service] need, one after another: "path" or "path -> target", then " ". */
static const char *needs_of(const char *name, const char *lines, int *ret_r)
{
	static const char kinds[] = { [NEED_PROGRAM] = 'P',
				      [NEED_DIRECTORY] = 'D',
				      [NEED_MOUNT_POINT] = 'M',
				      [NEED_SYMLINK] = 'L' };
	const char *text = pool_format(&pool, "[Service]\n%s\n", lines);
	struct unit unit = { .name = name, .suffix = strrchr(name, '.'), .shown = name };
	struct needs needs;
	char *all = pool_copy(&pool, "");

	needs_open(&needs, &pool);
	CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &unit.file) == 0);
	*ret_r = needs_programs(&needs, &unit);
	if (*ret_r == 0)
		*ret_r = needs_places(&needs, &unit);
	for (const struct need *need = needs.first; need; need = need->next)
		all = pool_format(&pool, "%s%s%c:%s%s%s", all, all[0] ? " " : "", kinds[need->kind],
				  need->path, need->target ? "->" : "",
				  need->target ? need->target : "");
	unit_list_release(&unit);
	return all;
}

static void what_is_needed(void)
{
	static const struct {
		const char *name, *lines, *wanted;
	} table[] = {
		{ "x.service", "ExecStart=/bin/a b ; c", "P:/bin/a P:c" },
		{ "x.service", "ExecStart=/bin/a \\; c", "P:/bin/a" },
		{ "x.service", "ExecStart=/bin/a ';' c", "P:/bin/a" },
		{ "x.service", "ExecStart=/bin/a;/bin/b", "P:/bin/a;/bin/b" },
		{ "x.service", "ExecStart=/a\nExecStart=\nExecStart=/b", "P:/b" },
		{ "x.service", "ExecStart=@-:+!!/a x", "P:/a" },
		{ "x.service", "ExecStart=|nothing ; /b", "P:/bin/sh P:/b" },
		{ "x.service", "ExecStart=-@| 'nothing", NULL },
		{ "x.service", "ExecStart=//a/./b//c", "P:/a/b/c" },
		{ "x.service", "ExecStart=%S/%p/%N/%n/%%", "P:/var/lib/x/x/x.service/%" },
		{ "x@y.service", "ExecStart=%p", "P:x" },
		{ "x@.service", "ExecStart=%p", NULL },
		{ "x.service", "ExecStart=/a/../b", NULL },
		{ "x.service", "ExecStart=..", NULL },
		{ "x.service", "ExecStart=%h/a", NULL },
		{ "x.service", "ExecStart=/a%", NULL },
		{ "x.service", "ExecStart=\"/a b\"", "P:/a b" },
		{ "x.service", "ExecStart=/a\nExecStopPost=/b\nExecReloadPost=/c",
		  "P:/a P:/c P:/b" },
		{ "x.socket", "ExecStart=/a\nStateDirectory=a", "" },
		{ "x.service", "StateDirectory=a a/b", "D:/var/lib/a D:/var/lib/a/b" },
		{ "x.service", "StateDirectory=a:b", "D:/var/lib/a L:/var/lib/b->a" },
		{ "x.service", "StateDirectory=a/b:c/d:ro",
		  "D:/var/lib/a/b L:/var/lib/c/d->../a/b" },
		{ "x.service", "CacheDirectory=a::ro", "D:/var/cache/a" },
		{ "x.service", "StateDirectory=%%S", "D:/var/lib/%S" },
		{ "x.service", "StateDirectory=:b", NULL },
		{ "x.service", "StateDirectory=a/../b", NULL },
		{ "x.service", "StateDirectory=/a", NULL },
		{ "x.service", "RuntimeDirectory=a\nLoadCredential=a:/b", "" },
		{ "x.service", "BindPaths=/a /b:/c -/d:/e:norbind", "M:/a M:/c M:/e" },
		{ "x.service", "BindPaths=-/a", "M:/a" },
		{ "x.service", "BindPaths=/a::rbind", "M:/a" },
		{ "x.service", "BindPaths=\"/a:b\":/c /d\\:e", "M:/c M:/d:e" },
		{ "x.service", "BindPaths=%h/x:/c", "M:/c" },
		{ "x.service", "BindPaths=/run/a /dev/b /tmp/c /var/tmp/d /proc/e /sys /", "" },
		{ "x.service", "BindPaths=/runner /tmpfs", "M:/runner M:/tmpfs" },
		{ "x.service", "BindPaths=/a:b", NULL },
		{ "x.service", "BindPaths=a:/b", NULL },
		{ "x.service", "BindPaths=:/b", NULL },
		{ "x.service", "TemporaryFileSystem=/a:size=1M,mode=0700 /b", "D:/a D:/b" },
		{ "x.service", "MountImages=/i:/a:root:ro -/j:/b", "D:/a D:/b" },
		{ "x.service", "MountImages=/i", NULL },
		{ "x.service", "ExtensionImages=/i", "D:/usr D:/opt D:/etc" },
		{ "x.service", "ReadOnlyPaths=/a -/b +/c", "M:/a M:/c" },
		{ "x.service", "WorkingDirectory=/a\nWorkingDirectory=/b", "D:/b" },
		{ "x.service", "WorkingDirectory=~", "" },
		{ "x.service", "WorkingDirectory=-/a", "" },
		{ "x.service", "WorkingDirectory=%S/a b", "D:/var/lib/a b" },
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
