/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zone file: reading it when it has changed, and replacing it safely. */
#include "store.h"

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

/* Somebody who edits it faster than this has it. */
#define ATTEMPTS 5

/* As the kernel. */
#define LINKS_MAX 40

/* linux/fs.h: swaps two names in one step. Debian 12's musl has no wrapper, and no word for it. */
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

/* The zone file during a replacement. */
struct target {
	int directory_fd; /* owned */
	int fd;           /* owned; the file, locked */
	char name[NAME_MAX + 1];
	struct stat st;
	const char *bytes; /* what was read: the store's snapshot */
	size_t size;
};

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int store_open(struct store *store, const char *path, const char *types)
{
	memset(store, 0, sizeof *store);
	if (format_text(store->path, sizeof store->path, "%s", path) >= sizeof store->path)
		return -ENAMETOOLONG;
	(void)format_text(store->types, sizeof store->types, "%s", types);
	return 0;
}

void store_close(struct store *store)
{
	free(store->bytes);
	store->bytes = NULL;
	zone_release(&store->zone);
	keys_release(&store->keys);
	store->loaded = false;
}

static void note_problem(void *userdata, unsigned line, const char *what)
{
	struct zone_problem_list *list = userdata;

	list->n++;
	list->hash = (list->hash ^ line) * UINT64_C(0x100000001b3);
	for (; *what; what++)
		list->hash = (list->hash ^ (uint8_t)*what) * UINT64_C(0x100000001b3);
}

