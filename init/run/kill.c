/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/kill.h"

#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

/*
 * With the effective user of the service, and without effective capabilities, kill(2)
 * reaches the processes of that user. It compares the real user as well, which must be
 * nobody's.
 *
 * Meanwhile the service can do nothing to process 1. kill(2), prlimit(2), ioprio_set(2) and
 * ptrace(2) compare our real or saved user, which are others. setpriority(2),
 * sched_setscheduler(2) and sched_setaffinity(2) compare our effective user, but the kernel's
 * cap_safe_nice() refuses a caller whose permitted capabilities do not include all of ours,
 * which we keep with the saved user 0. A service that has them all is root's equal anyway.
 */
int kill_user(uid_t uid, uid_t unused)
{
	if (sys_setresuid(unused, uid, 0) < 0)
		return -errno;
	(void)kill(-1, SIGKILL);
	/* Only for lack of memory it can fail. */
	while (sys_setresuid(0, 0, 0) < 0)
		;
	/* A change of the user has taken it away. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}
