/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RuntimeDirectory=, StateDirectory= and their kin. */
#include "directories.h"

#include "fd.h"
#include "log.h"
#include "values.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Each level holds a descriptor; nobody nests deeper by intention. */
#define DEPTH_MAX 64

static const char bases[] = "/run\0"
			    "/var/lib\0"
			    "/var/cache\0"
			    "/var/log\0"
			    "/etc\0";
static const char variables[] = "RUNTIME_DIRECTORY\0"
				"STATE_DIRECTORY\0"
				"CACHE_DIRECTORY\0"
				"LOGS_DIRECTORY\0"
				"CONFIGURATION_DIRECTORY\0";

const char *directory_base(enum directory_kind kind)
{
	return word_at(bases, (int)kind);
}

const char *directory_variable(enum directory_kind kind)
{
	return word_at(variables, (int)kind);
}

int directory_path(enum directory_kind kind, const char *entry, size_t size, char *ret)
{
	const char *base = directory_base(kind);
	size_t length = strlen(base), entry_length = strcspn(entry, ":");

	if (length + 1 + entry_length + 1 > size)
		return -ENAMETOOLONG;
	memcpy(ret, base, length);
	ret[length] = '/';
	memcpy(ret + length + 1, entry, entry_length);
	ret[length + 1 + entry_length] = '\0';
	return 0;
}

int make_folders(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof copy)
		return -ENAMETOOLONG;
	memcpy(copy, path, length + 1);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(copy, 0755); /* the last one tells */
		*p = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

void directories_open(const struct service *s)
{
	char path[PATH_MAX];
	int r;

	for (unsigned kind = DIRECTORY_STATE; kind <= DIRECTORY_LOGS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			const char *entry = s->directories[kind].at[i];

			if (directory_path(kind, entry, sizeof path, path) < 0)
				continue;
			r = make_folders(path, 0755);
			if (r == 0 && access(path, W_OK) == 0)
				continue;
			/* mkdir(2) of what is there says EEXIST on a read-only file system as well. */
			if (access(path, F_OK) < 0) {
				log_failure(r,
					    "%s: cannot make '%s', and the image does not have it",
					    s->unit->name, path);
				continue;
			}
			if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
				  "mode=0755") < 0) {
				log_failure(-errno,
					    "%s: '%s' cannot be written, nor a tmpfs mounted there",
					    s->unit->name, path);
				continue;
			}
			log_warning(
				"%s: '%s' cannot be written: a tmpfs takes its place, and what is "
				"kept there will be lost",
				s->unit->name, path);
		}
	}
}

typedef int act_fn(int folder_fd, const char *name, bool is_folder, const uid_t *ids);

/*
 * Does something with all that is in a folder, and last with the folder itself.
 * Links are not followed, and other file systems not entered.
 */
static int walk(int folder_fd, const char *name, unsigned depth, act_fn *act, const uid_t *ids)
{
	CLEANUP_FD int fd = -1;
	struct stat outer, inner;
	struct dirent *entry;
	DIR *folder;
	int r = 0;

	fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? act(folder_fd, name, false, ids)
							  : -errno;
	if (depth == 0)
		return -ELOOP;
	if (fstat(fd, &inner) < 0)
		return -errno;
	folder = fdopendir(fd);
	if (!folder)
		return -errno;
	(void)TAKE_FD(fd); /* closedir()'s now */
	while (r == 0 && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(folder), entry->d_name, &outer, AT_SYMLINK_NOFOLLOW) < 0 ||
		    outer.st_dev != inner.st_dev)
			continue;
		r = walk(dirfd(folder), entry->d_name, depth - 1, act, ids);
	}
	(void)closedir(folder);
	return r < 0 ? r : act(folder_fd, name, true, ids);
}

static int hand_over(int folder_fd, const char *name, bool is_folder, const uid_t *ids)
{
	(void)is_folder;
	return fchownat(folder_fd, name, ids[0], ids[1], AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int remove_entry(int folder_fd, const char *name, bool is_folder, const uid_t *ids)
{
	(void)ids;
	return unlinkat(folder_fd, name, is_folder ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

/* "a:b": b is a link to a, relative, in the same base. */
static int make_link(enum directory_kind kind, const char *entry)
{
	const char *colon = strchr(entry, ':');
	char path[PATH_MAX], target[PATH_MAX] = "";
	size_t length;
	int r;

	if (!colon || !colon[1])
		return 0;
	r = directory_path(kind, colon + 1, sizeof path, path);
	if (r < 0)
		return r;
	for (const char *p = colon + 1; (p = strchr(p, '/')); p++) {
		if (strlen(target) + sizeof "../" > sizeof target)
			return -ENAMETOOLONG;
		memcpy(target + strlen(target), "../", sizeof "../");
	}
	length = strlen(target);
	if (length + (size_t)(colon - entry) >= sizeof target)
		return -ENAMETOOLONG;
	memcpy(target + length, entry, (size_t)(colon - entry));
	target[length + (size_t)(colon - entry)] = '\0';
	if (symlink(target, path) < 0 && errno != EEXIST && errno != EROFS)
		return -errno;
	return 0;
}

static int make_one(enum directory_kind kind, const char *entry, mode_t mode, const uid_t *ids)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	r = directory_path(kind, entry, sizeof path, path);
	if (r == 0)
		r = make_folders(path, mode);
	if (r < 0)
		return r;
	/* Configuration is the administrator's, and the service only reads it. */
	if (kind == DIRECTORY_CONFIGURATION)
		return make_link(kind, entry);
	if (stat(path, &st) < 0)
		return -errno;
	if (st.st_uid != ids[0] || st.st_gid != ids[1]) {
		r = walk(AT_FDCWD, path, DEPTH_MAX, hand_over, ids);
		if (r < 0)
			return r;
	}
	if ((st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		return -errno;
	return make_link(kind, entry);
}

int directories_make(const struct service *s, uid_t uid, gid_t gid)
{
	const uid_t ids[] = { uid, gid };
	int r;

	for (unsigned kind = 0; kind < DIRECTORY_KINDS; kind++) {
		for (size_t i = 0; i < s->directories[kind].n; i++) {
			const char *entry = s->directories[kind].at[i];

			r = make_one(kind, entry, s->directory_mode[kind], ids);
			if (r < 0) {
				log_failure(r, "%s: cannot make '%s/%s'", s->unit->name,
					    directory_base(kind), entry);
				return r;
			}
		}
	}
	return 0;
}

void directories_clean(const struct service *s)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < s->directories[DIRECTORY_RUNTIME].n; i++)
		if (directory_path(DIRECTORY_RUNTIME, s->directories[DIRECTORY_RUNTIME].at[i],
				   sizeof path, path) == 0)
			/* What cannot be removed is in the way of nobody. */
			(void)walk(AT_FDCWD, path, DEPTH_MAX, remove_entry, NULL);
}
