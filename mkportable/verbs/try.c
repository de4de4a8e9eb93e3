/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mkportable try: mkportable-try(1), which is a script. */
#include "log.h"
#include "verbs/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT "mkportable-try"

/* As when the image cannot be read: nothing was tried. */
#define CANNOT_TRY 3

int try_main(int argc, char *argv[])
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof SCRIPT);
	char *slash;

	(void)argc;
	argv[0] = SCRIPT;
	/* What lies beside this program is of its version. */
	slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
	if (slash) {
		memcpy(slash + 1, SCRIPT, sizeof SCRIPT);
		(void)execv(path, argv);
	}
	(void)execvp(SCRIPT, argv);
	log_failure(-errno, "try: cannot run " SCRIPT);
	return CANNOT_TRY;
}