/* Makes bytes the snapshot, and takes them. On failure they are freed, and the old one stays. */
static int adopt(struct store *store, char *bytes, size_t size, const struct stat *identity)
{
	struct zone_problem_list problems = { 0 };
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
	store_close(store);
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
	/* A file that changes while it is read is seen to differ next time. */
	r = file_read(AT_FDCWD, store->path, ZONE_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = adopt(store, bytes, size, &st);
	return r < 0 ? r : 1;
}

/* --- replacing --------------------------------------------------------------------- */

static void release_target(struct target *t)
{
	close_fd(&t->fd); /* and with it the lock */
	close_fd(&t->directory_fd);
}

static int read_all(int fd, size_t size, char **ret)
{
	char *bytes = malloc(size + 1);
	size_t used = 0;

	if (!bytes)
		return -ENOMEM;
	while (used < size) {
		ssize_t n = pread(fd, bytes + used, size - used, (off_t)used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int r = n < 0 ? -errno : -EBUSY; /* it became shorter just now */

			free(bytes);
			return r;
		}
		used += (size_t)n;
	}
	bytes[size] = '\0';
	*ret = bytes;
	return 0;
}

/* Whether the open file still is what was read: time, size and content. */
static int is_unchanged(const struct target *t)
{
	struct stat st;
	char *again = NULL;
	int r;

	if (fstat(t->fd, &st) < 0)
		return -errno;
	if (!is_same_file(&st, &t->st))
		return 0;
	if (t->size == 0)
		return 1;
	/* Content as well: two writes within one tick of the clock have one time. */
	r = read_all(t->fd, t->size, &again);
	if (r < 0)
		return r == -EBUSY ? 0 : r;
	r = again && t->bytes && memcmp(again, t->bytes, t->size) == 0;
	free(again);
	return r;
}

/* Whether the name still stands for the open file. */
static bool name_is(const struct target *t, const char *name, const struct stat *wanted)
{
	struct stat st;

	return fstatat(t->directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

static int lock(int fd, bool writable)
{
	/*
	 * Of the open file, not of the process: closing another descriptor of the
	 * file would end the other kind. The two kinds respect each other.
	 */
	struct flock lock = { .l_type = writable ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

/*
 * Opens the folder of the file that the path stands for now, and finds its name in
 * there. Only the last part has to be followed by hand: what is before it, open(2)
 * follows.
 */
static int open_directory(const char *path, struct target *t)
{
	char resolved[PATH_MAX], link[PATH_MAX], *slash;
	size_t folder;

	(void)format_text(resolved, sizeof resolved, "%s", path);
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(resolved, link, sizeof link - 1);

		slash = strrchr(resolved, '/');
		folder = slash ? (size_t)(slash - resolved) + 1 : 0;
		if (n < 0 && errno == EINVAL) { /* no link: here it is */
			size_t length = strlen(resolved + folder);

			if (length == 0)
				return -EISDIR;
			if (length >= sizeof t->name)
				return -ENAMETOOLONG;
			memcpy(t->name, resolved + folder, length + 1);
			memcpy(resolved + folder, ".", 2); /* the name is not shorter */
			t->directory_fd = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			return t->directory_fd < 0 ? -errno : 0;
		}
		if (n < 0)
			return -errno;
		if (link[0] == '/')
			folder = 0;
		if (folder + (size_t)n >= sizeof resolved)
			return -ENAMETOOLONG;
		memcpy(resolved + folder, link, (size_t)n);
		resolved[folder + (size_t)n] = '\0';
	}
	return -ELOOP;
}

/* Opens, locks and reads the file that the path stands for now; *ret is malloc'd. */
static int open_target(const char *path, struct target *t, char **ret)
{
	bool writable = true;
	int r;

	r = open_directory(path, t);
	if (r < 0)
		return r;
	t->fd = openat(t->directory_fd, t->name,
		       O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS)) {
		writable = false;
		t->fd = openat(t->directory_fd, t->name,
			       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	if (t->fd < 0)
		return -errno;
	r = lock(t->fd, writable);
	if (r < 0)
		return r;
	if (fstat(t->fd, &t->st) < 0)
		return -errno;
	if (!S_ISREG(t->st.st_mode))
		return -EINVAL;
	if ((uintmax_t)t->st.st_size > ZONE_SIZE_MAX)
		return -EFBIG;
	if (!name_is(t, t->name, &t->st))
		return -EAGAIN; /* replaced since it was opened */
	t->size = (size_t)t->st.st_size;
	r = read_all(t->fd, t->size, ret);
	return r == -EBUSY ? -EAGAIN : r;
}

/* Mode, owner and time of the old file for the new one. */
static int dress(struct store *store, const struct target *t, int fd)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	store->owner_differs = false;
	if ((st.st_uid != t->st.st_uid || st.st_gid != t->st.st_gid) &&
	    fchown(fd, t->st.st_uid, t->st.st_gid) < 0)
		store->owner_differs = true; /* not for us to give away; the zone matters more */
	/* After the owner: chown(2) takes bits away. */
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

static int swap(const struct target *t, const char *temporary)
{
	return syscall(SYS_renameat2, t->directory_fd, temporary, t->directory_fd, t->name,
		       RENAME_EXCHANGE) < 0
		       ? -errno
		       : 0;
}

/* How often the name changed hands in between; a person does not do this. */
#define PUT_BACK_ATTEMPTS 64

/*
 * Undoes a swap that brought something else to light than the old file. What comes
 * out has to be what was put in; if not, somebody replaced the file once more, and
 * theirs, being newer, goes back in.
 */
static int put_back(const struct target *t, const char *temporary, const struct stat *ours)
{
	struct stat expected = *ours, in;
	int r;

	for (unsigned i = 0; i < PUT_BACK_ATTEMPTS; i++) {
		if (fstatat(t->directory_fd, temporary, &in, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		r = swap(t, temporary);
		if (r < 0)
			return r;
		if (name_is(t, temporary, &expected))
			return -EAGAIN;
		expected = in;
	}
	return -EBUSY;
}

/*
 * Puts the new file in place of the old. The swap shows what really stood there: if
 * that is not what the new text was made from, it is put back.
 *
 * Returns 0, -EAGAIN when somebody else was there, or a negative errno.
 */
static int exchange(const struct target *t, struct replacement *new)
{
	struct stat ours;
	int r;

	if (fstat(new->fd, &ours) < 0)
		return -errno;
	r = swap(t, new->temporary);
	if (r == -EINVAL || r == -ENOSYS) {
		/* A file system that cannot: a plain rename, with a moment in between. */
		if (!name_is(t, t->name, &t->st) || is_unchanged(t) <= 0)
			return -EAGAIN;
		return replacement_commit(new);
	}
	if (r < 0)
		return r;
	if (name_is(t, new->temporary, &t->st) && is_unchanged(t) > 0)
		return 0;
	return put_back(t, new->temporary, &ours);
}

/* The old file, under the new one's temporary name, becomes NAME.prev. */
static int keep_previous(const struct target *t, struct replacement *new)
{
	char previous[NAME_MAX + 1];

	if (new->temporary[0] != '\0' &&
	    format_text(previous, sizeof previous, "%s.prev", t->name) < sizeof previous &&
	    renameat(t->directory_fd, new->temporary, t->directory_fd, previous) == 0)
		new->temporary[0] = '\0';
	/* Else it is removed with the rest: a copy for people is not worth an update. */
	return fsync(t->directory_fd) < 0 ? -errno : 0;
}

static int replace(struct store *store, struct target *t, const char *bytes, size_t size)
{
	struct replacement new = REPLACEMENT_NONE;
	int r;

	r = replacement_begin(&new, t->directory_fd, t->name, 0600);
	if (r < 0)
		return r;
	r = file_write_all(new.fd, bytes, size);
	if (r == 0)
		r = dress(store, t, new.fd);
	if (r == 0 && fsync(new.fd) < 0)
		r = -errno;
	if (r == 0 && (!name_is(t, t->name, &t->st) || is_unchanged(t) <= 0))
		r = -EAGAIN;
	if (r == 0)
		r = exchange(t, &new);
	if (r == 0)
		r = keep_previous(t, &new);
	replacement_abandon(&new);
	return r;
}

static int attempt(struct store *store, struct store_plan *plan)
{
	struct target t = { .directory_fd = -1, .fd = -1 };
	struct zone_edits edits = ZONE_EDITS_NONE;
	char *text = NULL, *bytes = NULL;
	size_t size = 0;
	int r;

	/* Always anew, whatever is remembered of it: offsets are good for these bytes only. */
	r = open_target(store->path, &t, &bytes);
	if (r == 0)
		r = adopt(store, bytes, t.size, &t.st);
	t.bytes = store->bytes;
	if (r == 0)
		r = zone_plan(&store->zone, plan->updates, plan->n_updates, &plan->policy, &edits);
	if (r < 0 || edits.n == 0)
		goto out;
	r = zone_splice(store->bytes, store->size, &store->zone, store->types, &edits, &text,
			&size);
	if (r == 0 && plan->before)
		r = plan->before(plan->userdata, store, &edits);
	if (r < 0)
		goto out;
	r = plan->dry_run ? 0 : replace(store, &t, text, size);
	if (r == 0)
		r = 1;
out:
	zone_edits_release(&edits);
	free(text);
	release_target(&t);
	return r;
}

int store_update(struct store *store, struct store_plan *plan)
{
	int r = -EAGAIN, q;

	for (unsigned i = 0; r == -EAGAIN && i < ATTEMPTS; i++)
		r = attempt(store, plan);
	if (r > 0 && !plan->dry_run) {
		/* The file is in place: failing to read it back is for the next look to notice. */
		q = store_refresh(store);
		(void)q;
	}
	return r == -EAGAIN ? -EBUSY : r;
}
