/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child that reads an image for us. */
#include "base/child.h"

#include "base/signals.h"
#include "elements.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define IMAGE_FD 3 /* of CHILD_IMAGE */

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns 0 or an errno, as posix_spawn(3) does. */
static int spawn(struct child *child, char *const arguments[], int image_fd, int output_fd)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
	static char locale[] = "LC_ALL=C";
	char *const environment[] = { path, locale, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int e;

	e = posix_spawn_file_actions_init(&actions);
	if (e)
		return e;
	e = posix_spawnattr_init(&attributes);
	if (e) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return e;
	}
	/* What is blocked while there is something to clean up is not for it. */
	sigemptyset(&none);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	e = posix_spawn_file_actions_adddup2(&actions, image_fd, IMAGE_FD);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	if (!e)
		e = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY,
						     0);
	if (!e)
		e = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
						     0);
	if (!e)
		e = posix_spawnp(&child->pid, arguments[0], &actions, &attributes, arguments,
				 environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return e;
}

int child_start(struct child *child, const char *const arguments[], int image_fd,
		unsigned seconds_max, size_t memory)
{
	struct rlimit space = { memory, memory }, time = { seconds_max, seconds_max };
	CLEANUP_FD int high_fd = -1, write_end = -1;
	sigset_t signals;
	int ends[2], e;

	/* Above the descriptors that the child is given, or one would run over another. */
	high_fd = image_fd < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC)
			       : fcntl(image_fd, F_DUPFD_CLOEXEC, IMAGE_FD + 1);
	if (high_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->output_fd = ends[0];
	signals_that_end(&signals);
	child->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, IMAGE_FD + 1);
	e = write_end < 0 || child->signals_fd < 0 ? errno : 0;
	(void)close(ends[1]);
	/* exec(3) takes char *const[] for reasons of history, and changes nothing. */
	if (!e)
		e = spawn(child, (char *const *)(uintptr_t)arguments, high_fd, write_end);
	if (e) {
		close_fd(&child->signals_fd);
		close_fd(&child->output_fd);
		return -e;
	}
	(void)prlimit(child->pid, RLIMIT_AS, &space, NULL);
	(void)prlimit(child->pid, RLIMIT_CPU, &time, NULL);
	child->ends_ms = now_ms() + (long long)seconds_max * 1000;
	return 0;
}

/* Takes the heap from the kernel now: later there is no way to ask for more. */
static bool reserve_heap(size_t size)
{
	void *volatile memory; /* or the compiler would leave out malloc() and free() */
	bool there;

	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	memory = malloc(size);
	there = memory != NULL;
	free(memory);
	return there;
}

/*
 * The architecture need not be looked at: by the numbers of the 32-bit ABI of x86-64 and
 * arm64, these are calls that do no harm without descriptors.
 */
static bool forbid_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ELEMENTS(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

__attribute__((noreturn)) static void run_alone(child_fn *run, void *userdata, int fd,
						unsigned seconds_max, size_t heap)
{
	const struct rlimit time = { seconds_max, seconds_max }, none = { 0, 0 };

	if (dup2(fd, 0) < 0 || close_range(1, UINT_MAX, 0) < 0 ||
	    setrlimit(RLIMIT_CPU, &time) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    !reserve_heap(heap) || !forbid_system_calls())
		_exit(EXIT_FAILURE);
	_exit(run(0, userdata));
}

int child_fork(struct child *child, child_fn *run, void *userdata, unsigned seconds_max,
	       size_t heap)
{
	sigset_t signals;
	int ends[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	signals_that_end(&signals);
	child->output_fd = ends[0];
	child->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	child->pid = child->signals_fd < 0 ? -1 : fork();
	if (child->pid == 0)
		run_alone(run, userdata, ends[1], seconds_max, heap);
	if (child->pid < 0) {
		r = -errno;
		close_fd(&child->signals_fd);
		close_fd(&child->output_fd);
	}
	(void)close(ends[1]);
	child->ends_ms = now_ms() + (long long)seconds_max * 1000;
	return r;
}

int child_ask(struct child *child, const void *packet, size_t size, unsigned seconds_max)
{
	child->ends_ms = now_ms() + (long long)seconds_max * 1000;
	return send(child->output_fd, packet, size, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t child_read(struct child *child, char *buffer, size_t size)
{
	struct pollfd either[] = {
		{ .fd = child->output_fd, .events = POLLIN },
		{ .fd = child->signals_fd, .events = POLLIN },
	};
	ssize_t n;

	for (;;) {
		long long left = child->ends_ms - now_ms();

		if (left <= 0)
			return -ETIME;
		if (poll(either, sizeof either / sizeof *either, (int)left) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		if (either[1].revents != 0)
			return -EINTR; /* it is left there, for when it is not blocked any more */
		if (either[0].revents == 0)
			continue;
		n = read(child->output_fd, buffer, size);
		if (n >= 0 || errno != EINTR)
			return n < 0 ? -errno : n;
	}
}

static int reap(struct child *child)
{
	int status;

	close_fd(&child->output_fd);
	close_fd(&child->signals_fd);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

int child_end(struct child *child)
{
	if (child->output_fd < 0)
		return 0;
	(void)kill(child->pid, SIGKILL);
	return reap(child);
}

int child_wait(struct child *child)
{
	char rest[256];
	ssize_t n;

	do
		n = child_read(child, rest, sizeof rest);
	while (n > 0);
	if (n < 0) {
		(void)child_end(child);
		return (int)n;
	}
	return reap(child);
}
