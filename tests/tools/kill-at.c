/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kill-at N COMMAND...
 *
 * Runs a command and kills it in front of its N-th system call that others may notice: one that
 * changes files, or sends something. Between two of these nothing changes but the command
 * itself. Prints how many there were. Exit status: that of the command; 137 if it was killed.
 */
#include "elements.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_noticed(const struct __ptrace_syscall_info *info)
{
	static const uint64_t calls[] = {
		SYS_sendmsg,   SYS_sendto,    SYS_write,   SYS_pwrite64,   SYS_rename,
		SYS_renameat,  SYS_renameat2, SYS_link,    SYS_linkat,     SYS_unlink,
		SYS_unlinkat,  SYS_mkdir,     SYS_mkdirat, SYS_symlinkat,  SYS_fsync,
		SYS_fdatasync, SYS_syncfs,    SYS_fchmod,  SYS_ftruncate,  SYS_connect,
		SYS_clone,     SYS_clone3,    SYS_flock,   SYS_exit_group,
	};

	if (info->entry.nr == SYS_openat)
		return (info->entry.args[2] & O_CREAT) != 0;
	for (size_t i = 0; i < ELEMENTS(calls); i++)
		if (info->entry.nr == calls[i])
			return true;
	return false;
}

/* Goes on until the next stop, with the signal that caused this one. Returns its status. */
static int next_stop(pid_t pid, int signal)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, signal) < 0 || waitpid(pid, &status, 0) < 0) {
		perror("kill-at: ptrace");
		exit(EXIT_FAILURE);
	}
	return status;
}

int main(int argc, char *argv[])
{
	uint64_t n, count = 0;
	int status, signal = 0;
	pid_t pid;

	if (argc < 3 || parse_uint(argv[1], 0, UINT32_MAX, &n) < 0) {
		fputs("usage: kill-at N COMMAND...\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    (WIFSTOPPED(status) &&
	     ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)) {
		perror("kill-at: ptrace");
		return 1;
	}
	while (WIFSTOPPED(status)) {
		struct __ptrace_syscall_info info;

		status = next_stop(pid, signal);
		signal = 0;
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY || !is_noticed(&info))
			continue;
		if (++count == n) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			break;
		}
	}
	printf("%llu\n", (unsigned long long)count);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
