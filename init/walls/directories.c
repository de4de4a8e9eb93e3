/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/directories.h"

#include "fd.h"
#include "format.h"
#include "kernel.h"
#include "log.h"
#include "units/words.h"
#include "walls/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

const char *directory_base(enum directory_kind kind)
{
	return word_at("/run\0/var/lib\0/var/cache\0/var/log\0/etc\0", (int)kind);
}

const char *directory_word(enum directory_kind kind)
{
	return word_at("RUNTIME\0STATE\0CACHE\0LOGS\0CONFIGURATION\0", (int)kind);
}

/* The path of an entry, for the log. Returns ret. */
static const char *describe(enum directory_kind kind, const char *entry,
			    char ret[static LOG_ESCAPED_SIZE])
{
	char path[PATH_MAX];

	(void)format_text(path, sizeof path, "%s/%.*s", directory_base(kind),
			  (int)strcspn(entry, ":"), entry);
	return log_escape(path, ret);
}

/* Opens a directory, which is created if it is missing. */
static int open_directory(enum directory_kind kind, const char *entry, mode_t mode)
{
	char name[PATH_MAX];

	(void)format_text(name, sizeof name, "%.*s", (int)strcspn(entry, ":"), entry);
	return path_open(directory_base(kind), name, PATH_CREATE, mode, NULL);
}

/* Returns 0; 1 after having mounted a tmpfs; or a negative errno. */
static int open_one(enum directory_kind kind, const char *entry)
{
	CLEANUP_FD int fd = open_directory(kind, entry, 0755);
	char path[FD_PATH_SIZE];

	if (fd < 0)
		return fd;
	if (access(fd_path(fd, path), W_OK) == 0)
		return 0;
	return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755") < 0
		       ? -errno
		       : 1;
}

int directories_open(const struct service *s)
{
	char escaped[LOG_ESCAPED_SIZE];

	for (unsigned kind = DIRECTORY_STATE; kind <= DIRECTORY_LOGS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			const char *entry = s->directories[kind].at[i];
			int r = open_one(kind, entry);

			if (r == 0)
				continue;
			describe(kind, entry, escaped);
			if (r < 0) {
				log_failure(r, "%s: cannot write to '%s', nor mount a tmpfs",
					    s->unit->name, escaped);
				return r;
			}
			log_warning("%s: '%s' is read-only; mounting a tmpfs, whose files will "
				    "be lost",
				    s->unit->name, escaped);
		}
	}
	return 0;
}

/* "a:b": makes a relative link b to a, unless the image has it already. */
static void make_link(enum directory_kind kind, const char *entry)
{
	char name[NAME_MAX + 1], target[PATH_MAX];
	size_t length = strcspn(entry, ":"), used = 0;
	CLEANUP_FD int fd = -1;

	if (!entry[length])
		return;
	for (const char *p = entry + length; (p = strchr(p, '/')) && used < sizeof target; p++)
		used += format_text(target + used, sizeof target - used, "../");
	if (used >= sizeof target)
		return;
	(void)format_text(target + used, sizeof target - used, "%.*s", (int)length, entry);
	fd = path_open(directory_base(kind), entry + length + 1, PATH_CREATE, 0755, name);
	if (fd >= 0)
		(void)symlinkat(target, fd, name);
}

static int make_one(enum directory_kind kind, const char *entry, mode_t mode, uid_t uid, gid_t gid)
{
	CLEANUP_FD int fd = open_directory(kind, entry, mode);
	char path[FD_PATH_SIZE];
	struct stat st;
	int r = 0;

	/* The administrator's, which services only read. */
	if (fd < 0 || kind == DIRECTORY_CONFIGURATION)
		return fd < 0 ? fd : 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	fd_path(fd, path);
	if (st.st_uid != uid || st.st_gid != gid)
		r = path_hand_over(fd, uid, gid);
	/* Where services have our user, they may use what we can write to. */
	if (r == -EPERM && uid == geteuid() && access(path, W_OK) == 0)
		return 0;
	if (r == 0 && (st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		r = -errno;
	return r;
}

int directories_make(const struct service *s, uid_t uid, gid_t gid)
{
	char escaped[LOG_ESCAPED_SIZE];

	for (unsigned kind = 0; kind < DIRECTORY_KINDS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			const char *entry = s->directories[kind].at[i];
			int r = make_one(kind, entry, s->directory_mode[kind], uid, gid);

			if (r < 0) {
				log_failure(r, "%s: cannot create '%s'", s->unit->name,
					    describe(kind, entry, escaped));
				return r;
			}
			make_link(kind, entry);
		}
	}
	return 0;
}

/*
 * A service can have made any number of files: another process removes them, from a place
 * of its own, so that the service can start again meanwhile.
 */
static void remove_apart(int parent_fd, const char *name)
{
	CLEANUP_FD int base_fd = path_open(directory_base(DIRECTORY_RUNTIME), "", 0, 0, NULL);
	char aside[sizeof ".removed-18446744073709551615"];
	struct stat st;
	pid_t pid = -1;

	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 ||
	    fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	(void)format_text(aside, sizeof aside, ".removed-%lu", (unsigned long)st.st_ino);
	if (syscall(SYS_renameat2, parent_fd, name, base_fd, aside, RENAME_NOREPLACE) == 0) {
		parent_fd = base_fd;
		name = aside;
		pid = _Fork();
	}
	/* In that process; or here, where there can be none. What cannot be removed does no harm. */
	if (pid <= 0)
		(void)path_remove(parent_fd, name);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
}

void directories_clean(const struct service *s)
{
	const struct list *list = &s->directories[DIRECTORY_RUNTIME];
	char path[PATH_MAX], name[NAME_MAX + 1];

	for (size_t i = 0; i < list->n; i++) {
		CLEANUP_FD int fd = -1;

		(void)format_text(path, sizeof path, "%.*s", (int)strcspn(list->at[i], ":"),
				  list->at[i]);
		fd = path_open(directory_base(DIRECTORY_RUNTIME), path, 0, 0, name);
		if (fd >= 0)
			remove_apart(fd, name);
	}
}
