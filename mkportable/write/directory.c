/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a directory. It is built beside the output, then exchanged with it, and the
 * older one is removed. Only root can give the files to root.
 */
#include "write/directory.h"

#include "fd.h"
#include "log.h"
#include "units/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_SIZE ((size_t)128 * 1024)

static int remove_tree(int directory_fd, const char *name);

static int remove_children(DIR *directory)
{
	struct dirent *child;
	int r = 0;

	while (r >= 0 && (errno = 0, child = readdir(directory)))
		if (strcmp(child->d_name, ".") != 0 && strcmp(child->d_name, "..") != 0)
			r = remove_tree(dirfd(directory), child->d_name);
	return r < 0 ? r : -errno;
}

/* Removes a file, or a directory with everything in it, if it exists. */
static int remove_tree(int directory_fd, const char *name)
{
	DIR *directory;
	int fd, r;

	if (unlinkat(directory_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	r = remove_children(directory);
	(void)closedir(directory);
	if (r >= 0 && unlinkat(directory_fd, name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

static int copy_source(const struct plan_entry *entry, int out_fd)
{
	CLEANUP_FD int fd = -1;
	char buffer[COPY_SIZE];
	size_t size;
	ssize_t n;
	int r;

	fd = pack_open_source(entry, &size);
	if (fd < 0)
		return fd;
	for (;;) {
		n = read(fd, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : fd_write_all(out_fd, buffer, (size_t)n);
		if (r < 0)
			log_failure(r, "%s: cannot copy the file", entry->origin);
		if (r < 0 || n == 0)
			return r;
	}
}

static int write_file(int root_fd, const struct plan_entry *entry, const char *path)
{
	CLEANUP_FD int fd = -1;
	int r;

	fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, entry->mode) < 0)
		r = -errno;
	else if (entry->source)
		return copy_source(entry, fd);
	else
		r = fd_write_all(fd, entry->bytes, entry->size);
	if (r < 0)
		log_failure(r, "%s: cannot write '%s' into the output", entry->origin, path);
	return r;
}

static int write_entry(int root_fd, const struct plan_entry *entry)
{
	const char *path = entry->path + 1;
	int r = 0;

	switch (entry->type) {
	case PLAN_FILE:
		return write_file(root_fd, entry, path);
	case PLAN_DIRECTORY:
		if (mkdirat(root_fd, path, 0700) < 0 || fchmodat(root_fd, path, entry->mode, 0) < 0)
			r = -errno;
		break;
	case PLAN_SYMLINK:
		if (symlinkat(entry->target, root_fd, path) < 0)
			r = -errno;
		break;
	case PLAN_OTHER:
		r = -EINVAL;
		break;
	}
	if (r < 0)
		log_failure(r, "%s: cannot make '%s' in the output", entry->origin, path);
	return r;
}

static int set_owner_and_time(int root_fd, const char *path, uint32_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

	if (geteuid() == 0 && fchownat(root_fd, path, 0, 0, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return utimensat(root_fd, path, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int write_entries(int root_fd, const struct plan *plan, uint32_t seconds)
{
	struct plan_entry **entries = plan_sorted(plan);
	int r = 0;

	if (!entries)
		return pool_exhausted();
	for (size_t i = 0; i < plan->n && r >= 0; i++) {
		r = pack_interrupted();
		if (r >= 0)
			r = write_entry(root_fd, entries[i]);
	}
	if (r < 0)
		return r;
	/* Backwards: an entry that is made changes the time of its directory. */
	for (size_t i = plan->n; i > 0 && r >= 0; i--)
		r = set_owner_and_time(root_fd, entries[i - 1]->path + 1, seconds);
	if (r >= 0)
		r = set_owner_and_time(root_fd, ".", seconds);
	/* Faster than fsync(2) of each file. */
	if (r >= 0 && syncfs(root_fd) < 0)
		r = -errno;
	if (r < 0)
		log_failure(r, "cannot finish the output");
	return r;
}

/* Only an image may be replaced, not somebody's home. Returns whether there is one. */
static int check_present(const struct pack_output *output, const char *mark)
{
	CLEANUP_FD int fd = -1;
	struct stat st;
	int r;

	if (fstatat(output->directory_fd, output->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = -errno;
		if (r == -ENOENT)
			return 0;
		log_failure(r, "cannot write '%s'", output->shown);
		return r;
	}
	fd = openat(output->directory_fd, output->name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstatat(fd, mark, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	log_error("cannot write '%s': it exists and is not an image; remove it first",
		  output->shown);
	return -EEXIST;
}

static int take_place(const struct pack_output *output, const char *temporary, bool present)
{
	int fd = output->directory_fd, r;

	if (renameat2(fd, temporary, fd, output->name,
		      present ? RENAME_EXCHANGE : RENAME_NOREPLACE) < 0 ||
	    fsync(fd) < 0) {
		r = -errno;
		log_failure(r, "cannot write '%s'", output->shown);
		return r;
	}
	return 0;
}

int pack_directory_with(const char *mark, const struct plan *plan, const struct pack_output *output,
			uint32_t seconds)
{
	CLEANUP_FD int root_fd = -1;
	char temporary[NAME_MAX + 1];
	int present, r, q;

	present = check_present(output, mark);
	if (present < 0)
		return present;
	if (snprintf(temporary, sizeof temporary, ".%s.new", output->name) >=
	    (int)sizeof temporary) {
		log_failure(-ENAMETOOLONG, "cannot write '%s'", output->shown);
		return -ENAMETOOLONG;
	}
	r = remove_tree(output->directory_fd, temporary);
	if (r >= 0 && mkdirat(output->directory_fd, temporary, 0700) < 0)
		r = -errno;
	if (r >= 0) {
		root_fd = openat(output->directory_fd, temporary,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (root_fd < 0 || fchmod(root_fd, 0755) < 0)
			r = -errno;
	}
	if (r < 0) {
		log_failure(r, "cannot write '%s'", output->shown);
	} else {
		r = write_entries(root_fd, plan, seconds);
		if (r >= 0)
			r = pack_interrupted();
		if (r >= 0)
			r = take_place(output, temporary, present);
	}
	/* The older output, or the new one that failed. */
	q = remove_tree(output->directory_fd, temporary);
	if (q < 0 && r >= 0) {
		log_failure(q, "cannot remove the older output, now '%s'", temporary);
		r = q;
	}
	return r;
}

int pack_directory(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_directory_with(&USR_OS_RELEASE[1], plan, output, seconds);
}
