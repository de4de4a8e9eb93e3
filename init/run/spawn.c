/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts one process of a service, inside its walls. */
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

/* The group is the user's: of its own number, or what /etc/passwd says; or Group=. */
static int find_group(const struct spawn *what, const struct service *s, gid_t *ret)
{
	uint64_t uid, gid = what->entry->uid;

	if (!(what->abilities & ABILITY_USERS)) {
		*ret = getegid();
		return 0;
	}
	if (s->user)
		(void)user_look_up("/etc/passwd", s->user, &uid, &gid);
	if (s->group && parse_uint(s->group, 0, UINT32_MAX - 1, &gid) < 0 &&
	    user_look_up("/etc/group", s->group, &gid, NULL) < 0) {
		log_error("%s: Group=%s is not known here", s->unit->name, s->group);
		return -ESRCH;
	}
	*ret = (gid_t)gid;
	return 0;
}

/* Whether a socket is one of Sockets= of the service, or names the service. */
static bool belongs_to(const struct socket_entry *socket, const struct service_entry *entry)
{
	const struct list *named = &entry->service.sockets;

	if (socket->socket.accept || !socket->fds)
		return false;
	if (socket->service == entry)
		return true;
	for (size_t i = 0; i < named->n; i++)
		if (strcmp(named->at[i], socket->socket.unit->name) == 0)
			return true;
	return false;
}

static int pass(struct passed *passed, int fd, const char *name)
{
	if (passed->n == PASSED_MAX)
		return -E2BIG;
	passed->fds[passed->n] = fd;
	passed->names[passed->n++] = name;
	return 0;
}

static int collect_passed(const struct spawn *what, struct passed *ret)
{
	int r = 0;

	ret->n = 0;
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

/* Where a standard stream goes: a descriptor that stays its owner's. */
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
 * Puts the descriptors where they belong: 0 to 2, and passed ones from 3 on. First
 * out of the way of each other, then down.
 */
static int arrange_descriptors(const struct spawn *what, const struct passed *passed,
			       const struct service *s)
{
	size_t n = 3 + (what->phase == PHASE_START ? passed->n : 0);
	bool from_socket = s->input == STREAM_SOCKET;
	int fds[3 + PASSED_MAX];

	/* A console is not for reading. systemd.exec(5): by default, out goes where in came from. */
	fds[0] = stream_fd(from_socket ? STREAM_SOCKET : STREAM_NULL, what, passed, -1);
	fds[1] = stream_fd(s->output, what, passed, from_socket ? fds[0] : what->console_fd);
	fds[2] = stream_fd(s->error, what, passed, fds[1]);
	for (size_t i = 3; i < n; i++)
		fds[i] = passed->fds[i - 3];
	for (size_t i = 0; i < n; i++) {
		/* What PID 1 polls it does not wait for; a service does as its unit says. */
		int flags = fcntl(fds[i], F_GETFL);

		if (flags >= 0 && i >= 3)
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
	int r;

	path += optional;
	/* "~": of a user who has no home. */
	if (chdir(*path == '~' ? "/" : path) == 0 || optional)
		return 0;
	r = -errno;
	log_failure(r, "%s: cannot change into '%s'", s->unit->name, path);
	return r;
}

static int run(const char *program, char **arguments, char **environment)
{
	static const char folders[] = "/usr/local/sbin\0"
				      "/usr/local/bin\0"
				      "/usr/sbin\0"
				      "/usr/bin\0"
				      "/sbin\0"
				      "/bin\0";
	char path[PATH_MAX];
	int r = -ENOENT;

	if (*program == '/') {
		(void)execve(program, arguments, environment);
		return -errno;
	}
	for (const char *folder = folders; *folder; folder += strlen(folder) + 1) {
		(void)format_text(path, sizeof path, "%s/%s", folder, program);
		(void)execve(path, arguments, environment);
		if (errno != ENOENT)
			r = -errno;
	}
	return r;
}

/* Runs in the child, and returns the exit status if there is no way. */
static int become(const struct spawn *what)
{
	const struct unit_setting *problem;
	const struct command *command;
	struct list variables = LIST_EMPTY;
	struct passed passed;
	struct service s;
	sigset_t none;
	gid_t gid;
	const char *program;
	bool privileged, own_name, keep_user;
	int r, log_fd;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	/* Again, with this instance's name in it; it was right the first time. */
	if (service_read(what->entry->unit, what->instance, &s, &problem) < 0)
		return STATUS_EXEC;
	command = &s.commands[what->phase][what->index];
	privileged = command->flags & COMMAND_PRIVILEGED;

	if (find_group(what, &s, &gid) < 0)
		return STATUS_GROUP;
	(void)umask(0);
	if (directories_make(&s, what->entry->uid, gid) < 0)
		return STATUS_STATE_DIRECTORY;
	if (collect_passed(what, &passed) < 0)
		return STATUS_FDS;
	r = environment_make(&variables, &s, what->phase == PHASE_START ? &passed : NULL);
	if (r < 0)
		return STATUS_EXEC;
	if (credentials_make(&s, what->entry->uid, what->abilities, &variables) < 0)
		return STATUS_CREDENTIALS;

	if (!privileged && sandbox_view(&s, what->abilities) < 0)
		return STATUS_NAMESPACE;
	/* Errors are for the console, and not for whoever is connected. */
	log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3 + (int)passed.n);
	r = arrange_descriptors(what, &passed, &s);
	if (r < 0) {
		log_failure(r, "%s: cannot arrange its descriptors", s.unit->name);
		return STATUS_FDS;
	}
	if (sandbox_limits(&s) < 0)
		return STATUS_LIMITS;
	program = command->words.at[0];
	own_name = (command->flags & COMMAND_OWN_ARGV0) != 0;
	(void)umask(s.umask);
	keep_user = command->flags & COMMAND_KEEP_USER || !(what->abilities & ABILITY_USERS);
	if (!privileged && sandbox_user(&s, what->entry->uid, gid, keep_user) < 0)
		return STATUS_USER;
	/* As the user, who may have no way there. */
	if (enter_working_directory(&s) < 0)
		return STATUS_CHDIR;
	if (!privileged && sandbox_calls(&s) < 0)
		return STATUS_SECCOMP;
	r = run(program, command->words.at + own_name, variables.at);
	(void)dup2(log_fd, STDERR_FILENO);
	log_failure(r, "%s: cannot run '%s'", s.unit->name, program);
	return STATUS_EXEC;
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
