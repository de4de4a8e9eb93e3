/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/directories.h"

#include "fd.h"
#include "format.h"
#include "log.h"
#include "units/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Each level needs a descriptor; no service nests deeper. */
#define DEPTH_MAX 64

const char *directory_base(enum directory_kind kind)
{
	return word_at("/run\0/var/lib\0/var/cache\0/var/log\0/etc\0", (int)kind);
}

const char *directory_word(enum directory_kind kind)
{
	return word_at("RUNTIME\0STATE\0CACHE\0LOGS\0CONFIGURATION\0", (int)kind);
}

const char *directory_path(enum directory_kind kind, const char *entry, char ret[static PATH_MAX])
{
	(void)format_text(ret, PATH_MAX, "%s/%.*s", directory_base(kind), (int)strcspn(entry, ":"),
			  entry);
	return ret;
}

int make_directories(const char *path, mode_t mode)
{
	char copy[PATH_MAX];

	if (format_text(copy, sizeof copy, "%s", path) >= sizeof copy)
		return -ENAMETOOLONG;
	for (char *p = copy; (p = strchr(p + 1, '/'));) {
		*p = '\0';
		(void)mkdir(copy, 0755); /* the last mkdir() reports what went wrong */
		*p = '/';
	}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int directories_open(const struct service *s)
{
	char path[PATH_MAX];
	int r;

	for (unsigned kind = DIRECTORY_STATE; kind <= DIRECTORY_LOGS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			r = make_directories(directory_path(kind, s->directories[kind].at[i], path),
					     0755);
			if (access(path, W_OK) == 0)
				continue;
			if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
				  "mode=0755") < 0) {
				r = r < 0 ? r : -errno;
				log_failure(r, "%s: cannot write to '%s', nor mount a tmpfs",
					    s->unit->name, path);
				return r;
			}
			log_warning("%s: '%s' is read-only; mounting a tmpfs, whose files will "
				    "be lost",
				    s->unit->name, path);
		}
	}
	return 0;
}

/*
 * Changes the owner of all that is in a directory, and of the directory last; or, with
 * ids NULL, removes it. Does not follow links, nor enter other file systems.
 */
static int walk(int parent_fd, const char *name, unsigned depth, const uid_t *ids)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	struct stat outer, inner;
	struct dirent *entry;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (directory && (depth == 0 || fstat(fd, &inner) < 0))
		r = -ELOOP;
	while (directory && r == 0 && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    fstatat(fd, entry->d_name, &outer, AT_SYMLINK_NOFOLLOW) == 0 &&
		    outer.st_dev == inner.st_dev)
			r = walk(fd, entry->d_name, depth - 1, ids);
	}
	if (directory)
		(void)closedir(directory);
	if (r < 0)
		return r;
	if (ids)
		r = fchownat(parent_fd, name, ids[0], ids[1], AT_SYMLINK_NOFOLLOW);
	else
		r = unlinkat(parent_fd, name, directory ? AT_REMOVEDIR : 0);
	return r < 0 ? -errno : 0;
}

/* "a:b": makes a relative link b to a, unless the image has it already. */
static void make_link(enum directory_kind kind, const char *entry)
{
	char path[PATH_MAX], target[PATH_MAX];
	size_t length = strcspn(entry, ":"), used = 0;

	if (!entry[length])
		return;
	for (const char *p = entry + length; (p = strchr(p, '/')) && used < sizeof target; p++)
		used += format_text(target + used, sizeof target - used, "../");
	if (used < sizeof target) {
		(void)format_text(target + used, sizeof target - used, "%.*s", (int)length, entry);
		(void)symlink(target, directory_path(kind, entry + length + 1, path));
	}
}

static int make_one(enum directory_kind kind, const char *path, mode_t mode, const uid_t *ids)
{
	struct stat st;
	int r;

	r = make_directories(path, mode);
	/* The administrator's, which services only read. */
	if (r < 0 || kind == DIRECTORY_CONFIGURATION)
		return r;
	/* A service may have put a link into its own directory. */
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != ids[0] || st.st_gid != ids[1])
		r = walk(AT_FDCWD, path, DEPTH_MAX, ids);
	/* Where services have our user, they may use what we can write to. */
	if (r == -EPERM && ids[0] == geteuid() && access(path, W_OK) == 0)
		return 0;
	if (r == 0 && (st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		r = -errno;
	return r;
}

int directories_make(const struct service *s, uid_t uid, gid_t gid)
{
	const uid_t ids[] = { uid, gid };
	char path[PATH_MAX];
	int r;

	for (unsigned kind = 0; kind < DIRECTORY_KINDS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			directory_path(kind, s->directories[kind].at[i], path);
			r = make_one(kind, path, s->directory_mode[kind], ids);
			if (r < 0) {
				log_failure(r, "%s: cannot create '%s'", s->unit->name, path);
				return r;
			}
			make_link(kind, s->directories[kind].at[i]);
		}
	}
	return 0;
}

void directories_clean(const struct service *s)
{
	const struct list *list = &s->directories[DIRECTORY_RUNTIME];
	char path[PATH_MAX];

	/* What cannot be removed does no harm. */
	for (size_t i = 0; i < list->n; i++)
		(void)walk(AT_FDCWD, directory_path(DIRECTORY_RUNTIME, list->at[i], path),
			   DEPTH_MAX, NULL);
}
