/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a squashfs file: the tar archive through a pipe into mksquashfs(1),
 * so that neither root nor a copy of the tree on disk is needed. (sqfstar of 4.5.1
 * mishandles -Xcompression-level.)
 */
#include "write/squashfs.h"

#include "fd.h"
#include "log.h"
#include "write/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The kernel reads the device in blocks of 1 KiB: EINVAL or EIO for a file that ends within one. */
#define SQUASHFS_BLOCK 1024

/* Of what mksquashfs says when it fails. */
#define DIAGNOSTICS_MAX ((size_t)64 * 1024)

extern char **environ;

struct packer {
	pid_t pid;
	int input_fd;       /* the pipe's end for us to write to */
	int diagnostics_fd; /* what it says */
};

/*
 * The child's environment decides over sorting and dates. Its options say the
 * times: $SOURCE_DATE_EPOCH would only cap them, which leaves the root folder's
 * at the clock when that is behind, and it may not stand beside the options.
 */
static int set_environment(void)
{
	if (setenv("LC_ALL", "C", 1) < 0 || setenv("TZ", "UTC", 1) < 0 ||
	    unsetenv("SOURCE_DATE_EPOCH") < 0)
		return pool_exhausted();
	return 0;
}

/* Returns 0 or an errno, as posix_spawn(3) does. */
static int spawn(struct packer *p, char *const arguments[], int directory_fd, int input_fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe_signal;
	int e;

	sigemptyset(&none);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	e = posix_spawn_file_actions_init(&actions);
	if (e)
		return e;
	e = posix_spawnattr_init(&attributes);
	if (e) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return e;
	}
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	e = posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, p->diagnostics_fd, STDOUT_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, p->diagnostics_fd, STDERR_FILENO);
	if (!e)
		e = posix_spawn_file_actions_addfchdir_np(&actions, directory_fd);
	if (!e)
		e = posix_spawnp(&p->pid, arguments[0], &actions, &attributes, arguments, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return e;
}

/* The file is named relative to its folder, so that its path needs no thought. */
static int start(struct packer *p, int directory_fd, const char *name, uint32_t seconds)
{
	char output[sizeof "./" + NAME_MAX], moment[sizeof "4294967295"];
	/* clang-format off */
	const char *const arguments[] = {
		"mksquashfs", "-", output, "-tar",
		"-comp", "zstd", "-Xcompression-level", "22", "-nopad",
		/* Programs lie in one block, and share what they have in common. */
		"-b", "256K",
		"-noappend", "-no-xattrs", "-all-root", "-root-mode", "0755",
		"-mkfs-time", moment, "-all-time", moment, "-root-time", moment,
		"-no-progress", "-quiet", "-exit-on-error", NULL
	};
	/* clang-format on */
	CLEANUP_FD int read_end = -1;
	int ends[2], r;

	(void)snprintf(output, sizeof output, "./%s", name);
	(void)snprintf(moment, sizeof moment, "%u", seconds);
	r = set_environment();
	if (r < 0)
		return r;
	p->diagnostics_fd = memfd_create("mksquashfs", MFD_CLOEXEC);
	if (p->diagnostics_fd < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		r = -errno;
		log_failure(r, "cannot start mksquashfs");
		return r;
	}
	read_end = ends[0];
	p->input_fd = ends[1];

	/* exec(3) takes char *const[] for reasons of history, and changes nothing. */
	r = -spawn(p, (char *const *)(uintptr_t)arguments, directory_fd, read_end);
	if (r == -ENOENT)
		log_error("cannot find mksquashfs in $PATH; install squashfs-tools");
	else if (r < 0)
		log_failure(r, "cannot start mksquashfs");
	return r;
}

/* Passes on what mksquashfs said, line by line. */
static void show_diagnostics(int fd)
{
	char text[DIAGNOSTICS_MAX + 1], shown[LOG_ESCAPED_SIZE];
	ssize_t n = pread(fd, text, DIAGNOSTICS_MAX, 0);

	if (n < 0)
		return;
	text[n] = '\0';
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (line[0])
			log_error("mksquashfs: %s", log_escape(line, shown));
}

/* Waits for the end; a signal that ends us ends the packer as well. */
static int wait_for_end(struct packer *p, int *ret_status)
{
	sigset_t signals;
	pid_t pid;
	int r = 0;

	pack_signals(&signals);
	for (;;) {
		siginfo_t info;

		pid = waitpid(p->pid, ret_status, r < 0 ? 0 : WNOHANG);
		if (pid == p->pid)
			return r;
		if (pid < 0 && errno != EINTR)
			return -errno;
		/* All of them are blocked. What was taken off is put back, to be delivered later. */
		if (pid == 0 && sigwaitinfo(&signals, &info) > 0 && info.si_signo != SIGCHLD) {
			(void)raise(info.si_signo);
			(void)kill(p->pid, SIGKILL);
			r = -EINTR;
		}
	}
}

static int finish(struct packer *p, const char *shown)
{
	int status = 0, r;

	r = wait_for_end(p, &status);
	if (r == -EINTR)
		return pack_interrupted();
	if (r < 0) {
		log_failure(r, "cannot wait for mksquashfs");
		return r;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	show_diagnostics(p->diagnostics_fd);
	log_error("cannot write '%s': mksquashfs failed", shown);
	return -EIO;
}

/* What mksquashfs wrote must be the file that we hold open, to be padded and put to disk. */
static int pad(const struct replacement *new, const char *shown)
{
	struct stat ours, theirs;
	off_t size;
	int r;

	if (fstat(new->fd, &ours) < 0 ||
	    fstatat(new->directory_fd, new->temporary, &theirs, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	else if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev || ours.st_size == 0)
		r = -ESTALE;
	else {
		size = (ours.st_size + SQUASHFS_BLOCK - 1) / SQUASHFS_BLOCK * SQUASHFS_BLOCK;
		r = ftruncate(new->fd, size) < 0 ? -errno : 0;
	}
	if (r < 0)
		log_failure(r, "cannot write '%s'", shown);
	return r;
}

static int run(const struct plan *plan, const struct replacement *new, const char *shown,
	       uint32_t seconds)
{
	struct packer p = { .input_fd = -1, .diagnostics_fd = -1 };
	int r, q, status;

	r = start(&p, new->directory_fd, new->temporary, seconds);
	if (r >= 0) {
		r = pack_tar_to(p.input_fd, plan, shown, seconds);
		if (r < 0 && r != -EPIPE) /* what it has is no archive, and it might not notice */
			(void)kill(p.pid, SIGKILL);
		close_fd(&p.input_fd);
		if (r < 0 && r != -EPIPE) {
			(void)wait_for_end(&p, &status);
		} else {
			q = finish(&p, shown);
			if (q < 0)
				r = q;
			else if (r < 0)
				log_error("cannot write '%s': mksquashfs left early", shown);
		}
	}
	close_fd(&p.input_fd);
	close_fd(&p.diagnostics_fd);
	return r;
}

static int write_squashfs(const struct plan *plan, const struct replacement *new, const char *shown,
			  uint32_t seconds)
{
	int r = run(plan, new, shown, seconds);

	return r < 0 ? r : pad(new, shown);
}

int pack_squashfs(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_squashfs);
}
