/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* console-stop: stops a server by commands on its console. See console-stop(8). */
#include "arguments.h"
#include "elements.h"
#include "fd.h"
#include "format.h"
#include "kernel.h"
#include "log.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many words as a person writes into one line of a unit. */
#define COMMANDS_MAX 64

/* All commands with their line feeds: what a FIFO takes at once, so that no line of another
 * writer comes between them (pipe(7)). */
#define COMMANDS_SIZE_MAX PIPE_BUF

static const char *arg_pid;
static bool arg_no_wait;
static bool arg_discard;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: console-stop [OPTION]... COMMAND...\n"
		"       console-stop --discard\n"
		"Writes each COMMAND as a line to the FIFO that is standard input, which a server\n"
		"reads, and waits until the process $MAINPID has ended.\n"
		"\n"
		"  --pid=PID    the server's process, instead of $MAINPID\n"
		"  --no-wait    end as soon as the commands are written\n"
		"  --discard    only remove from the FIFO what nobody has read\n"
		"  --help       print this\n"
		"  --version    print the version\n"
		"\n"
		"See console-stop(8).\n");
}

static const struct option options[] = {
	{ .name = "pid", .text = &arg_pid, .nonempty = true },
	{ .name = "no-wait", .flag = &arg_no_wait },
	{ .name = "discard", .flag = &arg_discard },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* Returns 0 and sets *ret_size, or the exit status after having logged why. */
static int join_commands(char *const commands[], char lines[static COMMANDS_SIZE_MAX],
			 size_t *ret_size)
{
	size_t size = 0, length;

	for (size_t i = 0; commands[i]; i++) {
		length = strlen(commands[i]);
		if (memchr(commands[i], '\n', length))
			return usage_error("a command is one line", commands[i]);
		if (length >= COMMANDS_SIZE_MAX - size)
			return usage_error("the commands are too long together", NULL);
		memcpy(lines + size, commands[i], length);
		lines[size + length] = '\n';
		size += length + 1;
	}
	if (size == 0)
		return usage_error("no command given", NULL);
	*ret_size = size;
	return 0;
}

/* systemd opens the FIFO for reading and writing, so that the server never sees its end. */
static bool is_console(int fd)
{
	struct stat st;
	int flags;

	flags = fcntl(fd, F_GETFL);
	return flags >= 0 && (flags & O_ACCMODE) == O_RDWR && fstat(fd, &st) == 0 &&
	       S_ISFIFO(st.st_mode);
}

static bool has_unread(void)
{
	struct pollfd console = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&console, 1, 0) > 0;
}

/* Not more than the FIFO holds: a writer that goes on must not hold us. */
static int discard(void)
{
	char bytes[PIPE_BUF];
	size_t discarded = 0;
	int capacity;
	ssize_t n;

	capacity = fcntl(STDIN_FILENO, F_GETPIPE_SZ);
	while (capacity > 0 && discarded < (size_t)capacity && has_unread()) {
		n = read(STDIN_FILENO, bytes, sizeof bytes);
		if (n <= 0) {
			log_failure(n < 0 ? -errno : -EIO, "cannot read standard input");
			return EXIT_FAILURE;
		}
		discarded += (size_t)n;
	}
	if (discarded > 0)
		log_warning("discarded %zu bytes that nobody had read", discarded);
	return EXIT_SUCCESS;
}

/* Returns a pipe with these bytes in it, or a negative errno. At most PIPE_BUF: they fit. */
static int pipe_with(const char *bytes, size_t size)
{
	CLEANUP_FD int in = -1;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[1];
	r = fd_write_all(in, bytes, size);
	if (r < 0) {
		close_fd(&fds[0]);
		return r;
	}
	return fds[0];
}

static int open_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void say_stuck(pid_t pid)
{
	if (has_unread())
		log_warning("process %d did not end in time, and did not read its console", pid);
	else
		log_warning("process %d did not end in time, although it read the commands", pid);
}

/*
 * Writes and waits. splice(2), because it alone does not block on a FIFO that is full and
 * leaves O_NONBLOCK alone, which the server's standard input would have as well.
 *
 * Returns 0, 1 when a signal came first, or a negative errno.
 */
static int write_and_wait(int commands, size_t left, int process, int signals)
{
	struct pollfd polled[] = {
		{ .fd = process, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLOUT },
	};
	ssize_t n;

	for (;;) {
		if (poll(polled, ELEMENTS(polled), -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		/* First: the manager's SIGTERM after its time limit may end the server as well. */
		if (polled[1].revents)
			return 1;
		if (polled[0].revents)
			return 0;
		n = splice(commands, NULL, STDIN_FILENO, NULL, left, SPLICE_F_NONBLOCK);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0)
			left -= (size_t)n;
		if (left > 0)
			continue;
		if (arg_no_wait)
			return 0;
		polled[2].fd = -1; /* poll(2) ignores it */
	}
}

static int stop(const char *lines, size_t size, pid_t pid)
{
	CLEANUP_FD int process = -1, signals = -1, commands = -1;

	/* The manager has seen it alive a moment ago. */
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0 && errno == ESRCH)
		return 0;
	if (process < 0)
		return -errno;
	signals = open_signals();
	if (signals < 0)
		return -errno;
	commands = pipe_with(lines, size);
	if (commands < 0)
		return commands;
	return write_and_wait(commands, size, process, signals);
}

int main(int argc, char *argv[])
{
	char lines[COMMANDS_SIZE_MAX];
	uint64_t pid;
	size_t size = 0;
	int status, r;

	status = arguments_parse(argc, argv, options, COMMANDS_MAX);
	if (status >= 0)
		return status;
	if (arg_discard) {
		if (argv[1])
			return usage_error("--discard writes no commands", argv[1]);
	} else {
		status = join_commands(argv + 1, lines, &size);
		if (status > 0)
			return status;
	}
	if (!arg_pid)
		arg_pid = getenv("MAINPID");
	if (!arg_discard && arg_pid && parse_uint(arg_pid, 1, INT_MAX, &pid) < 0)
		return usage_error("not a process id", arg_pid);
	if (!is_console(STDIN_FILENO)) {
		log_error("standard input is not a FIFO that is open for reading and writing: the "
			  "unit needs StandardInput=socket, its socket unit ListenFIFO=");
		return EXIT_FAILURE;
	}
	if (arg_discard)
		return discard();
	/* systemd runs ExecStop= as well after the main process has ended by itself. */
	if (!arg_pid)
		return EXIT_SUCCESS;
	r = stop(lines, size, (pid_t)pid);
	if (r < 0)
		log_failure(r, "cannot stop process %d", (int)pid);
	if (r > 0)
		say_stuck((pid_t)pid);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
