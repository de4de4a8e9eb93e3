/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets passed as in sd_listen_fds(3), and addresses as in --listen=. */
#include "check.h"
#include "fd.h"
#include "notify.h"
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/test-sockets.XXXXXX";

static const char *in_directory(const char *name, char buffer[static 64])
{
	(void)snprintf(buffer, 64, "%s/%s", directory, name);
	return buffer;
}

static void which_addresses_are_accepted(void)
{
	static const struct {
		const char *address;
		int type, family, r;
		const char *bound; /* before the port; NULL: not looked at */
	} table[] = {
		{ "0", SOCK_STREAM, AF_INET6, 0, "[::]:" },
		{ "[::]:0", SOCK_STREAM, AF_INET6, 0, "[::]:" },
		{ "[::1]:0", SOCK_DGRAM, AF_INET6, 0, "[::1]:" },
		{ "127.0.0.1:0", SOCK_STREAM, AF_INET, 0, "127.0.0.1:" },
		{ "0.0.0.0:0", SOCK_DGRAM, AF_INET, 0, "0.0.0.0:" },
		{ "@test-sockets-abstract", SOCK_STREAM, AF_UNIX, 0, "@test-sockets-abstract" },
		{ "", SOCK_STREAM, 0, -EINVAL, NULL },
		{ ":80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "65536", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "80x", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "localhost:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "127.0.0.1", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "127.0.0.1:", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "127.1:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "::1:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[::1]", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[::1:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[]:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "]:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[1.2.3.4]:80", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "[::ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80", SOCK_STREAM, 0,
		  -EINVAL, NULL },
		{ "/", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "@", SOCK_STREAM, 0, -EINVAL, NULL },
		{ "relative/path", SOCK_STREAM, 0, -EINVAL, NULL },
	};
	struct sockets sockets = { .n = 0 };
	char text[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		int r = sockets_listen(&sockets, table[i].address, table[i].type);

		if (r != table[i].r)
			printf("# '%s' gives %d\n", table[i].address, r);
		CHECK(r == table[i].r);
		CHECK(sockets.n == (r == 0));
		if (sockets.n == 0)
			continue;
		CHECK(sockets.at[0].family == table[i].family);
		CHECK(sockets.at[0].type == table[i].type);
		CHECK(sockets.at[0].listening == (table[i].type == SOCK_STREAM));
		CHECK(!sockets.at[0].passed);
		CHECK(fcntl(sockets.at[0].fd, F_GETFD) == FD_CLOEXEC);
		CHECK(fcntl(sockets.at[0].fd, F_GETFL) & O_NONBLOCK);
		(void)socket_describe(sockets.at[0].fd, text);
		CHECK(strncmp(text, table[i].bound, strlen(table[i].bound)) == 0);
		sockets_close(&sockets);
	}
}

static void a_path_is_taken_over_only_from_the_dead(void)
{
	char path[64], too_long[200], text[SOCKET_TEXT_SIZE];
	struct sockets one = { .n = 0 }, two = { .n = 0 };

	(void)in_directory("s", path);
	CHECK(sockets_listen(&one, path, SOCK_STREAM) == 0);
	CHECK_TEXT(socket_describe(one.at[0].fd, text), path);
	CHECK(sockets_listen(&two, path, SOCK_STREAM) == -EADDRINUSE);
	sockets_close(&one);
	CHECK(sockets_listen(&two, path, SOCK_STREAM) == 0);
	sockets_close(&two);
	CHECK(unlink(path) == 0);

	/* A file that is no socket stays what it is. */
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK(sockets_listen(&two, path, SOCK_STREAM) == -EADDRINUSE);
	CHECK(unlink(path) == 0);

	memset(too_long, 'x', sizeof too_long - 1);
	too_long[0] = '/';
	too_long[sizeof too_long - 1] = '\0';
	CHECK(sockets_listen(&two, too_long, SOCK_STREAM) == -ENAMETOOLONG);

	/* As long as fits: no NUL in the kernel's answer. */
	memset(too_long, 'y', 107);
	too_long[0] = '@';
	too_long[107] = '\0';
	CHECK(sockets_listen(&two, too_long, SOCK_STREAM) == 0);
	CHECK_TEXT(socket_describe(two.at[0].fd, text), too_long);
	sockets_close(&two);
	CHECK_TEXT(socket_describe(-1, text), "?");
}

static void the_set_is_bounded(void)
{
	struct sockets sockets = { .n = 0 };

	for (size_t i = 0; i < SOCKETS_MAX; i++)
		CHECK(sockets_listen(&sockets, "127.0.0.1:0", SOCK_STREAM) == 0);
	CHECK(sockets_listen(&sockets, "127.0.0.1:0", SOCK_STREAM) == -E2BIG);
	CHECK(sockets.n == SOCKETS_MAX);
	sockets_close(&sockets);
	CHECK(sockets.n == 0);
}

/*
 * Runs a check in a child whose descriptors are, from 3 on, those given. The
 * child's CHECKs print; its status tells.
 */
