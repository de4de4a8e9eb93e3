/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts one process of a service, inside its walls. */
#include "spawn.h"

#include "credentials.h"
#include "directories.h"
#include "environment.h"
#include "fd.h"
#include "log.h"
#include "number.h"
#include "sandbox.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The first passed descriptor: sd_listen_fds(3). */
#define LISTEN_FDS_START 3

/* NGROUPS_MAX is 65536; nobody needs more than a few. */
#define GROUPS_MAX 32

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	size_t n_groups;
};

static int find_group(const char *name, gid_t *ret)
{
	uint64_t number;

	if (parse_uint(name, 0, UINT32_MAX - 1, &number) < 0 &&
	    user_look_up("/etc/group", name, &number, NULL) < 0) {
		if (strcmp(name, "root") != 0)
			return -ESRCH;
		number = 0;
	}
	*ret = (gid_t)number;
	return 0;
}

/* The group is the user's: of its own number, or what /etc/passwd says. */
static int find_identity(const struct service_entry *entry, const struct service *s,
			 struct identity *ret)
{
	uint64_t uid, gid;

	ret->uid = entry->uid;
	ret->gid = (gid_t)entry->uid;
	ret->n_groups = 0;
	if (s->user && user_look_up("/etc/passwd", s->user, &uid, &gid) == 0)
		ret->gid = (gid_t)gid;
	if (s->group && find_group(s->group, &ret->gid) < 0) {
		log_error("%s: Group=%s is not known here", s->unit->name, s->group);
		return -ESRCH;
	}
	for (size_t i = 0; i < s->more_groups.n; i++) {
		if (ret->n_groups == GROUPS_MAX ||
		    find_group(s->more_groups.at[i], &ret->groups[ret->n_groups]) < 0) {
			log_error("%s: SupplementaryGroups=%s is not known here", s->unit->name,
				  s->more_groups.at[i]);
			return -ESRCH;
		}
		ret->n_groups++;
	}
	return 0;
}

/* Where a standard stream goes: a descriptor that stays its owner's. */
static int stream_fd(enum stream stream, const struct spawn *what, int inherited)
{
	switch (stream) {
	case STREAM_SOCKET:
		return what->connection_fd >= 0 ? what->connection_fd
		       : what->passed.n == 1    ? what->passed.fds[0]
						: -EINVAL;
	case STREAM_NULL:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case STREAM_DEFAULT:
	case STREAM_INHERIT:
		return inherited;
	default:
		return what->console_fd;
	}
}

/* A connection that a program reads and writes is a plain one. */
static void make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_NONBLOCK)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/*
 * Puts the descriptors where they belong: 0 to 2, and passed ones from 3 on. First
 * out of the way of each other, then down.
 */
