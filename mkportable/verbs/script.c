/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that are scripts: mkportable-try(1), mkportable-release(1), mkportable-verify(1). */
#include "log.h"
#include "verbs/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As when the image cannot be read: nothing was tried or released. */
#define CANNOT_RUN 3

/* What lies beside this program is of its version. Returns false if that is not known. */
static bool path_beside(const char *script, char ret[static PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self);
	const char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;

	return slash &&
	       snprintf(ret, PATH_MAX, "%.*s/%s", (int)(slash - self), self, script) < PATH_MAX;
}

int script_main(int argc, char *argv[])
{
	char script[NAME_MAX + 1], path[PATH_MAX];

	(void)argc;
	(void)snprintf(script, sizeof script, "mkportable-%s", argv[0]);
	argv[0] = script;
	if (path_beside(script, path))
		(void)execv(path, argv);
	(void)execvp(script, argv);
	log_failure(-errno, "cannot run %s", script);
	return CANNOT_RUN;
}
