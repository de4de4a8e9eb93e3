/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child that reads an image for us. */
#include "base/child.h"

#include "base/signals.h"
#include "clock.h"
#include "elements.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMAGE_FD 3 /* CHILD_IMAGE */

/* The kernel's name of a user without rights, and of such a group. */
#define NOBODY 65534

/* Of a program that mounts an image and copies its files, with owners and modes. */
static const unsigned mount_capabilities[] = { CAP_SYS_ADMIN, CAP_DAC_OVERRIDE, CAP_CHOWN,
					       CAP_FOWNER,    CAP_FSETID,       CAP_MKNOD };

/* Root gets at exec what is in the bounding set. Another user has nothing to lose. */
static bool keep_rights(enum child_rights rights)
{
	if (rights == CHILD_RIGHTS_ALL)
		return true;
	for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++) {
		bool keep = geteuid() != 0;

		for (size_t i = 0; rights == CHILD_RIGHTS_MOUNT && i < ELEMENTS(mount_capabilities);
		     i++)
			keep |= mount_capabilities[i] == capability;
		/* EINVAL: an older kernel does not know it. */
		if (!keep && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL)
			return false;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* Makes the descriptors 0 to 3 of the new program, and goes to its directory. */
static bool arrange_descriptors(const struct child_program *program, int output_fd)
{
	int fds[] = { program->input_fd, output_fd, program->error_fd, program->image_fd };

	/* Before another one may take its number. */
	if (program->directory_fd >= 0 && fchdir(program->directory_fd) < 0)
		return false;
	for (int i = 0; i < IMAGE_FD; i++) {
		if (fds[i] < 0)
			fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	/* First above all of them, or one would replace another. */
	for (int i = 0; i < (int)ELEMENTS(fds); i++) {
		bool wanted = i < IMAGE_FD || program->image_fd >= 0;

		fds[i] = wanted ? fcntl(fds[i], F_DUPFD_CLOEXEC, (int)ELEMENTS(fds)) : -1;
		if (wanted && fds[i] < 0)
			return false;
	}
	for (int i = 0; i < (int)ELEMENTS(fds); i++) {
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			return false;
	}
	/* Those that we were started with; older kernels leave them. */
	(void)close_range(program->image_fd < 0 ? IMAGE_FD : IMAGE_FD + 1, UINT_MAX,
			  CLOSE_RANGE_CLOEXEC);
	return true;
}

/* error_fd: closed by exec(3), or else gets the errno. */
__attribute__((noreturn)) static void run_program(const struct child_program *program,
						  int output_fd, int error_fd)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
	static char locale[] = "LC_ALL=C", zone[] = "TZ=UTC";
	char *const environment[] = { path, locale, zone, NULL };
	const struct rlimit memory = { program->memory, program->memory };
	const struct rlimit time = { program->seconds_max, program->seconds_max };
	const struct rlimit file = { program->file_size, program->file_size };
	sigset_t none;
	int e;

	error_fd = fcntl(error_fd, F_DUPFD_CLOEXEC, IMAGE_FD + 1);
	/* What we block and ignore while there is something to clean up must reach the child. */
	sigemptyset(&none);
	(void)signal(SIGPIPE, SIG_DFL);
	if (error_fd >= 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	    arrange_descriptors(program, output_fd) && keep_rights(program->rights)) {
		/* They fail only if there is a lower limit. */
		if (program->seconds_max)
			(void)setrlimit(RLIMIT_CPU, &time);
		if (program->memory)
			(void)setrlimit(RLIMIT_AS, &memory);
		if (program->file_size)
			(void)setrlimit(RLIMIT_FSIZE, &file);
		/* The cast: exec(3) takes char *const[] for historical reasons, and changes nothing. */
		(void)execvpe(program->arguments[0], (char *const *)(uintptr_t)program->arguments,
			      environment);
	}
	e = errno;
	(void)!write(error_fd, &e, sizeof e);
	_exit(EXIT_FAILURE);
}

/* Starts it with descriptors 0 to 3 and no others. Returns 0 or an errno. */
static int spawn(struct child *child, const struct child_program *program, int output_fd)
{
	int ends[2], e = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	child->pid = fork();
	if (child->pid == 0)
		run_program(program, output_fd, ends[1]);
	if (child->pid < 0)
		e = errno;
	(void)close(ends[1]);
	if (child->pid > 0 && read(ends[0], &e, sizeof e) == (ssize_t)sizeof e)
		(void)waitpid(child->pid, NULL, 0);
	(void)close(ends[0]);
	return e;
}

static void set_deadline(struct child *child, unsigned seconds)
{
	child->deadline_us = now_us(CLOCK_MONOTONIC) + seconds * USEC_PER_SEC;
}

int child_start(struct child *child, const struct child_program *program)
{
	CLEANUP_FD int write_end = -1;
	sigset_t signals;
	int ends[2], e;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*child = (struct child){ .output_fd = ends[0] };
	write_end = ends[1];
	signals_that_end(&signals);
	child->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	e = child->signals_fd < 0 ? errno : spawn(child, program, write_end);
	if (e) {
		close_fd(&child->signals_fd);
		close_fd(&child->output_fd);
		return -e;
	}
	if (program->seconds_max)
		set_deadline(child, program->seconds_max);
	return 0;
}

/* Takes the heap from the kernel now: afterwards brk(2) and mmap(2) are forbidden. */
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
 * A bug of libsquashfs must not be one of root's. In a user namespace that has no nobody
 * (EINVAL), root is a user like others.
 */
static bool become_nobody(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct no_capabilities[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (geteuid() == 0 &&
	    (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setgroups(0, NULL) < 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) < 0) &&
	    errno != EINVAL)
		return false;
	return syscall(SYS_capset, &header, no_capabilities) == 0;
}

/*
 * The filter need not check the architecture: in the 32-bit ABIs of x86-64 and arm64 the
 * same numbers are calls that do no harm without other descriptors.
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
	int e = 0;

	if (dup2(fd, 0) < 0)
		_exit(EXIT_FAILURE);
	(void)setrlimit(RLIMIT_CPU, &time); /* fails only if there is a lower limit */
	(void)setrlimit(RLIMIT_CORE, &none);
	if (close_range(1, UINT_MAX, 0) < 0 || !become_nobody() || !reserve_heap(heap) ||
	    !forbid_system_calls())
		e = errno;
	if (write(0, &e, sizeof e) != sizeof e || e)
		_exit(EXIT_FAILURE);
	_exit(run(0, userdata));
}

