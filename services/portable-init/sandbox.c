/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls around a service: namespaces, mounts, user, capabilities, limits. */
#include "sandbox.h"

#include "directories.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* linux/mount.h, which musl's headers do not bring along: Linux 5.2, and 5.12 for the last. */
#define OPEN_TREE_CLONE         1
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define RECURSIVE               0x8000
#define ATTRIBUTE_READ_ONLY     0x1
#define ATTRIBUTE_NO_SUID       0x2

struct attributes {
	uint64_t set, clear, propagation, userns_fd;
};

/* linux/capability.h */
struct capability_header {
	uint32_t version;
	int pid;
};

struct capability_data {
	uint32_t effective, permitted, inheritable;
};

#define CAPABILITY_VERSION 0x20080522

static int clone_tree(const char *path)
{
	long fd = syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC | RECURSIVE);

	return fd < 0 ? -errno : (int)fd;
}

static int move_tree(int fd, const char *path)
{
	return syscall(SYS_move_mount, fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno
											    : 0;
}

static int set_attributes(const char *path, unsigned flags, uint64_t set)
{
	struct attributes attributes = { .set = set };

	return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes) < 0
		       ? -errno
		       : 0;
}

static int make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	if (request.ifr_flags & IFF_UP)
		return 0;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static int mount_proc(unsigned sandbox)
{
	const char *options =
		sandbox & SANDBOX_PROC_PID
			? sandbox & SANDBOX_PROC ? "hidepid=invisible,subset=pid" : "subset=pid"
			: "hidepid=invisible";

	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
		     options) < 0
		       ? -errno
		       : 0;
}

unsigned sandbox_abilities(void)
{
	unsigned found = 0;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == 0 && make_private() == 0 &&
		    set_attributes("/", RECURSIVE, ATTRIBUTE_READ_ONLY) == 0)
			found |= ABILITY_MOUNT;
		if (found && mount_proc(SANDBOX_PROC | SANDBOX_PROC_PID) == 0)
			found |= ABILITY_PROC;
		if (unshare(CLONE_NEWNET) == 0)
			found |= ABILITY_NETWORK;
		if (setresgid(1, 1, 1) == 0 && setresuid(1, 1, 1) == 0)
			found |= ABILITY_USERS;
		_exit((int)found);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
}

/* Writable places, taken aside before everything becomes read-only. */
struct aside {
	int fd;
	char path[PATH_MAX];
};

struct view {
	const struct service *service;
	struct aside *asides;
	size_t n;
};

static int failure(const struct service *s, int r, const char *what, const char *path)
{
	log_failure(r, "%s: cannot %s '%s'", s->unit->name, what, path);
	return r;
}

/* source keeps the flags that its mount has now, and comes back at path. */
static int set_aside(struct view *view, const char *source, const char *path, bool optional)
{
	struct aside *larger;
	int fd = clone_tree(source);

	if (fd < 0 && optional && fd == -ENOENT)
		return 0;
	if (fd < 0)
		return failure(view->service, fd, "bind", source);
	larger = reallocarray(view->asides, view->n + 1, sizeof *larger);
	if (!larger || strlen(path) >= sizeof larger->path) {
		(void)close(fd);
		return failure(view->service, -ENOMEM, "bind", source);
	}
	view->asides = larger;
	larger[view->n].fd = fd;
	memcpy(larger[view->n++].path, path, strlen(path) + 1);
	return 0;
}

static int set_directories_aside(struct view *view)
{
	const struct service *s = view->service;
	char path[PATH_MAX];
	int r = 0;

	for (unsigned kind = 0; kind < DIRECTORY_CONFIGURATION; kind++)
		for (size_t i = 0; i < s->directories[kind].n && r == 0; i++) {
			r = directory_path(kind, s->directories[kind].at[i], sizeof path, path);
			if (r == 0)
				r = set_aside(view, path, path, false);
		}
	return r;
}

/* "[-][+]/path" of ReadWritePaths=. */
static int set_writable_aside(struct view *view)
{
	int r = 0;

	for (size_t i = 0; i < view->service->writable.n && r == 0; i++) {
		const char *path = view->service->writable.at[i];
		bool optional = *path == '-';

		path += strspn(path, "-+");
		r = set_aside(view, path, path, optional);
	}
	return r;
}

