/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private folder for what a tool wants to see as files. */
#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* Each level of a hostile copy may cost a descriptor. */
#define REMOVE_DESCRIPTORS 64

int scratch_make(struct pool *pool, char **ret)
{
	const char *parent = getenv("TMPDIR");
	char *folder;

	folder = pool_format(pool, "%s/mkportable.XXXXXX", parent && parent[0] ? parent : "/tmp");
	if (!folder)
		return -ENOMEM;
	if (!mkdtemp(folder))
		return -errno;
	*ret = folder;
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

void scratch_remove(const char *folder)
{
	if (folder)
		(void)nftw(folder, remove_one, REMOVE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
