/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zone file: reads it when it has changed, and replaces it safely. */
#include "store.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat(2) */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A file that changed less than this ago may be incomplete: many editors empty it and
 * write it anew. An empty zone is hardly ever meant, so it is given more time.
 */
#define QUIET_SECONDS       1
#define QUIET_SECONDS_EMPTY 10

/* As the kernel. */
#define LINKS_MAX 40

/* linux/fs.h: swaps two names in one step. Debian 12's musl has neither wrapper nor name. */
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

/* The zone file during a replacement. */
struct target {
	int directory_fd; /* owned */
	int fd;           /* owned; the file, locked */
	char name[NAME_MAX + 1];
	struct stat st;    /* of the file before it was read */
	const char *bytes; /* that were read; borrowed from the snapshot */
	size_t size;
};

static bool is_same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return is_same_inode(a, b) && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Whether somebody else changed it just now, and may not be done. */
static bool is_being_written(const struct store *store, const struct stat *st)
{
	uint64_t quiet = st->st_size == 0 ? QUIET_SECONDS_EMPTY : QUIET_SECONDS;
	uint64_t now = now_us(CLOCK_REALTIME), changed = timespec_us(&st->st_mtim);

	/* A time in the future says nothing. */
	return !is_same_file(st, &store->written) && changed <= now &&
	       now - changed < quiet * USEC_PER_SEC;
}

int store_open(struct store *store, const char *path, const char *types)
{
	*store = STORE_CLOSED;
	if (format_text(store->path, sizeof store->path, "%s", path) >= sizeof store->path)
		return -ENAMETOOLONG;
	(void)format_text(store->types, sizeof store->types, "%s", types);
	return 0;
}

static void release_snapshot(struct store *store)
{
	free(store->bytes);
	store->bytes = NULL;
	zone_release(&store->zone);
	keys_release(&store->keys);
	store->loaded = false;
}

void store_close(struct store *store)
{
	release_snapshot(store);
	close_fd(&store->replaced_fd);
}

static void note_problem(void *userdata, unsigned line, const char *what)
{
	uint64_t *hash = userdata;

	*hash = (*hash ^ (line + 1)) * UINT64_C(0x100000001b3);
	for (; *what; what++)
		*hash = (*hash ^ (uint8_t)*what) * UINT64_C(0x100000001b3);
}

/* Makes bytes the snapshot, and takes them. On failure they are freed, and the old one stays. */
static int adopt(struct store *store, char *bytes, size_t size, const struct stat *identity)
{
	uint64_t problems = 0;
	struct zone zone = ZONE_NONE;
	struct keys keys = KEYS_NONE;
	int r;

	r = zone_parse(bytes, size, store->types, note_problem, &problems, &zone);
	if (r == 0)
		r = keys_build(&zone, &keys);
	if (r < 0) {
		zone_release(&zone);
		free(bytes);
		return r;
	}
	release_snapshot(store);
	store->loaded = true;
	store->identity = *identity;
	store->bytes = bytes;
	store->size = size;
	store->zone = zone;
	store->keys = keys;
	store->problems = problems;
	return 0;
}