/* "[-]/source[:/target[:options]]" */
static int set_bind_aside(struct view *view, const char *bind)
{
	char source[PATH_MAX], target[PATH_MAX];
	bool optional = *bind == '-';
	size_t length, target_length;

	bind += optional;
	length = strcspn(bind, ":");
	target_length = bind[length] ? strcspn(bind + length + 1, ":") : 0;
	if (length >= sizeof source || target_length >= sizeof target)
		return failure(view->service, -ENAMETOOLONG, "bind", bind);
	memcpy(source, bind, length);
	source[length] = '\0';
	memcpy(target, target_length > 0 ? bind + length + 1 : bind,
	       target_length > 0 ? target_length : length);
	target[target_length > 0 ? target_length : length] = '\0';
	return set_aside(view, source, target, optional);
}

static int mount_tmpfs(const struct service *s, const char *path, const char *options)
{
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return failure(s, -errno, "mount a tmpfs on", path);
	return 0;
}

/* The devices that are no hardware, and nothing else. */
static int mount_devices(const struct service *s)
{
	static const char *const names[] = { "/dev/null",   "/dev/zero",    "/dev/full",
					     "/dev/random", "/dev/urandom", "/dev/tty" };
	enum {
		N = sizeof names / sizeof *names
	};
	int fds[N], r;

	for (size_t i = 0; i < N; i++)
		fds[i] = clone_tree(names[i]); /* one that is not there is not there below either */
	r = mount_tmpfs(s, "/dev", "mode=0755,size=64k");
	for (size_t i = 0; i < N; i++) {
		if (fds[i] < 0)
			continue;
		if (r == 0) {
			CLEANUP_FD int fd = open(names[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

			r = fd < 0 ? -errno : move_tree(fds[i], names[i]);
			if (r < 0)
				r = failure(s, r, "bind", names[i]);
		}
		(void)close(fds[i]);
	}
	/* Conveniences: nothing depends on them. */
	(void)!symlink("/proc/self/fd", "/dev/fd");
	(void)mkdir("/dev/shm", 0755);
	return r;
}

/* Covers what is there with nothing. */
static int cover(const struct service *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
			     "mode=0000,size=4k") < 0
			       ? failure(s, -errno, "cover", path)
			       : 0;
	return mount("/dev/null", path, NULL, MS_BIND, NULL) < 0 ? failure(s, -errno, "cover", path)
								 : 0;
}

static int cover_all(const struct service *s)
{
	static const char *const homes[] = { "/home", "/root", "/run/user" };
	int r = 0;

	for (size_t i = 0; s->sandbox & SANDBOX_HOME && i < 3 && r == 0; i++)
		r = cover(s, homes[i]);
	for (size_t i = 0; i < s->inaccessible.n && r == 0; i++)
		r = cover(s, s->inaccessible.at[i] + strspn(s->inaccessible.at[i], "-+"));
	return r;
}

/* "/path[:options]": the options are not for us to judge, mode= at most. */
static int mount_temporary(const struct service *s)
{
	int r = 0;

	for (size_t i = 0; i < s->temporary.n && r == 0; i++) {
		char path[PATH_MAX];
		size_t length = strcspn(s->temporary.at[i], ":");

		if (length >= sizeof path)
			return failure(s, -ENAMETOOLONG, "mount", s->temporary.at[i]);
		memcpy(path, s->temporary.at[i], length);
		path[length] = '\0';
		r = mount_tmpfs(s, path, "mode=0755");
	}
	if (s->sandbox & SANDBOX_TMP && r == 0) {
		r = mount_tmpfs(s, "/tmp", "mode=1777");
		if (r == 0 && access("/var/tmp", F_OK) == 0)
			r = mount_tmpfs(s, "/var/tmp", "mode=1777");
	}
	return r;
}

static int make_view(struct view *view, unsigned abilities)
{
	const struct service *s = view->service;
	int r;

	r = set_directories_aside(view);
	if (r == 0)
		r = set_writable_aside(view);
	for (size_t i = 0; i < s->binds.n && r == 0; i++)
		r = set_bind_aside(view, s->binds.at[i]);
	if (r < 0)
		return r;

	if (s->sandbox & SANDBOX_DEVICES)
		r = mount_devices(s);
	if (r == 0)
		r = set_attributes("/", RECURSIVE, ATTRIBUTE_READ_ONLY | ATTRIBUTE_NO_SUID);
	if (r < 0)
		return failure(s, r, "make read-only", "/");
	/* These come back writable, as they were. */
	for (size_t i = 0; i < view->n && r == 0; i++) {
		r = move_tree(view->asides[i].fd, view->asides[i].path);
		if (r < 0)
			return failure(s, r, "bind", view->asides[i].path);
	}
	for (size_t i = 0; i < s->read_only_binds.n && r == 0; i++) {
		size_t before = view->n;

		/* From the view, where all is read-only by now. */
		r = set_bind_aside(view, s->read_only_binds.at[i]);
		if (r == 0 && view->n > before)
			r = move_tree(view->asides[before].fd, view->asides[before].path);
	}
	if (r == 0)
		r = mount_temporary(s);
	if (r == 0 && access("/dev/shm", F_OK) == 0)
		r = mount_tmpfs(s, "/dev/shm", "mode=1777");
	if (r == 0)
		r = cover_all(s);
	if (r == 0 && s->sandbox & (SANDBOX_PROC | SANDBOX_PROC_PID) && abilities & ABILITY_PROC) {
		r = mount_proc(s->sandbox);
		if (r < 0)
			return failure(s, r, "mount", "/proc");
	}
	return r;
}

int sandbox_view(const struct service *s, unsigned abilities)
{
	struct view view = { .service = s };
	int flags = 0, r = 0;

	if (abilities & ABILITY_MOUNT)
		flags |= CLONE_NEWNS;
	if (s->sandbox & SANDBOX_IPC && flags)
		flags |= CLONE_NEWIPC;
	if (s->sandbox & SANDBOX_HOSTNAME && flags)
		flags |= CLONE_NEWUTS;
	if (s->sandbox & SANDBOX_NETWORK && abilities & ABILITY_NETWORK)
		flags |= CLONE_NEWNET;
	if (unshare(flags) < 0)
		return failure(s, -errno, "enter", "namespaces");
	/* A network without loopback would do as well; systemd brings it up. */
	if (flags & CLONE_NEWNET)
		(void)bring_up_loopback();
	if (!(flags & CLONE_NEWNS))
		return 0;
	r = make_private();
	if (r < 0)
		return failure(s, r, "leave the mounts of", "/");
	r = make_view(&view, abilities);
	for (size_t i = 0; i < view.n; i++)
		(void)close(view.asides[i].fd);
	free(view.asides);
	return r;
}

int sandbox_limits(const struct service *s)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = { s->limits[i].soft, s->limits[i].hard }, now;

		if (!(s->limits_set >> i & 1))
			continue;
		/* What is more than we have is cut, as a container's manager would do. */
		if (setrlimit(i, &limit) < 0 && getrlimit(i, &now) == 0) {
			limit.rlim_max =
				limit.rlim_max < now.rlim_max ? limit.rlim_max : now.rlim_max;
			limit.rlim_cur =
				limit.rlim_cur < limit.rlim_max ? limit.rlim_cur : limit.rlim_max;
			if (setrlimit(i, &limit) < 0)
				return failure(s, -errno, "set", "resource limits");
		}
	}
	if (s->nice_set && setpriority(PRIO_PROCESS, 0, s->nice) < 0)
		return failure(s, -errno, "set", "Nice=");
	return 0;
}

