/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LoadCredential= and SetCredential=. */
#include "credentials.h"

#include "directories.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* systemd's CREDENTIAL_SIZE_MAX */
#define CREDENTIAL_SIZE_MAX ((size_t)1024 * 1024)

static int write_credential(int folder_fd, const char *name, uid_t uid, const char *bytes,
			    size_t size)
{
	CLEANUP_FD int fd = -1;
	int r;

	/* What an instance before left there goes. */
	(void)unlinkat(folder_fd, name, 0);
	fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bytes, size);
	if (r == 0 && fchown(fd, uid, (gid_t)-1) < 0)
		r = -errno;
	return r;
}

/* "ID:path", or "ID" alone. */
static int load(int folder_fd, const struct service *s, const char *what, uid_t uid)
{
	const char *colon = strchr(what, ':'), *path = colon ? colon + 1 : what;
	const char *received = getenv("CREDENTIALS_DIRECTORY");
	size_t length = colon ? (size_t)(colon - what) : strlen(what), size = 0;
	CLEANUP_FD int received_fd = -1;
	char name[NAME_MAX + 1], *bytes = NULL;
	int r;

	if (length == 0 || length >= sizeof name || memchr(what, '/', length))
		return -EINVAL;
	memcpy(name, what, length);
	name[length] = '\0';
	if (*path != '/') {
		received_fd = received ? open(received, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
		if (received_fd < 0)
			r = -ENOENT;
		else
			r = file_read(received_fd, path, CREDENTIAL_SIZE_MAX, &bytes, &size);
	} else {
		r = file_read(AT_FDCWD, path, CREDENTIAL_SIZE_MAX, &bytes, &size);
	}
	if (r == 0)
		r = write_credential(folder_fd, name, uid, bytes, size);
	free(bytes);
	if (r < 0)
		log_failure(r, "%s: cannot load the credential '%s' from '%s'", s->unit->name, name,
			    path);
	return r;
}

/* "ID:text"; a credential that was loaded comes before it. */
static int set(int folder_fd, const struct service *s, const char *what, uid_t uid)
{
	const char *colon = strchr(what, ':');
	char name[NAME_MAX + 1];
	size_t length = colon ? (size_t)(colon - what) : 0;
	int r = -EINVAL;

	if (length > 0 && length < sizeof name && !memchr(what, '/', length)) {
		memcpy(name, what, length);
		name[length] = '\0';
		if (faccessat(folder_fd, name, F_OK, 0) == 0)
			return 0;
		r = write_credential(folder_fd, name, uid, colon + 1, strlen(colon + 1));
	}
	if (r < 0)
		log_failure(r, "%s: cannot set a credential", s->unit->name);
	return r;
}

/* Makes the folder. Returns its descriptor, or a negative errno. */
static int open_folder(const char *path, uid_t uid, unsigned abilities)
{
	CLEANUP_FD int fd = -1;
	int r = make_folders(path, 0755);

	if (r < 0)
		return r;
	/* Never swapped out, unlike a tmpfs. That of an instance before goes first. */
	if (abilities & ABILITY_MOUNT && umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
		return -errno;
	if (abilities & ABILITY_MOUNT &&
	    mount("ramfs", path, "ramfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0500) < 0 || fchown(fd, uid, (gid_t)-1) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int credentials_make(const struct service *s, uid_t uid, unsigned abilities,
		     struct environment *environment)
{
	char path[PATH_MAX] = CREDENTIALS "/";
	size_t length = strlen(s->unit->name);
	CLEANUP_FD int fd = -1;
	int r = 0;

	if (s->credentials.n == 0 && s->set_credentials.n == 0)
		return 0;
	if (sizeof CREDENTIALS "/" + length > sizeof path)
		return -ENAMETOOLONG;
	memcpy(path + strlen(path), s->unit->name, length + 1);
	fd = open_folder(path, uid, abilities);
	if (fd < 0) {
		log_failure(fd, "%s: cannot make '%s'", s->unit->name, path);
		return fd;
	}
	for (size_t i = 0; i < s->credentials.n && r == 0; i++)
		r = load(fd, s, s->credentials.at[i], uid);
	for (size_t i = 0; i < s->set_credentials.n && r == 0; i++)
		r = set(fd, s, s->set_credentials.at[i], uid);
	return r < 0 ? r : environment_set(environment, "CREDENTIALS_DIRECTORY", path);
}
