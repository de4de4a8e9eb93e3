/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/sandbox.h"

#include "fd.h"
#include "format.h"
#include "kernel.h"
#include "log.h"
#include "units/words.h"
#include "walls/directories.h"
#include "walls/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int failure(const struct service *s, const char *what)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r = -errno;

	log_failure(r, "%s: cannot set up '%s'", s->unit->name, log_escape(what, escaped));
	return r;
}

/* Both are for what is open, with path "", or for a path. */
static int clone_tree(int fd, const char *path)
{
	return (int)syscall(SYS_open_tree, fd, path,
			    OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
}

static int move_tree(int tree_fd, int fd, const char *path)
{
	return (int)syscall(SYS_move_mount, tree_fd, "", fd, path,
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Of all mounts. */
static int set_attributes(uint64_t set)
{
	struct mount_attr attributes = { .attr_set = set };

	return (int)syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attributes,
			    sizeof attributes);
}

static int make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

static int mount_proc(bool pid_only)
{
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
		     pid_only ? "hidepid=invisible,subset=pid" : "hidepid=invisible");
}

unsigned sandbox_abilities(void)
{
	unsigned found = 0;
	int status = 0;
	pid_t pid = _Fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == 0 && make_private() == 0 &&
		    set_attributes(MOUNT_ATTR_RDONLY) == 0)
			found |= ABILITY_MOUNT;
		if (found && mount_proc(true) == 0)
			found |= ABILITY_PROC;
		if (unshare(CLONE_NEWNET) == 0)
			found |= ABILITY_NETWORK;
		if (sys_setresgid(1, 1, 1) == 0 && sys_setresuid(1, 1, 1) == 0)
			found |= ABILITY_USERS;
		_exit((int)found);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
}

/* A path that stays writable. */
struct kept_mount {
	int fd;      /* the path; -1: there is none */
	int tree_fd; /* a copy of its mount, made before everything is read-only */
};

static int keep_mount(struct kept_mount *kept, const char *root, const char *path, unsigned flags,
		      bool optional)
{
	kept->fd = path_open(root, path, flags, 0, NULL);
	if (kept->fd < 0) {
		errno = -kept->fd;
		return optional && errno == ENOENT ? 0 : -1;
	}
	kept->tree_fd = clone_tree(kept->fd, "");
	return kept->tree_fd < 0 ? -1 : 0;
}

static int keep_mounts(const struct service *s, struct kept_mount *kept)
{
	char path[PATH_MAX];

	for (unsigned kind = 0; kind < DIRECTORY_CONFIGURATION; kind++)
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			const char *entry = s->directories[kind].at[i];

			(void)format_text(path, sizeof path, "%.*s", (int)strcspn(entry, ":"),
					  entry);
			if (keep_mount(kept++, directory_base(kind), path, 0, false) < 0)
				return failure(s, path);
		}
	for (size_t i = 0; i < s->writable.n; i++) {
		const char *entry = s->writable.at[i];

		if (keep_mount(kept++, "/", entry + strspn(entry, "-+"), PATH_LINKS,
			       *entry == '-') < 0)
			return failure(s, entry);
	}
	return 0;
}

static size_t count_kept(const struct service *s)
{
	size_t n = s->writable.n;

	for (unsigned kind = 0; kind < DIRECTORY_CONFIGURATION; kind++)
		n += s->directories[kind].n;
	return n;
}

