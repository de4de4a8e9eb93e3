/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zone file: reading it when it has changed, and replacing it safely. */
#include "store.h"

#include "fd.h"
#include "file.h"
#include "format.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_hash_sha512.h>
#include <stdio.h> /* renameat(2) */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * A file that somebody changed less than this ago may be half of what it will be: many
 * editors empty it and write it anew. Nobody wants an empty one, or so it takes longer.
 */
#define QUIET_SECONDS       1
#define QUIET_SECONDS_EMPTY 10

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
	struct store_print read; /* what stood in it */
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
	time_t quiet = st->st_size == 0 ? QUIET_SECONDS_EMPTY : QUIET_SECONDS, age;
	struct timespec now;

	if (store->hurry || is_same_file(st, &store->written) ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return false;
	age = now.tv_sec - st->st_mtim.tv_sec - (now.tv_nsec < st->st_mtim.tv_nsec);
	return age >= 0 && age < quiet; /* a time to come says nothing */
}

int store_open(struct store *store, const char *path, const char *types)
{
	memset(store, 0, sizeof *store);
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
	store_forget_replaced(store);
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
	struct stat st, after;
	char *bytes = NULL;
	size_t size = 0;
	int r;

	if (stat(store->path, &st) < 0)
		return -errno;
	if (store->loaded && is_same_file(&st, &store->identity))
		return 0;
	if (store->loaded && is_being_written(store, &st))
		return -EAGAIN;
	r = file_read(AT_FDCWD, store->path, ZONE_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	/* Half of a file has no keys, and their packets would be refused. */
	if (store->loaded && (stat(store->path, &after) < 0 || !is_same_file(&st, &after))) {
		free(bytes);
		return -EAGAIN;
	}
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

static void hash_of(const char *bytes, size_t size, uint8_t ret[static crypto_hash_sha512_BYTES])
{
	(void)crypto_hash_sha512(ret, (const uint8_t *)bytes, size);
}

/* Whether size bytes are what the print was made of. */
static bool print_is(const struct store_print *print, const char *bytes, size_t size)
{
	uint8_t hash[sizeof print->hash];

	if ((uintmax_t)print->st.st_size != size)
		return false;
	hash_of(bytes, size, hash);
	return memcmp(hash, print->hash, sizeof hash) == 0;
}

/* Whether the open file still is what was read: time, size and content. */
static int is_unchanged(const struct target *t)
{
	struct stat st;
	char *again = NULL;
	int r;

	if (fstat(t->fd, &st) < 0)
		return -errno;
	if (!is_same_file(&st, &t->read.st))
		return 0;
	/* Content as well: two writes within one tick of the clock have one time. */
	r = read_all(t->fd, (size_t)st.st_size, &again);
	if (r < 0)
		return r == -EBUSY ? 0 : r;
	r = print_is(&t->read, again, (size_t)st.st_size);
	free(again);
	return r;
}

/* Whether the name still stands for the open file. */
static bool name_is(const struct target *t, const char *name, const struct stat *wanted)
{
	struct stat st;

	return fstatat(t->directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       is_same_inode(&st, wanted);
}

static int lock(int fd, short type)
{
	/*
	 * Of the open file, not of the process: closing another descriptor of the
	 * file would end the other kind. The two kinds respect each other.
	 */
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

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
static int open_target(const struct store *store, struct target *t, char **ret)
{
	struct stat *st = &t->read.st;
	bool writable = true;
	int r;

	r = open_directory(store->path, t);
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
	r = lock(t->fd, writable ? F_WRLCK : F_RDLCK);
	if (r < 0)
		return r;
	if (fstat(t->fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	if ((uintmax_t)st->st_size > ZONE_SIZE_MAX)
		return -EFBIG;
	/* Replaced since it was opened, or half of it may be missing. */
	if (!name_is(t, t->name, st) || is_being_written(store, st))
		return -EAGAIN;
	r = read_all(t->fd, (size_t)st->st_size, ret);
	if (r < 0)
		return r == -EBUSY ? -EAGAIN : r;
	hash_of(*ret, (size_t)st->st_size, t->read.hash);
	return 0;
}

/* Mode, owner and time of the old file for the new one. */
static int dress(struct store *store, const struct target *t, int fd)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	store->owner_differs = false;
	if ((st.st_uid != t->read.st.st_uid || st.st_gid != t->read.st.st_gid) &&
	    fchown(fd, t->read.st.st_uid, t->read.st.st_gid) < 0)
		store->owner_differs = true; /* not for us to give away; the zone matters more */
	/* After the owner: chown(2) takes bits away. */
	if (fchmod(fd, t->read.st.st_mode & 07777) < 0)
		return -errno;
	if (futimens(fd, times) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_mtim.tv_sec <= t->read.st.st_mtim.tv_sec) {
		times[1] = (struct timespec){ .tv_sec = t->read.st.st_mtim.tv_sec + 1 };
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
static int exchange(const struct target *t, struct replacement *new, const struct stat *ours)
{
	int r = swap(t, new->temporary);

	if (r == -EINVAL || r == -ENOSYS) {
		/* A file system that cannot: a plain rename, with a moment in between. */
		if (!name_is(t, t->name, &t->read.st) || is_unchanged(t) <= 0)
			return -EAGAIN;
		return replacement_commit(new);
	}
	if (r < 0)
		return r;
	if (name_is(t, new->temporary, &t->read.st) && is_unchanged(t) > 0)
		return 0;
	return put_back(t, new->temporary, ours);
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

/* --- what was written into files after they were replaced ---------------------------- */

static void forget_oldest(struct store *store, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close_fd(&store->replaced[i].fd);
	store->n_replaced -= n;
	memmove(store->replaced, store->replaced + n,
		store->n_replaced * sizeof store->replaced[0]);
}

void store_forget_replaced(struct store *store)
{
	forget_oldest(store, store->n_replaced);
}

/* Takes the descriptor of a file that was read, or written, as the print says. */
static void remember_replaced(struct store *store, int fd, const struct store_print *print,
			      bool by_us)
{
	size_t n = 0;

	/* The same file may come by twice, when somebody gives it its name back. */
	for (size_t i = 0; i < store->n_replaced; i++) {
		if (is_same_inode(&store->replaced[i].has.st, &print->st))
			close_fd(&store->replaced[i].fd);
		else
			store->replaced[n++] = store->replaced[i];
	}
	store->n_replaced = n;
	if (n == STORE_REPLACED_MAX)
		forget_oldest(store, 1);
	/* Somebody may be waiting for it. */
	(void)lock(fd, F_UNLCK);
	store->replaced[store->n_replaced++] =
		(struct store_replaced){ .fd = fd, .has = *print, .more = *print, .by_us = by_us };
}

/* Puts the lines behind the text; both are malloc'd, the text is made larger. */
static int append(char **text, size_t *size, const char *lines, size_t lines_size)
{
	bool whole = *size == 0 || (*text)[*size - 1] == '\n' || lines[0] == '\n';
	char *larger = realloc(*text, *size + lines_size + 2); /* a newline, and a NUL */

	if (!larger)
		return -ENOMEM;
	if (!whole)
		larger[(*size)++] = '\n';
	memcpy(larger + *size, lines, lines_size);
	*size += lines_size;
	larger[*size] = '\0';
	*text = larger;
	return 0;
}

/*
 * Adds what somebody wrote into one replaced file to the text of the zone: lines that
 * were appended go to its end; a whole new text takes its place, if by_us: when there
 * is nothing in the zone that was not in the replaced file, but updates.
 *
 * Returns 1 when the text is another one now, 0 when not, or a negative errno.
 */
static int merge(struct store *store, struct store_replaced *old, const struct stat *zone,
		 bool by_us, char **text, size_t *size)
{
	char *bytes = NULL;
	size_t had = (size_t)old->has.st.st_size, has;
	struct stat st;
	int r;

	if (fstat(old->fd, &st) < 0)
		return -errno;
	/* Nobody wrote, or somebody gave it its name back: then it was read already. */
	if (is_same_file(&st, &old->has.st) || is_same_inode(&st, zone))
		return 0;
	if (is_being_written(store, &st))
		return -EAGAIN;
	if ((uintmax_t)st.st_size > ZONE_SIZE_MAX)
		return -EFBIG;
	has = (size_t)st.st_size;
	r = read_all(old->fd, has, &bytes);
	if (r < 0)
		return r == -EBUSY ? -EAGAIN : r;
	assert(bytes);
	old->more.st = st;
	hash_of(bytes, has, old->more.hash);
	if (has > had && print_is(&old->has, bytes, had)) {
		r = append(text, size, bytes + had, has - had);
		r = r < 0 ? r : 1;
	} else if (print_is(&old->has, bytes, has)) {
		old->has = old->more; /* nothing but its time is new */
	} else if (by_us && has > 0) {
		free(*text);
		*text = bytes;
		*size = has;
		return 1;
	} else {
		store->left_behind = true;
		old->has = old->more;
	}
	free(bytes);
	return r;
}

/* The same for all of them. */
static int merge_all(struct store *store, const struct stat *zone, char **text, size_t *size)
{
	int result = 0;

	for (size_t i = 0; i < store->n_replaced; i++) {
		bool by_us = result == 0 && is_same_file(zone, &store->written);
		int r;

		for (size_t k = i + 1; k < store->n_replaced; k++)
			by_us &= store->replaced[k].by_us;
		r = merge(store, &store->replaced[i], zone, by_us, text, size);
		if (r < 0)
			return r;
		result |= r;
	}
	return result;
}

/* What was merged is on disk. */
static void note_merged(struct store *store)
{
	for (size_t i = 0; i < store->n_replaced; i++)
		store->replaced[i].has = store->replaced[i].more;
}

/* --- a new text --------------------------------------------------------------------- */

/* merged: the text has more than updates in it. */
static int replace(struct store *store, struct target *t, const char *bytes, size_t size,
		   bool merged)
{
	bool by_us = !merged && is_same_file(&t->read.st, &store->written);
	struct replacement new = REPLACEMENT_NONE;
	struct store_print ours;
	int r;

	r = replacement_begin(&new, t->directory_fd, t->name, 0600);
	if (r < 0)
		return r;
	r = fd_write_all(new.fd, bytes, size);
	if (r == 0)
		r = dress(store, t, new.fd);
	if (r == 0 && (fsync(new.fd) < 0 || fstat(new.fd, &ours.st) < 0))
		r = -errno;
	if (r == 0 && (!name_is(t, t->name, &t->read.st) || is_unchanged(t) <= 0))
		r = -EAGAIN;
	if (r < 0)
		goto out;
	r = exchange(t, &new, &ours.st);
	if (r == 0) {
		store->written = ours.st;
		note_merged(store);
		remember_replaced(store, TAKE_FD(t->fd), &t->read, by_us);
		r = keep_previous(t, &new);
	} else if ((r == -EAGAIN || r == -EBUSY) && new.fd >= 0) {
		/* It may have had the name for a moment, long enough to be opened. */
		hash_of(bytes, size, ours.hash);
		remember_replaced(store, TAKE_FD(new.fd), &ours, true);
	}
out:
	replacement_abandon(&new);
	return r;
}

int store_update(struct store *store, struct store_plan *plan)
{
	struct target t = { .directory_fd = -1, .fd = -1 };
	struct zone_edits edits = ZONE_EDITS_NONE;
	char *text = NULL, *bytes = NULL;
	size_t size = 0;
	bool merged;
	int r;

	/* Always anew, whatever is remembered of it: offsets are good for these bytes only. */
	r = open_target(store, &t, &bytes);
	if (r < 0)
		goto out;
	assert(bytes); /* an errno is never 0, which the analyzer cannot know */
	size = (size_t)t.read.st.st_size;
	r = merge_all(store, &t.read.st, &bytes, &size);
	if (r < 0)
		goto out;
	merged = r > 0;
	r = adopt(store, bytes, size, &t.read.st);
	bytes = NULL;
	if (r == 0)
		r = zone_plan(&store->zone, plan->updates, plan->n_updates, &plan->policy, &edits);
	if (r < 0 || (edits.n == 0 && !merged))
		goto out;
	r = zone_splice(store->bytes, store->size, &store->zone, store->types, &edits, &text,
			&size);
	if (r == 0 && plan->before)
		r = plan->before(plan->userdata, store, &edits);
	if (r < 0 || plan->dry_run)
		goto out;
	r = replace(store, &t, text, size, merged);
	if (r < 0) {
		store->identity = (struct stat){ 0 }; /* what stands there, the next look finds */
		goto out;
	}
	/* For lack of memory the snapshot is the old one, and the next look sees that. */
	(void)adopt(store, text, size, &store->written);
	text = NULL;
	r = 1;
out:
	zone_edits_release(&edits);
	free(bytes);
	free(text);
	release_target(&t);
	return r;
}
