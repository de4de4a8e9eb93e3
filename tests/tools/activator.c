/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * activator [--signal=KILL|TERM --times=N --within=MS] ADDRESS... -- PROGRAM [ARGUMENT]...
 *
 * The part of PID 1 that socket activation needs: keeps the listening sockets
 * ("udp:ADDRESS" is one for datagrams), and
 * starts the program whenever one of them is readable and none runs. On request
 * it ends the program at random moments, so many times.
 *
 * Prints "listening", "done" after the last signal, and at its own end, on
 * SIGTERM, "starts=N signals=N failures=N"; a failure is a program that ended
 * with anything but success or our SIGKILL. Exit status 1 if there was one.
 */
#include "clock.h"
#include "number.h"
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int arg_signal = SIGKILL;
static uint64_t arg_times, arg_within_ms = 50;

static struct sockets sockets;
static char **program;
static sigset_t signals_before;

static uint64_t random_below(uint64_t end)
{
	uint64_t n = 0;

	return getrandom(&n, sizeof n, 0) == sizeof n ? n % end : 0;
}

static pid_t start(void)
{
	char text[32];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)sigprocmask(SIG_SETMASK, &signals_before, NULL);
	/* Ours lie above those of the protocol, so that none is overwritten before its turn. */
	for (size_t i = 0; i < sockets.n; i++)
		if (dup2(sockets.at[i].fd, 3 + (int)i) < 0)
			_exit(99);
	(void)snprintf(text, sizeof text, "%d", getpid());
	(void)setenv("LISTEN_PID", text, 1);
	(void)snprintf(text, sizeof text, "%zu", sockets.n);
	(void)setenv("LISTEN_FDS", text, 1);
	execv(program[0], program);
	perror(program[0]);
	_exit(99);
}

static int open_sockets(char *argv[])
{
	char text[SOCKET_TEXT_SIZE];
	int r, high;

	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		r = strncmp(*argv, "udp:", 4) == 0 ? sockets_listen(&sockets, *argv + 4, SOCK_DGRAM)
						   : sockets_listen(&sockets, *argv, SOCK_STREAM);
		if (r < 0) {
			fprintf(stderr, "activator: %s: %s\n", *argv, strerror(-r));
			return r;
		}
		high = fcntl(sockets.at[sockets.n - 1].fd, F_DUPFD_CLOEXEC, 3 + SOCKETS_MAX);
		if (high < 0)
			return -errno;
		(void)close(sockets.at[sockets.n - 1].fd);
		sockets.at[sockets.n - 1].fd = high;
		printf("listening %s\n", socket_describe(high, text));
	}
	(void)fflush(stdout);
	if (!*argv || !argv[1] || sockets.n == 0)
		return -EINVAL;
	program = argv + 1;
	return 0;
}

static bool parse_option(const char *option)
{
	if (strcmp(option, "--signal=TERM") == 0)
		arg_signal = SIGTERM;
	else if (strncmp(option, "--times=", 8) == 0)
		return parse_uint(option + 8, 0, 1000000, &arg_times) == 0;
	else if (strncmp(option, "--within=", 9) == 0)
		return parse_uint(option + 9, 1, 100000, &arg_within_ms) == 0;
	else
		return strcmp(option, "--signal=KILL") == 0;
	return true;
}

int main(int argc, char *argv[])
{
	struct pollfd polled[SOCKETS_MAX + 1];
	uint64_t starts = 0, sent = 0, failures = 0, signal_at = 0, now;
	struct signalfd_siginfo info;
	bool stopping = false;
	pid_t child = -1;
	sigset_t signals;
	int status, timeout_ms, i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0 && argv[i][2]; i++)
		if (!parse_option(argv[i]))
			return 2;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, &signals_before);
	polled[0].fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	polled[0].events = POLLIN;
	if (open_sockets(argv + i) < 0)
		return 2;
	for (size_t k = 0; k < sockets.n; k++)
		polled[k + 1] = (struct pollfd){ .fd = sockets.at[k].fd, .events = POLLIN };

	while (!stopping || child > 0) {
		now = now_us(CLOCK_MONOTONIC);
		timeout_ms = -1;
		if (child > 0 && signal_at > 0) {
			if (now >= signal_at) {
				(void)kill(child, arg_signal);
				signal_at = 0;
				if (++sent == arg_times) {
					printf("done\n");
					(void)fflush(stdout);
				}
			} else {
				/* A random part of a millisecond is in the signal's own way. */
				timeout_ms = (int)((signal_at - now) / 1000);
			}
		}
		/* While the program runs the sockets are its own to look at. */
		if (poll(polled, child > 0 ? 1 : (nfds_t)sockets.n + 1, timeout_ms) < 0)
			continue;
		while (read(polled[0].fd, &info, sizeof info) == sizeof info)
			if (info.ssi_signo == SIGTERM) {
				stopping = true;
				if (child > 0)
					(void)kill(child, SIGTERM);
			}
		if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
			/* Systemd as well takes an end by SIGTERM for a stop: it came before main(). */
			if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
			    !(WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || sent > 0))) {
				printf("failure: wait status 0x%x\n", (unsigned)status);
				failures++;
			}
			child = -1;
			continue; /* what poll(2) said is old */
		}
		for (size_t k = 1; child < 0 && !stopping && k <= sockets.n; k++)
			if (polled[k].revents & POLLIN) {
				child = start();
				starts++;
				if (sent < arg_times)
					signal_at = now_us(CLOCK_MONOTONIC) +
						    random_below(arg_within_ms * 1000) + 1;
			}
	}
	sockets_close(&sockets);
	printf("starts=%ju signals=%ju failures=%ju\n", (uintmax_t)starts, (uintmax_t)sent,
	       (uintmax_t)failures);
	return failures > 0;
}