static int mount_tmpfs(const struct service *s, const char *path, const char *options)
{
	if (access(path, F_OK) == 0 &&
	    mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return failure(s, path);
	return 0;
}

/* A /dev with devices that are not hardware. */
static int mount_devices(const struct service *s)
{
	static const char names[] = "/dev/null\0/dev/zero\0/dev/full\0/dev/random\0/dev/urandom\0"
				    "/dev/tty\0";
	enum {
		N = 6
	};
	int fds[N], r;

	for (int i = 0; i < N; i++)
		fds[i] = clone_tree(AT_FDCWD, word_at(names, i)); /* -1: the image has none */
	r = mount_tmpfs(s, "/dev", "mode=0755,size=64k");
	for (int i = 0; i < N && r == 0; i++) {
		const char *name = word_at(names, i);

		if (fds[i] >= 0 &&
		    (mknod(name, S_IFREG | 0666, 0) < 0 || move_tree(fds[i], AT_FDCWD, name) < 0))
			r = failure(s, name);
		close_fd(&fds[i]);
	}
	/* For the mount of make_view(). */
	(void)mkdir("/dev/shm", 0755);
	return r;
}

static int make_view(const struct service *s, struct kept_mount *kept, unsigned abilities)
{
	int r = 0;

	/* Before the copies are made, which come back without set-id bits as well. */
	if (set_attributes(MOUNT_ATTR_NOSUID) < 0)
		return failure(s, "/");
	r = keep_mounts(s, kept);
	if (r == 0 && service_has(s, BIT_DEVICES))
		r = mount_devices(s);
	if (r == 0 && set_attributes(MOUNT_ATTR_RDONLY) < 0)
		return failure(s, "/");
	for (size_t i = 0; i < count_kept(s) && r == 0; i++) {
		if (kept[i].fd < 0)
			continue;
		if (move_tree(kept[i].tree_fd, kept[i].fd, "") < 0)
			return failure(s, "writable paths");
		close_fd(&kept[i].tree_fd);
		close_fd(&kept[i].fd);
	}
	if (r == 0 && service_has(s, BIT_TMP))
		r = mount_tmpfs(s, "/tmp", "mode=1777");
	if (r == 0 && service_has(s, BIT_TMP))
		r = mount_tmpfs(s, "/var/tmp", "mode=1777");
	if (r == 0)
		r = mount_tmpfs(s, "/dev/shm", "mode=1777");
	for (int i = 0; service_has(s, BIT_HOME) && i < 3 && r == 0; i++)
		r = mount_tmpfs(s, word_at("/home\0/root\0/run/user\0", i), "mode=0000,size=4k");
	if (r == 0 && abilities & ABILITY_PROC &&
	    (service_has(s, BIT_PROC) || service_has(s, BIT_PROC_PID)) &&
	    mount_proc(service_has(s, BIT_PROC_PID)) < 0)
		return failure(s, "/proc");
	return r;
}

int sandbox_view(const struct service *s, unsigned abilities)
{
	struct kept_mount *kept;
	int flags = 0, r;

	if (abilities & ABILITY_MOUNT)
		flags = CLONE_NEWNS | (service_has(s, BIT_IPC) ? CLONE_NEWIPC : 0) |
			(service_has(s, BIT_HOSTNAME) ? CLONE_NEWUTS : 0);
	if (service_has(s, BIT_NETWORK) && abilities & ABILITY_NETWORK)
		flags |= CLONE_NEWNET;
	if (unshare(flags) < 0)
		return failure(s, "namespaces");
	/* systemd brings it up as well; failure does no harm. */
	if (flags & CLONE_NEWNET)
		(void)bring_up_loopback();
	if (!(flags & CLONE_NEWNS))
		return 0;
	kept = calloc(count_kept(s) + 1, sizeof *kept);
	if (!kept || make_private() < 0) {
		free(kept);
		return failure(s, "mounts");
	}
	r = make_view(s, kept, abilities);
	free(kept);
	return r;
}

int sandbox_limits(const struct service *s)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = { s->limits[i].soft, s->limits[i].hard }, now;

		if (!(s->limits_set >> i & 1) || sys_setrlimit(i, &limit) == 0)
			continue;
		/* More than our own limit: cut, as systemd does in a container. */
		if (sys_getrlimit(i, &now) < 0)
			return failure(s, "limits");
		if (limit.rlim_max > now.rlim_max)
			limit.rlim_max = now.rlim_max;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max;
		if (sys_setrlimit(i, &limit) < 0)
			return failure(s, "limits");
	}
	return 0;
}

static int set_capabilities(uint64_t permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(permitted >> (32 * i));

		data[i] = (struct __user_cap_data_struct){ half, half, half };
	}
	return (int)syscall(SYS_capset, &header, data);
}

int sandbox_user(const struct service *s, uid_t uid, gid_t gid, bool keep_user)
{
	for (unsigned i = 0; i < 64; i++)
		/* EINVAL: this kernel does not know it. EPERM: there is none to drop. */
		if (!(s->bounding >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 &&
		    errno != EINVAL && errno != EPERM)
			return failure(s, "capabilities");
	/* Kept when the user changes, for set_capabilities(). */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    (!keep_user && (sys_setgroups(0, NULL) < 0 || sys_setresgid(gid, gid, gid) < 0 ||
			    sys_setresuid(uid, uid, uid) < 0)))
		return failure(s, "user");
	/* An error only where there are capabilities to give up. */
	if (set_capabilities(s->bounding) < 0 && set_capabilities(0) < 0)
		return failure(s, "capabilities");
	for (unsigned i = 0; i < 64; i++)
		if (s->ambient >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return failure(s, "AmbientCapabilities=");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? failure(s, "no new privileges") : 0;
}
