/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/credentials.h"

#include "fd.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "walls/directories.h"
#include "walls/environment.h"
#include "walls/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* systemd's CREDENTIAL_SIZE_MAX */
#define CREDENTIAL_SIZE_MAX ((size_t)1024 * 1024)

/* "ID:path", or "ID" alone. */
static int load(const char *directory, const char *what, uid_t uid)
{
	const char *received = getenv("CREDENTIALS_DIRECTORY");
	size_t length = strcspn(what, ":"), size = 0;
	const char *path = what + length + (what[length] == ':');
	char from[PATH_MAX], to[PATH_MAX], *bytes = NULL;
	CLEANUP_FD int fd = -1;
	int r;

	if (!*path)
		path = what;
	if (length == 0 || memchr(what, '/', length))
		return -EINVAL;
	if (*path != '/' && !received)
		return -ENOENT;
	(void)format_text(from, sizeof from, "%s/%s", *path == '/' ? "" : received, path);
	r = file_read(AT_FDCWD, from, CREDENTIAL_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	(void)format_text(to, sizeof to, "%s/%.*s", directory, (int)length, what);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0400);
	r = fd < 0 ? -errno : fd_write_all(fd, bytes, size);
	if (r == 0 && fchown(fd, uid, (gid_t)-1) < 0)
		r = -errno;
	free(bytes);
	return r;
}

/* A ramfs is never swapped out, unlike a tmpfs. That of the previous run is unmounted. */
static int make_directory(const char *path, uid_t uid, unsigned abilities)
{
	int r = make_directories(path, 0755);

	if (r == 0 && abilities & ABILITY_MOUNT &&
	    ((umount2(path, MNT_DETACH) < 0 && errno != EINVAL) ||
	     mount("ramfs", path, "ramfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0))
		r = -errno;
	if (r == 0 && (chown(path, uid, (gid_t)-1) < 0 || chmod(path, 0500) < 0))
		r = -errno;
	return r;
}

int credentials_make(const struct service *s, uid_t uid, unsigned abilities, struct list *variables)
{
	const char *what = "all of them";
	char path[PATH_MAX];
	int r;

	if (s->credentials.n == 0)
		return 0;
	(void)format_text(path, sizeof path, "/run/credentials/%s", s->unit->name);
	r = make_directory(path, uid, abilities);
	for (size_t i = 0; i < s->credentials.n && r == 0; i++) {
		what = s->credentials.at[i];
		r = load(path, what, uid);
	}
	if (r == 0)
		r = environment_set(variables, "CREDENTIALS_DIRECTORY=%s", path);
	if (r < 0)
		log_failure(r, "%s: cannot load the credential '%s'", s->unit->name, what);
	return r;
}