int child_fork(struct child *child, child_fn *run, void *userdata, unsigned seconds_max,
	       size_t heap)
{
	sigset_t signals;
	int ends[2], e = EIO;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	signals_that_end(&signals);
	*child = (struct child){ .output_fd = ends[0] };
	child->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	child->pid = child->signals_fd < 0 ? -1 : fork();
	if (child->pid == 0)
		run_alone(run, userdata, ends[1], seconds_max, heap);
	if (child->pid < 0) {
		e = errno;
		close_fd(&child->signals_fd);
		close_fd(&child->output_fd);
		(void)close(ends[1]);
		return -e;
	}
	(void)close(ends[1]);
	set_deadline(child, seconds_max);
	/* Its first packet says whether it could restrict itself. */
	n = child_read(child, (char *)&e, sizeof e);
	if (n < 0 || e)
		(void)child_end(child);
	return n < 0 ? (int)n : -e;
}

int child_ask(struct child *child, const void *packet, size_t size, unsigned seconds_max)
{
	set_deadline(child, seconds_max);
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
		uint64_t now = now_us(CLOCK_MONOTONIC);

		if (child->deadline_us && child->deadline_us <= now)
			return -ETIME;
		if (poll(either, ELEMENTS(either),
			 child->deadline_us ? (int)((child->deadline_us - now) / 1000 + 1) : -1) <
		    0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		if (either[1].revents != 0)
			return -EINTR; /* the signal stays pending until it is unblocked */
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
