/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/credentials.h"

#include "fd.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "walls/environment.h"
#include "walls/paths.h"
#include "walls/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd's CREDENTIAL_SIZE_MAX */
#define CREDENTIAL_SIZE_MAX ((size_t)1024 * 1024)

/* Reads what a path names. A service may have put a link into its own directory. */
static int read_source(const char *path, char **ret_bytes, size_t *ret_size)
{
	CLEANUP_FD int fd = path_open("/", path, PATH_LINKS, 0, NULL);
	char opened[FD_PATH_SIZE];

	return fd < 0 ? fd
		      : file_read(AT_FDCWD, fd_path(fd, opened), CREDENTIAL_SIZE_MAX, ret_bytes,
				  ret_size);
}

/* "ID:path", or "ID" alone. */
static int load(int directory_fd, const char *what, uid_t uid)
{
	const char *received = getenv("CREDENTIALS_DIRECTORY");
	size_t length = strcspn(what, ":"), size = 0;
	const char *path = what + length + (what[length] == ':');
	char from[PATH_MAX], id[NAME_MAX + 1], *bytes = NULL;
	CLEANUP_FD int fd = -1;
	int r;

	if (!*path)
		path = what;
	if (length == 0 || length > NAME_MAX || memchr(what, '/', length))
		return -EINVAL;
	if (*path != '/' && !received)
		return -ENOENT;
	(void)format_text(from, sizeof from, "%s/%s", *path == '/' ? "" : received, path);
	r = read_source(from, &bytes, &size);
	if (r < 0)
		return r;
	(void)format_text(id, sizeof id, "%.*s", (int)length, what);
	/* Where it is no mount of its own, it has those of the previous run. */
	(void)unlinkat(directory_fd, id, 0);
	fd = openat(directory_fd, id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	r = fd < 0 ? -errno : fd_write_all(fd, bytes, size);
	if (r == 0 && fchown(fd, uid, (gid_t)-1) < 0)
		r = -errno;
	free(bytes);
	return r;
}

static int open_directory(const char *unit_name)
{
	char name[PATH_MAX];

	(void)format_text(name, sizeof name, "credentials/%s", unit_name);
	return path_open("/run", name, PATH_CREATE, 0755, NULL);
}

/*
 * A ramfs is never swapped out, unlike a tmpfs. That of the previous run is unmounted.
 * Returns the descriptor of the directory, or a negative errno.
 */
static int make_directory(const char *unit_name, uid_t uid, unsigned abilities)
{
	CLEANUP_FD int fd = open_directory(unit_name);
	char path[FD_PATH_SIZE];

	if (fd >= 0 && abilities & ABILITY_MOUNT) {
		if (umount2(fd_path(fd, path), MNT_DETACH) == 0) {
			close_fd(&fd);
			fd = open_directory(unit_name);
		}
		if (fd >= 0 && mount("ramfs", fd_path(fd, path), "ramfs",
				     MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			return -errno;
		close_fd(&fd);
		fd = open_directory(unit_name); /* what is mounted there */
	}
	if (fd < 0)
		return fd;
	if (fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0 ||
	    chmod(fd_path(fd, path), 0500) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int credentials_make(const struct service *s, uid_t uid, unsigned abilities, struct list *variables)
{
	const char *what = "all of them";
	char escaped[LOG_ESCAPED_SIZE];
	CLEANUP_FD int fd = -1;
	int r = 0;

	if (s->credentials.n == 0)
		return 0;
	fd = make_directory(s->unit->name, uid, abilities);
	if (fd < 0)
		r = fd;
	for (size_t i = 0; i < s->credentials.n && r == 0; i++) {
		what = s->credentials.at[i];
		r = load(fd, what, uid);
	}
	if (r == 0)
		r = environment_set(variables, "CREDENTIALS_DIRECTORY=/run/credentials/%s",
				    s->unit->name);
	if (r < 0)
		log_failure(r, "%s: cannot load the credential '%s'", s->unit->name,
			    log_escape(what, escaped));
	return r;
}