static int in_child(void (*check)(void), const int *fds, size_t n)
{
	pid_t pid;
	int status;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int high[8];

		for (size_t i = 0; i < n; i++)
			high[i] = fcntl(fds[i], F_DUPFD, 100);
		for (int fd = 3; fd < 100; fd++)
			(void)close(fd);
		for (size_t i = 0; i < n; i++) {
			(void)dup2(high[i], 3 + (int)i);
			(void)close(high[i]);
		}
		check_failed_ = false;
		check();
		(void)fflush(stdout);
		_exit(check_failed_);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_protocol(const char *n, const char *names)
{
	char pid[16];

	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_PIDFDID", "1234", 1);
	(void)setenv("LISTEN_FDS", n, 1);
	if (names)
		(void)setenv("LISTEN_FDNAMES", names, 1);
}

static bool protocol_is_gone(void)
{
	return !getenv("LISTEN_PID") && !getenv("LISTEN_PIDFDID") && !getenv("LISTEN_FDS") &&
	       !getenv("LISTEN_FDNAMES");
}

static void child_takes_two(void)
{
	struct sockets s = { .n = 0 };

	set_protocol("2", "web.socket:dns");
	CHECK(sockets_take_passed(&s) == 0);
	CHECK(protocol_is_gone());
	CHECK(s.n == 2);
	CHECK(s.at[0].fd == 3 && s.at[0].type == SOCK_STREAM && s.at[0].listening);
	CHECK(s.at[1].fd == 4 && s.at[1].type == SOCK_DGRAM && !s.at[1].listening);
	CHECK(s.at[0].family == AF_INET && s.at[0].passed && s.at[1].passed);
	CHECK_TEXT(s.at[0].name, "web.socket");
	CHECK_TEXT(s.at[1].name, "dns");
	CHECK(fcntl(3, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(3, F_GETFL) & O_NONBLOCK);
	CHECK(sockets_take_passed(&s) == 0 && s.n == 2);
}

static void child_has_fewer_names(void)
{
	struct sockets s = { .n = 0 };
	char names[SOCKET_NAME_SIZE + 100];

	memset(names, 'n', sizeof names - 1);
	names[sizeof names - 1] = '\0';
	set_protocol("2", names);
	CHECK(sockets_take_passed(&s) == 0 && s.n == 2);
	CHECK(strlen(s.at[0].name) == SOCKET_NAME_SIZE - 1);
	CHECK_TEXT(s.at[1].name, "");
}

static void child_was_promised_more(void)
{
	struct sockets s = { .n = 0 };

	set_protocol("3", NULL);
	CHECK(sockets_take_passed(&s) == -EBADF);
	CHECK(s.n == 0 && protocol_is_gone());
}

static void child_got_a_file(void)
{
	struct sockets s = { .n = 0 };

	set_protocol("1", NULL);
	CHECK(sockets_take_passed(&s) == -ENOTSOCK);
	CHECK(s.n == 0 && protocol_is_gone());
}

static void child_reads_nonsense(void)
{
	static const struct {
		const char *pid, *fds;
		int r;
	} table[] = {
		{ "x", "1", -EINVAL },   { "0", "1", -EINVAL },        { "", "1", -EINVAL },
		{ NULL, "-1", -EINVAL }, { NULL, "1 ", -EINVAL },      { NULL, "33", -E2BIG },
		{ NULL, "0", 0 },        { "1", "1", 0 /* not us */ },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct sockets s = { .n = 0 };

		set_protocol(table[i].fds, NULL);
		if (table[i].pid)
			(void)setenv("LISTEN_PID", table[i].pid, 1);
		CHECK(sockets_take_passed(&s) == table[i].r);
		CHECK(s.n == 0 && protocol_is_gone());
	}
}

static void what_the_manager_passes_is_checked(void)
{
	struct sockets s = { .n = 0 };
	int fds[2], file;

	CHECK(sockets_listen(&s, "127.0.0.1:0", SOCK_STREAM) == 0);
	CHECK(sockets_listen(&s, "127.0.0.1:0", SOCK_DGRAM) == 0);
	fds[0] = s.at[0].fd;
	fds[1] = s.at[1].fd;
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK(in_child(child_takes_two, fds, 2) == 0);
	CHECK(in_child(child_has_fewer_names, fds, 2) == 0);
	CHECK(in_child(child_was_promised_more, fds, 2) == 0);
	CHECK(in_child(child_got_a_file, &file, 1) == 0);
	CHECK(in_child(child_reads_nonsense, fds, 2) == 0);
	close_fd(&file);
	sockets_close(&s);
}

static void the_manager_is_told(void)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CLEANUP_FD int abstract = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[64], text[64] = "", too_long[200];

	(void)unsetenv("NOTIFY_SOCKET");
	CHECK(notify("READY=1") == 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in_directory("n", path));
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
	(void)setenv("NOTIFY_SOCKET", path, 1);
	CHECK(notify("READY=1\nSTATUS=x") == 1);
	CHECK(recv(fd, text, sizeof text - 1, MSG_DONTWAIT) == 16);
	CHECK_TEXT(text, "READY=1\nSTATUS=x");
	CHECK(unlink(path) == 0);
	CHECK(notify("READY=1") == -ENOENT);

	memcpy(address.sun_path, "\0test-notify", 12);
	CHECK(bind(abstract, (struct sockaddr *)&address, sizeof(sa_family_t) + 12) == 0);
	(void)setenv("NOTIFY_SOCKET", "@test-notify", 1);
	CHECK(notify("STOPPING=1") == 1);
	CHECK(recv(abstract, text, sizeof text - 1, MSG_DONTWAIT) == 10);

	(void)setenv("NOTIFY_SOCKET", "relative", 1);
	CHECK(notify("READY=1") == -EINVAL);
	memset(too_long, '/', sizeof too_long - 1);
	too_long[sizeof too_long - 1] = '\0';
	(void)setenv("NOTIFY_SOCKET", too_long, 1);
	CHECK(notify("READY=1") == -ENAMETOOLONG);
	(void)unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	RUN(which_addresses_are_accepted);
	RUN(a_path_is_taken_over_only_from_the_dead);
	RUN(the_set_is_bounded);
	RUN(what_the_manager_passes_is_checked);
	RUN(the_manager_is_told);
	return rmdir(directory) < 0 ? 1 : CHECK_STATUS();
}