static int set_capabilities(uint64_t permitted)
{
	struct capability_header header = { .version = CAPABILITY_VERSION };
	struct capability_data data[2];

	for (size_t i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(permitted >> (32 * i));

		data[i] = (struct capability_data){ half, half, half };
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int sandbox_user(const struct service *s, uid_t uid, gid_t gid, const gid_t *groups,
		 size_t n_groups, bool keep_user)
{
	const char *name = s->unit->name;

	for (unsigned i = 0; i < 64; i++)
		/* EINVAL is the end of those that this kernel knows. */
		if (!(s->bounding >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 &&
		    errno != EINVAL && errno != EPERM)
			return failure(s, -errno, "drop", "capabilities");
	/* Through the change of the user, for the set below. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return failure(s, -errno, "keep", "capabilities");
	if (!keep_user && geteuid() == 0 &&
	    (setgroups(n_groups, groups) < 0 || setresgid(gid, gid, gid) < 0 ||
	     setresuid(uid, uid, uid) < 0)) {
		int r = -errno;

		log_failure(r, "%s: cannot become user %u", name, uid);
		return r;
	}
	/* Without any we had none before either: nothing to take, so no error. */
	if (set_capabilities(s->bounding) < 0 && set_capabilities(0) < 0)
		return failure(s, -errno, "set", "capabilities");
	for (unsigned i = 0; i < 64; i++)
		if (s->ambient >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return failure(s, -errno, "pass on", "AmbientCapabilities=");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failure(s, -errno, "set", "no new privileges");
	return 0;
}