static int arrange_descriptors(const struct spawn *what, const struct service *s)
{
	size_t n = 3 + (what->phase == PHASE_START ? what->passed.n : 0);
	int input, output, error, *fds = malloc(n * sizeof *fds);

	if (!fds)
		return -ENOMEM;
	input = stream_fd(s->input == STREAM_SOCKET ? STREAM_SOCKET : STREAM_NULL, what, -1);
	/* "inherit" is the input when that is a socket, as systemd.exec(5) has it. */
	output = stream_fd(s->output, what,
			   s->output == STREAM_INHERIT && s->input == STREAM_SOCKET
				   ? input
				   : what->console_fd);
	error = stream_fd(s->error, what, s->error == STREAM_INHERIT ? output : what->console_fd);
	if (input < 0 || output < 0 || error < 0)
		return -EBADF;
	if (s->input == STREAM_SOCKET || s->output == STREAM_SOCKET)
		make_blocking(what->connection_fd);
	fds[0] = input;
	fds[1] = output;
	fds[2] = error;
	for (size_t i = 3; i < n; i++) {
		fds[i] = what->passed.fds[i - 3];
		if (!s->non_blocking)
			make_blocking(fds[i]);
	}
	for (size_t i = 0; i < n; i++) {
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
	const char *path = s->working_directory;
	int r;

	if (!path || strcmp(path, "~") == 0)
		path = "/";
	if (chdir(path) == 0 || s->working_directory_optional)
		return 0;
	r = -errno;
	log_failure(r, "%s: cannot change into '%s'", s->unit->name, path);
	return r;
}

static void set_oom_score(const struct service *s)
{
	char text[sizeof "-1000"];
	unsigned value =
		(unsigned)(s->oom_score_adjust < 0 ? -s->oom_score_adjust : s->oom_score_adjust);
	size_t used = sizeof text;
	CLEANUP_FD int fd = -1;

	if (!s->oom_score_adjust_set)
		return;
	do
		text[--used] = (char)('0' + value % 10);
	while (value /= 10);
	if (s->oom_score_adjust < 0)
		text[--used] = '-';
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	/* Less than we have ourselves is not for a container to give: systemd goes on as well. */
	if (fd < 0 || write(fd, text + used, sizeof text - used) < 0)
		log_warning("%s: cannot set OOMScoreAdjust=, ignoring", s->unit->name);
}

static int run(const char *program, char **arguments, char **environment)
{
	static const char folders[] = "/usr/local/sbin/\0"
				      "/usr/local/bin/\0"
				      "/usr/sbin/\0"
				      "/usr/bin/\0"
				      "/sbin/\0"
				      "/bin/\0";
	char path[PATH_MAX];
	size_t length = strlen(program), folder_length;
	int r = -ENOENT;

	if (*program == '/') {
		(void)execve(program, arguments, environment);
		return -errno;
	}
	for (const char *folder = folders; *folder; folder += folder_length + 1) {
		folder_length = strlen(folder);
		if (folder_length + length >= sizeof path)
			return -ENAMETOOLONG;
		memcpy(path, folder, folder_length);
		memcpy(path + folder_length, program, length + 1);
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
	struct environment environment = { 0 };
	struct identity identity;
	struct service s;
	sigset_t none;
	char **arguments;
	const char *program;
	bool privileged;
	int r, log_fd;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	/* Again, with this instance's name in it; it was right the first time. */
	if (service_read(what->entry->unit, what->instance, &s, &problem) < 0)
		return STATUS_EXEC;
	command = &s.commands[what->phase][what->index];
	privileged = command->flags & COMMAND_PRIVILEGED;

	if (find_identity(what->entry, &s, &identity) < 0)
		return s.group ? STATUS_GROUP : STATUS_USER;
	(void)umask(0);
	if (directories_make(&s, identity.uid, identity.gid) < 0)
		return STATUS_STATE_DIRECTORY;
	r = environment_make(&environment, &s, what);
	if (r < 0)
		return STATUS_EXEC;
	r = credentials_make(&s, identity.uid, what->abilities, &environment);
	if (r < 0)
		return STATUS_CREDENTIALS;
	set_oom_score(&s);

	if (!privileged && sandbox_view(&s, what->abilities) < 0)
		return STATUS_NAMESPACE;
	log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	r = arrange_descriptors(what, &s);
	if (r < 0) {
		log_failure(r, "%s: cannot arrange its descriptors", s.unit->name);
		return STATUS_FDS;
	}
	/* Errors are for the console, and not for whoever is connected. */
	if (log_fd >= 0 && log_fd < LISTEN_FDS_START + (int)what->passed.n)
		log_fd = -1;
	if (sandbox_limits(&s) < 0)
		return STATUS_LIMITS;
	arguments = environment_expand(&environment, command);
	if (!arguments)
		return STATUS_EXEC;
	program = command->words.at[0];
	if (command->flags & COMMAND_OWN_ARGV0)
		arguments++;
	(void)umask(s.umask);
	if (!privileged && sandbox_user(&s, identity.uid, identity.gid, identity.groups,
					identity.n_groups, command->flags & COMMAND_KEEP_USER) < 0)
		return STATUS_USER;
	/* As the user, who may have no way there. */
	if (enter_working_directory(&s) < 0)
		return STATUS_CHDIR;
	if (!privileged && sandbox_calls(&s) < 0)
		return STATUS_SECCOMP;
	r = run(program, arguments, environment.variables.at);
	if (log_fd >= 0)
		(void)dup2(log_fd, STDERR_FILENO);
	log_failure(r, "%s: cannot run '%s'", s.unit->name, program);
	return STATUS_EXEC;
}

int spawn(const struct spawn *what, pid_t *ret)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(become(what));
	*ret = pid;
	return 0;
}
