/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What portable-admin keeps of each image. */
#include "store.h"

#include "fd.h"
#include "file.h"
#include "log.h"
#include "tries.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY      "/var/lib/portable-admin"
#define MARKS_SIZE_MAX ((size_t)1024 * 1024)

static const char *const suffixes[] = {
	[STORE_UPGRADE] = "upgrade", [STORE_PREVIOUS] = "previous"
};

static int fail(int r, const char *what)
{
	log_failure(r, "cannot %s '" DIRECTORY "'", what);
	return r;
}

/* Takes the lock in the directory that is open. */
static int lock(struct store *store, const char *file)
{
	int r = 0;

	store->lock_fd =
		openat(store->directory_fd, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return fail(-errno, "create a lock in");
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		log_error("another portable-admin is at work on '%s'; try again when it has ended",
			  store->name);
	}
	return r;
}

int store_open(struct store *store, const char *name)
{
	char file[NAME_MAX + 1];
	int r;

	*store = STORE_NONE;
	store->name = name;
	if (snprintf(file, sizeof file, "%s.lock", name) >= (int)sizeof file)
		return fail(-ENAMETOOLONG, "create a lock in");
	if (mkdir(DIRECTORY, 0700) < 0 && errno != EEXIST)
		return fail(-errno, "create");
	store->directory_fd = open(DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->directory_fd < 0)
		return fail(-errno, "open");
	r = lock(store, file);
	if (r < 0)
		store_close(store);
	return r;
}

void store_close(struct store *store)
{
	close_fd(&store->lock_fd);
	close_fd(&store->directory_fd);
}

int store_read(const struct store *store, struct pool *pool, enum store_file file,
	       struct transaction *ret)
{
	const char *name = pool_format(pool, "%s.%s", store->name, suffixes[file]);
	char *bytes;
	size_t size;
	int r;

	if (!name)
		return pool_exhausted();
	r = file_read(store->directory_fd, name, TRANSACTION_SIZE_MAX, &bytes, &size);
	if (r == -ENOENT)
		return r;
	if (r >= 0) {
		r = transaction_read(pool, bytes, size, ret);
		free(bytes);
	}
	if (r < 0)
		log_failure(r,
			    "cannot read '" DIRECTORY
			    "/%s'; remove it if you attach the image by hand",
			    name);
	return r;
}

int store_write(const struct store *store, struct pool *pool, enum store_file file,
		const struct transaction *transaction)
{
	const char *name = pool_format(pool, "%s.%s", store->name, suffixes[file]), *bytes;
	int r = transaction_write(pool, transaction, &bytes);

	if (!name || r == -ENOMEM)
		return pool_exhausted();
	if (r == -EINVAL) {
		log_error(
			"cannot note the upgrade: the path of an image has control characters or ends in a space or backslash; rename it");
		return r;
	}
	if (r >= 0)
		r = file_replace(store->directory_fd, name, bytes, strlen(bytes), 0600);
	return r < 0 ? fail(r, "write into") : 0;
}

int store_finish(const struct store *store, bool succeeded)
{
	char *name = NULL, *previous = NULL;
	int r = 0;

	if (asprintf(&name, "%s.%s", store->name, suffixes[STORE_UPGRADE]) < 0 ||
	    asprintf(&previous, "%s.%s", store->name, suffixes[STORE_PREVIOUS]) < 0) {
		free(name);
		return pool_exhausted();
	}
	if (succeeded ? renameat(store->directory_fd, name, store->directory_fd, previous) < 0
		      : unlinkat(store->directory_fd, name, 0) < 0)
		r = -errno;
	else if (fsync(store->directory_fd) < 0)
		r = -errno;
	free(name);
	free(previous);
	return r < 0 ? fail(r, "write into") : 0;
}

/* --- marks ----------------------------------------------------------------------- */

static const char *const words[] = { [STORE_INTERRUPTED] = "interrupted ", [STORE_BAD] = "bad " };

/* The name of a version, which no line can be mistaken for. */
static const char *version_of(struct pool *pool, const char *path)
{
	char *name = tries_path_without(pool, strrchr(path, '/') + 1);

	for (char *c = name; c && *c; c++)
		if (*c == '\n')
			*c = '?';
	return name;
}

static int read_marks(const struct store *store, struct pool *pool, const char **ret)
{
	const char *name = pool_format(pool, "%s.marks", store->name);
	char *bytes;
	size_t size;
	int r = name ? file_read(store->directory_fd, name, MARKS_SIZE_MAX, &bytes, &size)
		     : -ENOMEM;

	if (r == -ENOENT) {
		*ret = "";
		return 0;
	}
	if (r >= 0) {
		*ret = pool_adopt(pool, bytes);
		r = *ret ? 0 : -ENOMEM;
	}
	return r < 0 ? fail(r, "read the marks in") : 0;
}

/* The line of a version, without its line break; NULL: none. */
static const char *find_line(const char *marks, const char *version, enum store_mark *ret)
{
	size_t length = strlen(version);

	while (*marks) {
		const char *end = strchrnul(marks, '\n');

		for (enum store_mark mark = STORE_INTERRUPTED; mark <= STORE_BAD; mark++) {
			size_t word = strlen(words[mark]);

			if ((size_t)(end - marks) == word + length &&
			    strncmp(marks, words[mark], word) == 0 &&
			    strncmp(marks + word, version, length) == 0) {
				*ret = mark;
				return marks;
			}
		}
		marks = *end ? end + 1 : end;
	}
	return NULL;
}

int store_mark_of(const struct store *store, struct pool *pool, const char *path,
		  enum store_mark *ret)
{
	const char *version = version_of(pool, path), *marks = "";
	int r = version ? read_marks(store, pool, &marks) : pool_exhausted();

	*ret = STORE_NOT_MARKED;
	if (r >= 0)
		(void)find_line(marks, version, ret);
	return r;
}

int store_mark(const struct store *store, struct pool *pool, const char *path, enum store_mark mark)
{
	const char *version = version_of(pool, path), *marks = "", *line, *end, *bytes;
	const char *name = pool_format(pool, "%s.marks", store->name);
	enum store_mark is = STORE_NOT_MARKED;
	int r = version && name ? read_marks(store, pool, &marks) : pool_exhausted();

	if (r < 0)
		return r;
	line = find_line(marks, version, &is);
	if (is == mark)
		return 0;
	end = line ? strchrnul(line, '\n') : marks;
	if (!line)
		line = marks;
	/* The old line away, the new one at the end. */
	bytes = pool_format(
		pool, "%.*s%s%s%s%s", (int)(line - marks), marks, *end == '\n' ? end + 1 : end,
		mark == STORE_NOT_MARKED ? "" : words[mark],
		mark == STORE_NOT_MARKED ? "" : version, mark == STORE_NOT_MARKED ? "" : "\n");
	if (!bytes)
		return pool_exhausted();
	r = file_replace(store->directory_fd, name, bytes, strlen(bytes), 0600);
	return r < 0 ? fail(r, "write into") : 0;
}
