/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which image a process runs from: not what its unit says now, but what is mounted as its root.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include "pool.h"

#include <stdbool.h>
#include <sys/types.h>

enum running {
	RUNNING_UNKNOWN,  /* only root may look, or the process has ended */
	RUNNING_SAME,     /* the file of that path */
	RUNNING_REPLACED, /* a file that had that path, and is deleted or replaced by now */
	RUNNING_OTHER,    /* *ret_other */
	RUNNING_STARTING, /* systemd has not executed the program yet */
	RUNNING_HOST,     /* the host's root, no image */
};

/*
 * Compares the root of a process with an image, a file or a directory. *ret_other: the path of
 * the other file, in the pool. Returns 0 and *ret, or -ENOMEM.
 */
int running_image(struct pool *pool, pid_t pid, const char *image, enum running *ret,
		  const char **ret_other);

/*
 * The device "major:minor" of what is mounted at "/", in the text of /proc/PID/mountinfo, in
 * the pool; NULL if there is none.
 */
const char *running_root_device(struct pool *pool, const char *mountinfo);

#endif
