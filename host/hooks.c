/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of the administrator. */
#include "hooks.h"

#include "clock.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *hooks_find(struct pool *pool, const char *name, const char *hook)
{
	const char *path = pool_format(pool, HOOKS_DIRECTORY "/%s/%s", name, hook);

	if (!path || access(path, X_OK) < 0)
		return NULL;
	/* Whatever the name has in it. Without a shell around it, it is the child that is killed. */
	return pool_format(pool, "exec " HOOKS_DIRECTORY "/\"$PORTABLE_NAME\"/%s", hook);
}

static void run(const struct hook *hook, const char *command, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/*
	 * In a group of its own, which is killed as a whole. A group that is not in front of its
	 * terminal would be stopped when it reads.
	 */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || setpgid(0, 0) < 0 ||
	    setenv("PORTABLE_NAME", hook->name, 1) < 0 ||
	    setenv("PORTABLE_OLD", hook->old, 1) < 0 || setenv("PORTABLE_NEW", hook->new, 1) < 0)
		_exit(126);
	/* The next call would run another one beside it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int wait_until(int pidfd, uint64_t deadline_us)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
		uint64_t now = now_us(CLOCK_MONOTONIC);
		int n = poll(&poll_fd, 1,
			     now < deadline_us ? (int)((deadline_us - now) / 1000 + 1) : 0);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

int hooks_run(const struct hook *hook, const char *command, uint64_t deadline_us)
{
	CLEANUP_FD int pidfd = -1;
	pid_t parent = getpid(), pid = fork();
	int status, r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		run(hook, command, parent);
	pidfd = pidfd_open(pid, 0);
	r = pidfd < 0 ? -errno : wait_until(pidfd, deadline_us);
	if (r < 0) {
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL); /* it may have had no group yet */
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
