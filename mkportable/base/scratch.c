/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private directory for tools that read files. */
#include "base/scratch.h"

#include "base/signals.h"
#include "log.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* A hostile copy may be nested deeper: nftw(3) then reopens directories. */
#define REMOVE_DESCRIPTORS 64

int scratch_make(struct scratch *scratch, struct pool *pool)
{
	const char *parent = getenv("TMPDIR");
	char *directory, shown[LOG_ESCAPED_SIZE];
	sigset_t signals;

	directory =
		pool_format(pool, "%s/mkportable.XXXXXX", parent && parent[0] ? parent : "/tmp");
	if (!directory)
		return -ENOMEM;
	signals_that_end(&signals);
	sigaddset(&signals, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &signals, &scratch->before) < 0)
		return -errno;
	if (!mkdtemp(directory)) {
		log_failure(-errno, "cannot make '%s'", log_escape(directory, shown));
		(void)sigprocmask(SIG_SETMASK, &scratch->before, NULL);
		return -ECANCELED;
	}
	scratch->path = directory;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	(void)remove(path);
	return 0;
}

void scratch_remove(struct scratch *scratch)
{
	if (!scratch->path)
		return;
	(void)nftw(scratch->path, remove_one, REMOVE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
	scratch->path = NULL;
	(void)sigprocmask(SIG_SETMASK, &scratch->before, NULL);
}
