/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/spawn.h"

#include "format.h"
#include "log.h"
#include "number.h"
#include "units/users.h"
#include "walls/credentials.h"
#include "walls/directories.h"
#include "walls/environment.h"
#include "walls/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first passed descriptor: sd_listen_fds(3). */
#define LISTEN_FDS_START 3

struct process {
	gid_t gid;
	struct list variables;
	struct passed passed;
};

/* Group=, or the group of the user in /etc/passwd, or the one with the number of the user. */
static int find_group(const struct spawn *what, const struct service *s, gid_t *ret)
{
	uint64_t uid, gid = what->entry->uid;
	char escaped[LOG_ESCAPED_SIZE];

	if (!(what->abilities & ABILITY_USERS)) {
		*ret = getegid();
		return 0;
	}
	if (s->user)
		(void)user_look_up("/etc/passwd", s->user, &uid, &gid);
	if (s->group && parse_uint(s->group, 0, UINT32_MAX - 1, &gid) < 0 &&
	    user_look_up("/etc/group", s->group, &gid, NULL) < 0) {
		log_error("%s: unknown group '%s' in Group=", s->unit->name,
			  log_escape(s->group, escaped));
		return -ESRCH;
	}
	*ret = (gid_t)gid;
	return 0;
}

/* Whether a socket is one of Sockets= of the service, or names the service. */
static bool belongs_to(const struct socket_entry *socket, const struct service_entry *entry)
{
	return !socket->socket.accept && socket->fds &&
	       (socket->service == entry ||
		list_has(&entry->service.sockets, socket->socket.unit->name));
}

static int pass(struct passed *passed, int fd, const char *name)
{
	if (passed->n == PASSED_MAX)
		return -E2BIG;
	passed->fds[passed->n] = fd;
	passed->names[passed->n++] = name;
	return 0;
}

static int collect_passed(const struct spawn *what, bool as_input, struct passed *ret)
{
	int r = 0;

	ret->n = 0;
	ret->as_input = as_input;
	ret->connection_fd = what->connection_fd;
	if (what->connection_fd >= 0)
		return pass(ret, what->connection_fd, "connection");
	for (size_t i = 0; i < what->plan->n_sockets; i++) {
		const struct socket_entry *entry = &what->plan->sockets[i];
		const struct socket_unit *s = &entry->socket;

		for (size_t j = 0; r == 0 && belongs_to(entry, what->entry) && j < s->n_ports; j++)
			r = pass(ret, entry->fds[j], s->name ? s->name : s->unit->name);
	}
	return r;
}

/* The descriptor for a standard stream. */
static int stream_fd(unsigned stream, const struct spawn *what, const struct passed *passed,
		     int inherited)
{
	switch (stream) {
	case STREAM_INHERIT:
		return inherited;
	case STREAM_NULL:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case STREAM_SOCKET:
		return passed->n > 0 ? passed->fds[0] : -1;
	default:
		return what->console_fd;
	}
}

/*
 * Puts standard streams on 0 to 2 and passed descriptors on 3 and up: all of them above
 * that first, so that none overwrites another.
 */
