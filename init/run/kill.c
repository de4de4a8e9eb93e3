/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/kill.h"

#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

/*
 * With the effective user of the service, and without capabilities, kill(2) reaches the
 * processes of that user. It compares the real user as well, which must be nobody's; and
 * a process of the service may not signal us, whose real and saved user are others.
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
