/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/kill.h"

#include "kernel.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* No service has this user: for 16-bit interfaces, such as those of chown(2), it means "none". */
#define UID_OUTSIDE 65535

/*
 * A child with the effective user of the service may signal all of its processes. They
 * cannot signal the child: its real and its saved user are others.
 */
void kill_user(uid_t uid)
{
	pid_t killer = _Fork();

	if (killer == 0) {
		if (sys_setresuid(UID_OUTSIDE, uid, 0) == 0)
			(void)kill(-1, SIGKILL);
		_exit(0);
	}
	if (killer > 0)
		(void)waitpid(killer, NULL, 0);
}