int store_refresh(struct store *store)
{
	struct stat st;
	char *bytes = NULL;
	size_t size = 0;
	int r;

	if (stat(store->path, &st) < 0)
		return -errno;
	if (store->loaded && is_same_file(&st, &store->identity))
		return 0;
	if (store->loaded && is_being_written(store, &st))
		return -EAGAIN;
	/* If it changes while it is read, the next call sees another identity. */
	r = file_read(AT_FDCWD, store->path, ZONE_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = adopt(store, bytes, size, &st);
	return r < 0 ? r : 1;
}

/* --- opening the file ---------------------------------------------------------------- */

static void release_target(struct target *t)
{
	close_fd(&t->fd); /* and with it the lock */
	close_fd(&t->directory_fd);
}

/* Whether the name still stands for the file that was read, and its content is the same. */
static bool is_as_read(const struct target *t, const char *name)
{
	char *again = NULL;
	size_t size = 0;
	struct stat st;
	bool same;

	if (fstatat(t->directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_same_file(&st, &t->st))
		return false;
	/* The content, too: two writes within one tick of the clock have the same time. */
	same = file_read(t->directory_fd, name, ZONE_SIZE_MAX, &again, &size) == 0 &&
	       size == t->size && memcmp(again, t->bytes, size) == 0;
	free(again);
	return same;
}

static int lock(int fd, short type)
{
	/*
	 * Of the open file, not of the process: closing another descriptor of the file
	 * would release the other kind. The two kinds respect each other.
	 */
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

/* Replaces the last component of a path by the link's target. Returns 0 or -ENAMETOOLONG. */
static int follow(char path[static PATH_MAX], size_t directory, const char *link, size_t length)
{
	if (link[0] == '/')
		directory = 0;
	if (directory + length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path + directory, link, length);
	path[directory + length] = '\0';
	return 0;
}

/*
 * Opens the directory of the file that the path stands for now, and finds the file's
 * name in it. Only links in the last component are followed by hand; open(2) follows
 * the others.
 */
static int open_directory(const char *path, struct target *t)
{
	char resolved[PATH_MAX], link[PATH_MAX];
	int r;

	(void)format_text(resolved, sizeof resolved, "%s", path);
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(resolved, link, sizeof link);
		const char *slash = strrchr(resolved, '/');
		size_t directory = slash ? (size_t)(slash - resolved) + 1 : 0;

		if (n < 0 && errno != EINVAL)
			return -errno;
		if (n >= 0) {
			r = follow(resolved, directory, link, (size_t)n);
			if (r < 0)
				return r;
			continue;
		}
		/* No link: here it is. */
		if (resolved[directory] == '\0')
			return -EISDIR;
		if (format_text(t->name, sizeof t->name, "%s", resolved + directory) >=
		    sizeof t->name)
			return -ENAMETOOLONG;
		memcpy(resolved + directory, ".", 2); /* the name is not shorter */
		t->directory_fd = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return t->directory_fd < 0 ? -errno : 0;
	}
	return -ELOOP;
}

static int open_file(struct target *t, int access)
{
	t->fd = openat(t->directory_fd, t->name,
		       access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return t->fd < 0 ? -errno : 0;
}

/* Opens and locks the file that the path stands for now. */
static int open_target(const struct store *store, struct target *t)
{
	short type = F_WRLCK;
	struct stat named;
	int r;

	r = open_directory(store->path, t);
	if (r < 0)
		return r;
	r = open_file(t, O_RDWR);
	if (r == -EACCES || r == -EPERM || r == -EROFS) {
		type = F_RDLCK; /* the only kind of lock for a file that may not be written */
		r = open_file(t, O_RDONLY);
	}
	if (r == 0)
		r = lock(t->fd, type);
	if (r < 0)
		return r;
	if (fstat(t->fd, &t->st) < 0)
		return -errno;
	if (fstatat(t->directory_fd, t->name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_same_inode(&named, &t->st))
		return -EAGAIN; /* replaced before it was locked */
	return is_being_written(store, &t->st) ? -EAGAIN : 0;
}

/* --- replacing it -------------------------------------------------------------------- */

/* Gives the new file mode, owner and modification time, by those of the old one. */
static int copy_attributes(struct store *store, const struct target *t, int fd)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	store->owner_differs = (st.st_uid != t->st.st_uid || st.st_gid != t->st.st_gid) &&
			       fchown(fd, t->st.st_uid, t->st.st_gid) < 0;
	/* After the owner: chown(2) clears bits. */
	if (fchmod(fd, t->st.st_mode & 07777) < 0)
		return -errno;
	if (futimens(fd, times) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_mtim.tv_sec <= t->st.st_mtim.tv_sec) {
		times[1] = (struct timespec){ .tv_sec = t->st.st_mtim.tv_sec + 1 };
		if (futimens(fd, times) < 0)
			return -errno;
	}
	return 0;
}

static int swap(const struct target *t, const struct replacement *new)
{
	return syscall(SYS_renameat2, t->directory_fd, new->temporary, t->directory_fd, t->name,
		       RENAME_EXCHANGE) < 0
		       ? -errno
		       : 0;
}

/* The old file, under the new one's temporary name, becomes NAME.prev. */
static int keep_previous(const struct target *t, struct replacement *new)
{
	char previous[NAME_MAX + 1];

	if (format_text(previous, sizeof previous, "%s.prev", t->name) < sizeof previous &&
	    renameat(t->directory_fd, new->temporary, t->directory_fd, previous) == 0)
		new->temporary[0] = '\0';
	/* Else it is removed with the rest: a copy for people is not worth an update. */
	return fsync(t->directory_fd) < 0 ? -errno : 0;
}

/*
 * Puts the new file in place of the old. The swap shows what was there: if somebody
 * replaced or changed it after the last look, it is swapped back, for the next attempt
 * to read. Returns 0, -EAGAIN, or a negative errno.
 */
static int exchange(struct store *store, struct target *t, struct replacement *new,
		    const struct stat *ours)
{
	struct stat back;
	int r = swap(t, new);

	if (r == -EINVAL || r == -ENOSYS)
		return replacement_commit(new); /* this file system cannot swap: no NAME.prev */
	if (r < 0)
		return r;
	if (is_as_read(t, new->temporary))
		return keep_previous(t, new);
	r = swap(t, new);
	if (r == 0 && fstatat(t->directory_fd, new->temporary, &back, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_same_inode(&back, ours))
		return -EAGAIN;
	/* And another edit in between: whatever is out now stays as NAME.prev. */
	store->unmerged = true;
	r = keep_previous(t, new);
	return r < 0 ? r : -EAGAIN;
}

/* For store_has_unmerged_edit(). Takes the descriptor, and releases its lock. */
static void remember_replaced(struct store *store, struct target *t)
{
	(void)lock(t->fd, F_UNLCK); /* somebody may be waiting for it */
	close_fd(&store->replaced_fd);
	store->replaced_fd = TAKE_FD(t->fd);
	store->replaced = t->st;
}

bool store_has_unmerged_edit(struct store *store)
{
	bool unmerged = store->unmerged;
	struct stat st;

	store->unmerged = false;
	if (store->replaced_fd >= 0 && fstat(store->replaced_fd, &st) == 0 &&
	    !is_same_file(&st, &store->replaced)) {
		store->replaced = st;
		unmerged = true;
	}
	return unmerged;
}

static int replace(struct store *store, struct target *t, const char *bytes, size_t size)
{
	struct replacement new = REPLACEMENT_NONE;
	struct stat ours = { 0 };
	int r;

	r = replacement_begin(&new, t->directory_fd, t->name, 0600);
	if (r < 0)
		return r;
	r = fd_write_all(new.fd, bytes, size);
	if (r == 0)
		r = copy_attributes(store, t, new.fd);
	if (r == 0 && (fsync(new.fd) < 0 || fstat(new.fd, &ours) < 0))
		r = -errno;
	if (r == 0 && !is_as_read(t, t->name))
		r = -EAGAIN;
	if (r == 0)
		r = exchange(store, t, &new, &ours);
	if (r == 0) {
		store->written = ours;
		remember_replaced(store, t);
	}
	replacement_abandon(&new);
	return r;
}

int store_update(struct store *store, struct store_plan *plan)
{
	struct target t = { .directory_fd = -1, .fd = -1 };
	struct zone_edits edits = ZONE_EDITS_NONE;
	char *text = NULL, *bytes = NULL;
	size_t size = 0;
	int r;

	/* Always anew, whatever the snapshot is: offsets are valid for these bytes only. */
	r = open_target(store, &t);
	if (r == 0)
		r = file_read(t.directory_fd, t.name, ZONE_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = adopt(store, bytes, size, &t.st);
	if (r == 0)
		r = zone_plan(&store->zone, plan->updates, plan->n_updates, &plan->policy, &edits);
	if (r < 0 || edits.n == 0)
		goto out;
	t.bytes = store->bytes;
	t.size = store->size;
	r = zone_splice(store->bytes, store->size, &store->zone, store->types, &edits, &text,
			&size);
	if (r == 0 && plan->before)
		r = plan->before(plan->userdata, store, &edits);
	if (r == 0 && !plan->dry_run)
		r = replace(store, &t, text, size);
	if (r < 0 || plan->dry_run)
		goto out;
	/* Without memory the snapshot is the old one, and the next refresh sees that. */
	(void)adopt(store, text, size, &store->written);
	text = NULL;
	r = 1;
out:
	zone_edits_release(&edits);
	free(text);
	release_target(&t);
	return r;
}