static int arrange_descriptors(const struct spawn *what, const struct passed *passed,
			       const struct service *s)
{
	size_t n = 3 + (what->phase == PHASE_START && !passed->as_input ? passed->n : 0);
	bool from_socket = s->input == STREAM_SOCKET;
	int fds[3 + PASSED_MAX];

	/* The console is for output. systemd.exec(5): output inherits a socket from input. */
	fds[0] = stream_fd(from_socket ? STREAM_SOCKET : STREAM_NULL, what, passed, -1);
	fds[1] = stream_fd(s->output, what, passed, from_socket ? fds[0] : what->console_fd);
	fds[2] = stream_fd(s->error, what, passed, fds[1]);
	for (size_t i = 3; i < n; i++)
		fds[i] = passed->fds[i - 3];
	for (size_t i = 0; i < n; i++) {
		/* Process 1 made it non-blocking; NonBlocking= is for the service. */
		int flags = fcntl(fds[i], F_GETFL);

		if (flags >= 0 && (i >= 3 || (i == 0 && from_socket)))
			(void)fcntl(fds[i], F_SETFL,
				    s->non_blocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int)n);
		if (fds[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < n; i++)
		if (dup2(fds[i], (int)i) < 0)
			return -errno;
	return 0;
}

static int enter_working_directory(const struct service *s)
{
	const char *path = s->working_directory ? s->working_directory : "/";
	bool optional = *path == '-';
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	path += optional;
	/* "~": users have no home directory. */
	if (chdir(*path == '~' ? "/" : path) == 0 || optional)
		return 0;
	r = -errno;
	log_failure(r, "%s: cannot change to directory '%s'", s->unit->name,
		    log_escape(path, escaped));
	return r;
}

static int run(const char *program, char **arguments, char **environment)
{
	static const char directories[] = "/usr/local/sbin\0/usr/local/bin\0/usr/sbin\0/usr/bin\0"
					  "/sbin\0/bin\0";
	char path[PATH_MAX];
	int r = -ENOENT;

	if (*program == '/') {
		(void)execve(program, arguments, environment);
		return -errno;
	}
	for (const char *directory = directories; *directory; directory += strlen(directory) + 1) {
		(void)format_text(path, sizeof path, "%s/%s", directory, program);
		(void)execve(path, arguments, environment);
		if (errno != ENOENT)
			r = -errno;
	}
	return r;
}

/*
 * What the process needs outside of its sandbox. Returns 0, or the exit status after having
 * logged why.
 */
static int prepare(const struct spawn *what, const struct service *s, struct process *ret)
{
	if (find_group(what, s, &ret->gid) < 0)
		return STATUS_GROUP;
	(void)umask(0);
	if (directories_make(s, what->entry->uid, ret->gid) < 0)
		return STATUS_STATE_DIRECTORY;
	if (collect_passed(what, s->input == STREAM_SOCKET, &ret->passed) < 0)
		return STATUS_FDS;
	if (environment_make(&ret->variables, s, what->phase == PHASE_START ? &ret->passed : NULL) <
	    0)
		return STATUS_EXEC;
	if (credentials_make(s, what->entry->uid, what->abilities, &ret->variables) < 0)
		return STATUS_CREDENTIALS;
	return 0;
}

/* Enters the sandbox, and runs the program. Returns the exit status after having logged why. */
static int enter(const struct spawn *what, const struct service *s, struct process *process)
{
	const struct command *command = &s->commands[what->phase].at[what->index];
	const char *program = command->words.at[0];
	bool own_name = (command->flags & COMMAND_OWN_ARGV0) != 0;
	bool privileged = (command->flags & COMMAND_PRIVILEGED) != 0;
	bool keep_user = command->flags & COMMAND_KEEP_USER || !(what->abilities & ABILITY_USERS);
	char escaped[LOG_ESCAPED_SIZE];
	int r, log_fd;

	if (!privileged && sandbox_view(s, what->abilities) < 0)
		return STATUS_NAMESPACE;
	/* Standard error may be a connection: failures are logged on the console. */
	log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3 + (int)process->passed.n);
	r = arrange_descriptors(what, &process->passed, s);
	if (r < 0) {
		log_failure(r, "%s: cannot set up file descriptors", s->unit->name);
		return STATUS_FDS;
	}
	if (sandbox_limits(s) < 0)
		return STATUS_LIMITS;
	(void)umask(s->umask);
	if (!privileged && sandbox_user(s, what->entry->uid, process->gid, keep_user) < 0)
		return STATUS_USER;
	/* The user of the service may have no permission. */
	if (enter_working_directory(s) < 0)
		return STATUS_CHDIR;
	/* After the filter it might not be possible to log that. */
	r = *program == '/' && access(program, X_OK) < 0 ? -errno : 0;
	if (r == 0 && !privileged && sandbox_calls(s) < 0)
		return STATUS_SECCOMP;
	if (r == 0)
		r = run(program, command->words.at + own_name, process->variables.at);
	(void)dup2(log_fd, STDERR_FILENO);
	log_failure(r, "%s: cannot run '%s'", s->unit->name, log_escape(program, escaped));
	return STATUS_EXEC;
}

/* Runs in the child. Returns the exit status if it cannot run the program. */
static int become(const struct spawn *what)
{
	const struct unit_setting *problem;
	struct process process = { .variables = LIST_EMPTY };
	struct service s;
	sigset_t none;
	int status;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (what->quiet) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)dup2(fd, STDERR_FILENO);
	}
	/* Read again for %i of this instance. */
	if (service_read(what->entry->unit, what->instance, &s, &problem) < 0)
		return STATUS_EXEC;
	status = prepare(what, &s, &process);
	return status != 0 ? status : enter(what, &s, &process);
}

int spawn(const struct spawn *what, pid_t *ret)
{
	pid_t pid = _Fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(become(what));
	*ret = pid;
	return 0;
}
