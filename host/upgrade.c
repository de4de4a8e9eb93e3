/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs upgrade and rollback: another version of an image, and the way back. */
#include "architecture.h"
#include "arguments.h"
#include "attached.h"
#include "clock.h"
#include "fd.h"
#include "hooks.h"
#include "log.h"
#include "names.h"
#include "pick.h"
#include "portabled.h"
#include "store.h"
#include "story.h"
#include "switch.h"
#include "tries.h"
#include "unit-jobs.h"
#include "verbs.h"
#include "versions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The new version did not work; the old one does, or does not. */
#define EXIT_WENT_BACK 3
#define EXIT_BOTH_BAD  4

/* Of a version that is still being copied to its place. */
#define COPY_USEC  (3600 * USEC_PER_SEC)
#define RETRY_USEC (USEC_PER_SEC / 10)

/* Longer than RestartSec= of most units, so that one that fails again and again is seen. */
#define SETTLE_SECONDS 10

static const char *arg_check, *arg_image, *arg_profile;
static unsigned arg_settle = SETTLE_SECONDS;
static bool arg_again, arg_dry_run;

/* Another version was attached, or tried. */
static bool has_changed;

static void help_upgrade(void)
{
	printf("Usage: portable-admin upgrade [OPTION]... NAME\n"
	       "Attach the newest version of an image in place of the one that is attached. If it does not\n"
	       "work, attach the old one again. NAME: a prefix, the name of an image, or its path.\n"
	       "\n"
	       "  --check=COMMAND     works only if this command of the shell ends with 0\n"
	       "  --settle=SECONDS    for how long it has to work, 1 to 3600 (default: %d)\n"
	       "  --image=PATH        the new version, where it is not beside the old one\n"
	       "  --profile=NAME      another profile than that of the attached version\n"
	       "  --again             also a version that did not work before\n"
	       "  --dry-run           say what would be attached, and change nothing\n"
	       "  --help              show this text\n"
	       "\n"
	       "Exit status: 0 the newest version works; 1 nothing was changed; 3 it did not work, and the\n"
	       "old one does; 4 neither works.\n",
	       SETTLE_SECONDS);
}

static void help_rollback(void)
{
	printf("Usage: portable-admin rollback [OPTION]... NAME\n"
	       "Attach the version from before the last upgrade. The one that is attached now counts as\n"
	       "bad: upgrade takes it with --again only.\n"
	       "\n"
	       "  --check=COMMAND     works only if this command of the shell ends with 0\n"
	       "  --settle=SECONDS    for how long it has to work, 1 to 3600 (default: %d)\n"
	       "  --dry-run           say what would be attached, and change nothing\n"
	       "  --help              show this text\n"
	       "\n"
	       "Exit status: as of upgrade.\n",
	       SETTLE_SECONDS);
}

static const struct option upgrade_options[] = {
	{ .name = "check", .nonempty = true, .text = &arg_check },
	{ .name = "settle",
	  .number = &arg_settle,
	  .min = 1,
	  .max = 3600,
	  .mistake = "not a number of seconds" },
	{ .name = "image", .nonempty = true, .text = &arg_image },
	{ .name = "profile", .nonempty = true, .text = &arg_profile },
	{ .name = "again", .flag = &arg_again },
	{ .name = "dry-run", .flag = &arg_dry_run },
	{ .name = "help", .print = help_upgrade },
	{ 0 },
};

static const struct option rollback_options[] = {
	{ .name = "check", .nonempty = true, .text = &arg_check },
	{ .name = "settle",
	  .number = &arg_settle,
	  .min = 1,
	  .max = 3600,
	  .mistake = "not a number of seconds" },
	{ .name = "dry-run", .flag = &arg_dry_run },
	{ .name = "help", .print = help_rollback },
	{ 0 },
};

/* Of one call. */
struct upgrade {
	sd_bus *bus;
	struct pool pool;
	struct store store;
	struct story story;
	struct transaction transaction;
	struct switching switching;
	struct now now;
	const char *name;
};

/* Valid until the fourth call after. */
static const char *printable(const char *text)
{
	static char shown[4][LOG_ESCAPED_SIZE];
	static unsigned i;

	i = (i + 1) % 4;
	return log_escape(text, shown[i]);
}

#define TELL(upgrade, level, step, ...) story_tell(&(upgrade)->story, level, step, __VA_ARGS__)

/* --- files of images ------------------------------------------------------------------ */

static const char *directory_of(struct pool *pool, const char *path)
{
	const char *slash = strrchr(path, '/');

	return pool_copy_bytes(pool, path, slash > path ? (size_t)(slash - path) : 1);
}

static int sync_directory(struct pool *pool, const char *path)
{
	const char *directory = directory_of(pool, path);
	CLEANUP_FD int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/*
 * Whether the name of a version may change: in a directory of versions, and without files beside
 * it that are found by its name.
 */
static bool may_rename(struct pool *pool, const char *path)
{
	static const char *const sidecars[] = { ".verity", ".roothash", ".roothash.p7s" };
	const char *directory = directory_of(pool, path);
	size_t length = strlen(path);

	if (!directory || !pick_has_versions(directory))
		return false;
	if (length > strlen(".raw") && strcmp(path + length - strlen(".raw"), ".raw") == 0)
		length -= strlen(".raw");
	for (size_t i = 0; i < sizeof sidecars / sizeof *sidecars; i++) {
		const char *sidecar = pool_format(pool, "%.*s%s", (int)length, path, sidecars[i]);

		if (!sidecar || access(sidecar, F_OK) == 0)
			return false;
	}
	return true;
}

/* Returns 0 with *path changed, or a negative errno for what was logged. */
static int rename_image(struct pool *pool, const char **path, const char *to)
{
	int r = 0;

	if (!to)
		return pool_exhausted();
	if (renameat2(AT_FDCWD, *path, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		r = -errno;
	else
		r = sync_directory(pool, to);
	if (r < 0) {
		log_failure(r, "cannot rename '%s' to '%s'", printable(*path), printable(to));
		return r;
	}
	*path = to;
	return 0;
}

/* A second name of the old version: sysupdate may remove the first one while it runs. */
static const char *kept_path(struct pool *pool, const char *path)
{
	const char *slash = strrchr(path, '/');

	/* systemd takes nothing that begins so for an image. */
	return pool_format(pool, "%.*s/.#portable-admin-%s", (int)(slash - path), path, slash + 1);
}

static void keep_old(struct upgrade *u)
{
	const char *kept = kept_path(&u->pool, u->transaction.old);

	if (!kept)
		return;
	if (!is_same_file(kept, u->transaction.old)) {
		(void)unlink(kept);
		/* A directory, or another file system: it is kept as long as others keep it. */
		if (link(u->transaction.old, kept) < 0)
			return;
		(void)sync_directory(&u->pool, kept);
	}
	u->transaction.kept = kept;
}

static int bring_back(struct upgrade *u, const struct transaction *t)
{
	if (access(t->old, F_OK) == 0)
		return 0;
	if (t->kept && link(t->kept, t->old) == 0) {
		TELL(u, STORY_WARNING, "restore", "'%s' had been removed; it is there again",
		     printable(t->old));
		return sync_directory(&u->pool, t->old);
	}
	TELL(u, STORY_ERROR, "restore", "'%s' is gone; copy it there again", printable(t->old));
	return -ENOENT;
}

/* --- the end of a transaction ---------------------------------------------------------- */

/* All that was changed is on the disk, before it is noted that it is. */
static void sync_units(void)
{
	static const char *const directories[] = { "/etc/systemd", "/var/lib" };

	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		CLEANUP_FD int fd = open(directories[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0)
			(void)syncfs(fd);
	}
}

static const char *bad_path(struct pool *pool, const char *path)
{
	struct tries tries = { 0, 1 };

	if (tries_read(path, &tries))
		tries = (struct tries){ 0, tries.done > 0 ? tries.done : 1 };
	return tries_path(pool, path, &tries);
}

/* For portable-admin, and by the name of its file for everybody else. */
static int mark_bad(struct upgrade *u, const char **path)
{
	struct tries tries;
	int r = store_mark(&u->store, &u->pool, *path, STORE_BAD);

	if (r < 0 || access(*path, F_OK) < 0 || !may_rename(&u->pool, *path) ||
	    (tries_read(*path, &tries) && tries.left == 0))
		return r;
	return rename_image(&u->pool, path, bad_path(&u->pool, *path));
}

/* The way back of the upgrade before is not needed any more. */
static void drop_previous(struct upgrade *u)
{
	struct transaction previous;

	if (store_read(&u->store, &u->pool, STORE_PREVIOUS, &previous) < 0 || !previous.kept)
		return;
	if (!u->transaction.kept || strcmp(previous.kept, u->transaction.kept) != 0)
		(void)unlink(previous.kept);
}

/* After going back, the attached version needs no second name; the way back may be the same one. */
static void drop_kept(struct upgrade *u)
{
	struct transaction previous;
	const char *kept = u->transaction.kept;
	int r;

	if (!kept)
		return;
	r = store_read(&u->store, &u->pool, STORE_PREVIOUS, &previous);
	if (r == -ENOENT || (r >= 0 && (!previous.kept || strcmp(previous.kept, kept) != 0)))
		(void)unlink(kept);
}

/*
 * A good version has a name without a count. The attached path is the one that a service is
 * started with: it must be there all the time.
 */
static int drop_count(struct upgrade *u)
{
	struct transaction *t = &u->transaction;
	const char *plain = tries_path_without(&u->pool, t->new), *why = "", *counted = t->new;
	struct tries tries;
	int r;

	if (!plain)
		return pool_exhausted();
	if (!tries_read(t->new, &tries) || t->is_rollback || !may_rename(&u->pool, plain))
		return 0;
	if (access(counted, F_OK) == 0 && link(counted, plain) < 0 && errno != EEXIST) {
		log_failure(-errno, "cannot link '%s'", printable(plain));
		return 0; /* it works under the other name as well */
	}
	if (access(counted, F_OK) == 0 && !is_same_file(counted, plain)) {
		TELL(u, STORY_WARNING, "confirm", "'%s' is another file: the count stays",
		     printable(plain));
		return 0;
	}
	(void)sync_directory(&u->pool, plain);
	r = switch_path(&u->switching, plain, &why);
	if (r < 0) {
		TELL(u, STORY_ERROR, "confirm", "cannot attach '%s': %s", printable(plain), why);
		return r;
	}
	sync_units();
	if (unlink(counted) < 0 && errno != ENOENT)
		log_failure(-errno, "cannot remove '%s'", printable(counted));
	t->new = plain;
	return store_write(&u->store, &u->pool, STORE_UPGRADE, t);
}

static bool is_of_portables(const char *path)
{
	return strncmp(path, "/etc/portables/", strlen("/etc/portables/")) == 0 ||
	       strncmp(path, "/run/portables/", strlen("/run/portables/")) == 0;
}

static int finish(struct upgrade *u)
{
	struct transaction *t = &u->transaction;
	int r = drop_count(u);

	if (r >= 0)
		r = store_mark(&u->store, &u->pool, t->new, STORE_NOT_MARKED);
	if (r >= 0 && t->is_rollback) {
		/* The version that was left. */
		if (access(t->old, F_OK) < 0 && access(bad_path(&u->pool, t->old), F_OK) == 0)
			t->old = bad_path(&u->pool, t->old);
		r = mark_bad(u, &t->old);
		if (r >= 0)
			r = store_write(&u->store, &u->pool, STORE_UPGRADE, t);
	}
	if (r < 0)
		return r;
	/* systemd deletes an image from there when it is detached. */
	if (is_of_portables(t->old) && access(t->old, F_OK) < 0)
		(void)bring_back(u, t);
	drop_previous(u);
	r = store_finish(&u->store, true);
	if (r >= 0)
		TELL(u, STORY_INFO, "done", "'%s' works", printable(t->new));
	return r;
}

/* Returns the exit status. */
static int go_back(struct upgrade *u, bool is_bad)
{
	struct transaction *t = &u->transaction;
	struct text_list *tried = NULL;
	const char *why = "";
	int r = bring_back(u, t);

	if (r >= 0) {
		TELL(u, STORY_INFO, "back", "going back to '%s'", printable(t->old));
		r = switch_back(&u->switching, &tried, &why);
	}
	if (r >= 0)
		r = switch_check_old(&u->switching, tried, &why);
	if (r < 0)
		/* The transaction stays: the next call tries again. */
		TELL(u, STORY_ERROR, "failed",
		     "the old version '%s' does not work either: %s; see 'journalctl PORTABLE=%s'",
		     printable(t->old), why, u->name);
	if (r < 0)
		return EXIT_BOTH_BAD;
	sync_units();
	if (is_bad)
		r = mark_bad(u, &t->new);
	if (r >= 0)
		r = store_finish(&u->store, false);
	if (r >= 0)
		drop_kept(u);
	TELL(u, STORY_WARNING, "undone", "the old version '%s' works", printable(t->old));
	return r < 0 ? EXIT_FAILURE : EXIT_WENT_BACK;
}

/* --- what was interrupted ---------------------------------------------------------------- */

/* Returns -1 to go on, or the exit status. */
static int recover(struct upgrade *u)
{
	struct transaction *t = &u->transaction;
	enum store_mark mark;
	int r = store_read(&u->store, &u->pool, STORE_UPGRADE, t), status;

	if (r == -ENOENT)
		return -1;
	if (r < 0)
		return EXIT_FAILURE;
	u->story.old = t->old;
	u->story.new = t->new;
	if (t->phase == PHASE_GOOD) {
		TELL(u, STORY_WARNING, "recover", "finishing an upgrade that was interrupted");
		return finish(u) < 0 ? EXIT_FAILURE : -1;
	}
	TELL(u, STORY_WARNING, "recover", "undoing an upgrade to '%s' that was interrupted",
	     printable(t->new));
	r = store_mark_of(&u->store, &u->pool, t->new, &mark);
	if (r >= 0 && mark == STORE_NOT_MARKED)
		r = store_mark(&u->store, &u->pool, t->new, STORE_INTERRUPTED);
	if (r < 0)
		return EXIT_FAILURE;
	status = go_back(u, mark != STORE_NOT_MARKED && !t->is_rollback);
	return status == EXIT_WENT_BACK ? -1 : status;
}

/* --- the way forward ------------------------------------------------------------------------ */

/* Of a version in its directory: a try is used up, also if the machine ends meanwhile. */
static int count_down(struct upgrade *u)
{
	struct transaction *t = &u->transaction;
	struct tries tries;

	if (!tries_read(t->new, &tries) || t->is_rollback || !may_rename(&u->pool, t->new) ||
	    tries.left == 0)
		return 0;
	tries = (struct tries){ tries.left - 1, tries.done + 1 };
	return rename_image(&u->pool, &t->new, tries_path(&u->pool, t->new, &tries));
}

/* Where the file system has leases: nobody gets one to read while others may write. */
static bool is_being_written(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	/* SIGIO, of a writer who comes while the lease is held, would end this process. */
	return fd >= 0 && fcntl(fd, F_SETSIG, SIGURG) >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) < 0 &&
	       errno == EAGAIN;
}

/* A path unit tells of a version when cp(1) has made its file, and not yet filled it. */
static int wait_for_writers(struct upgrade *u)
{
	const uint64_t end = now_us(CLOCK_MONOTONIC) + COPY_USEC;
	const char *path = u->transaction.new;

	if (!is_being_written(path))
		return 0;
	TELL(u, STORY_INFO, "wait", "'%s' is still being written", printable(path));
	while (is_being_written(path)) {
		if (now_us(CLOCK_MONOTONIC) >= end)
			return -EBUSY;
		(void)usleep(RETRY_USEC);
	}
	return 0;
}

static int begin(struct upgrade *u, struct text_list **ret_coming)
{
	struct transaction *t = &u->transaction;
	struct text_list *of_old = NULL;
	int r;

	/* One that somebody named is there, and may be open for another reason. */
	if (!arg_image && !t->is_rollback && wait_for_writers(u) < 0) {
		TELL(u, STORY_ERROR, "refused", "'%s' is still being written", printable(t->new));
		return -EBUSY;
	}
	r = switch_coming(&u->switching, t->new, ret_coming);
	if (r < 0) {
		TELL(u, STORY_ERROR, "refused", "'%s' cannot be attached", printable(t->new));
		/* Where not even the old one can be read, that is not the fault of the new one. */
		if (!t->is_rollback && access(t->new, F_OK) == 0 &&
		    switch_coming(&u->switching, t->old, &of_old) >= 0)
			(void)mark_bad(u, &t->new);
		return r;
	}
	keep_old(u);
	r = count_down(u);
	if (r >= 0)
		r = switch_note(&u->switching, &u->now);
	u->story.new = t->new;
	t->phase = PHASE_TRYING;
	return r < 0 ? r : store_write(&u->store, &u->pool, STORE_UPGRADE, t);
}

static int go_forward(struct upgrade *u)
{
	struct transaction *t = &u->transaction;
	struct text_list *coming = NULL, *tried = NULL;
	const char *why = "";
	int r = begin(u, &coming);

	if (r < 0)
		return EXIT_FAILURE;
	has_changed = true;
	TELL(u, STORY_INFO, "attach", "'%s' in place of '%s'", printable(t->new),
	     printable(t->old));
	r = switch_forward(&u->switching, coming, &tried, &why);
	if (r >= 0) {
		TELL(u, STORY_INFO, "settle", "it started; watching it for %u s", arg_settle);
		r = switch_settle(&u->switching, tried, &why);
	}
	if (r < 0) {
		TELL(u, STORY_ERROR, "bad", "'%s' does not work: %s", printable(t->new), why);
		return go_back(u, true);
	}
	sync_units();
	t->phase = PHASE_GOOD;
	r = store_write(&u->store, &u->pool, STORE_UPGRADE, t);
	return r < 0 ? go_back(u, false) : finish(u) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- what is to be done ------------------------------------------------------------------------ */

static int list_extensions(struct upgrade *u, struct transaction *t)
{
	const char *const *paths = attached_extensions(&u->pool, u->now.images);
	int r = 0;

	if (!paths)
		return pool_exhausted();
	for (; *paths && r >= 0; paths++)
		r = text_list_add(&u->pool, &t->extensions, *paths);
	return r < 0 ? pool_exhausted() : 0;
}

/* What names of units the image was attached with: they need not be those of its file. */
static int find_matches(struct upgrade *u, struct transaction *t)
{
	int r = 0;

	for (const struct attached_unit *unit = u->now.images->units; unit && r >= 0;
	     unit = unit->next) {
		const char *stem = pool_copy_bytes(&u->pool, unit->name, strcspn(unit->name, "@."));

		if (!stem)
			return pool_exhausted();
		r = text_list_add(&u->pool, &t->matches,
				  unit_belongs(unit->name, u->name) ? u->name : stem);
	}
	return r < 0 ? pool_exhausted() : 0;
}

static int find_profile(struct upgrade *u, struct transaction *t)
{
	t->profile = arg_profile ? arg_profile : "";
	for (const struct attached_unit *unit = u->now.images->units; unit; unit = unit->next) {
		const char *profile = unit->profile;

		if (!profile || arg_profile)
			continue;
		if (strchr(profile, '(')) {
			log_error("the profile of '%s' is a copy; name it by --profile=",
				  printable(unit->name));
			return -EINVAL;
		}
		t->profile = profile;
	}
	return t->profile[0] ? portabled_check_profile(u->bus, t->profile) : 0;
}

/* How the image is attached that runs. */
static int describe(struct upgrade *u, struct transaction *t)
{
	const struct attached_image *image = u->now.images;
	int r;

	*t = (struct transaction){ .old = image->path, .is_runtime = image->is_runtime };
	r = list_extensions(u, t);
	if (r >= 0)
		r = find_matches(u, t);
	return r < 0 ? r : find_profile(u, t);
}

static int version_of(const char *path, const char *name, struct pick_name *ret)
{
	const char *file = strrchr(path, '/') + 1;
	size_t length = strlen(file);
	bool is_raw =
		length > strlen(".raw") && strcmp(file + length - strlen(".raw"), ".raw") == 0;

	return pick_parse(file, name, is_raw, architecture_native(), 0, ret) ? 0 : -EINVAL;
}

/* A version that systemd would take in place of a newer one is no upgrade. */
static bool is_newer(struct upgrade *u, const char *path)
{
	struct pick_name old, new;

	return version_of(u->now.images->path, u->name, &old) < 0 ||
	       version_of(path, u->name, &new) < 0 || version_compare(new.version, old.version) > 0;
}

/* Returns 0 and *ret; NULL if there is none. */
static int find_new(struct upgrade *u, const char **ret)
{
	enum store_mark mark;
	int r;

	*ret = NULL;
	if (arg_image) {
		char *path = realpath(arg_image, NULL);

		if (!path) {
			r = -errno;
			log_failure(r, "cannot use '%s'", printable(arg_image));
			return r;
		}
		*ret = pool_adopt(&u->pool, path);
		if (!*ret)
			return pool_exhausted();
		if (image_prefix_length(strrchr(path, '/') + 1) != strlen(u->name) ||
		    strncmp(strrchr(path, '/') + 1, u->name, strlen(u->name)) != 0) {
			log_error(
				"'%s' is no version of '%s': the name of its file begins otherwise",
				printable(path), u->name);
			return -EINVAL;
		}
		if (strcmp(path, u->now.images->path) == 0)
			*ret = NULL;
	} else {
		r = attached_newer(&u->pool, u->now.images, ret);
		if (r < 0) {
			log_failure(r, "cannot look for newer versions beside '%s'",
				    printable(u->now.images->path));
			return r;
		}
		if (*ret && !is_newer(u, *ret))
			*ret = NULL;
	}
	if (!*ret || arg_again)
		return 0;
	r = store_mark_of(&u->store, &u->pool, *ret, &mark);
	if (r >= 0 && mark == STORE_BAD) {
		log_warning("'%s' did not work before; --again tries it once more",
			    printable(*ret));
		*ret = NULL;
		return arg_image ? -EALREADY : 0;
	}
	return r;
}

static int find_previous(struct upgrade *u, struct transaction *t)
{
	struct transaction previous;
	int r = store_read(&u->store, &u->pool, STORE_PREVIOUS, &previous);

	if (r == -ENOENT)
		log_error(
			"no upgrade of '%s' is known, and so no version to go back to; give one by 'upgrade --image='",
			u->name);
	if (r < 0)
		return r;
	if (strcmp(previous.new, t->old) != 0) {
		log_error("'%s' was attached by hand since; give a version by 'upgrade --image='",
			  printable(t->old));
		return -ESTALE;
	}
	r = arg_dry_run ? 0 : bring_back(u, &previous);
	if (r < 0)
		return r;
	t->new = previous.old;
	t->is_rollback = true;
	return 0;
}

static int do_it(struct upgrade *u, bool is_rollback)
{
	struct transaction *t = &u->transaction;
	int r;

	if (u->now.images->next) {
		log_error("'%s' and '%s' are attached at a time; detach one of them",
			  printable(u->now.images->path), printable(u->now.images->next->path));
		return EXIT_FAILURE;
	}
	r = describe(u, t);
	if (r >= 0)
		r = is_rollback ? find_previous(u, t) : find_new(u, &t->new);
	if (r < 0)
		return EXIT_FAILURE;
	u->story.old = t->old;
	u->story.new = t->new;
	if (!t->new) {
		printf("%s: '%s' is the newest\n", u->name, printable(t->old));
		return EXIT_SUCCESS;
	}
	if (arg_dry_run) {
		printf("%s: '%s' in place of '%s'\n", u->name, printable(t->new),
		       printable(t->old));
		return EXIT_SUCCESS;
	}
	return go_forward(u);
}

/* Whom a name means: an attached image, or one whose upgrade was interrupted. */
static int find_name(struct upgrade *u, const char *argument)
{
	struct attached attached;
	int r = attached_find(&u->pool, "", &attached);

	if (r < 0)
		return r;
	for (const struct attached_image *image = attached.images; image; image = image->next)
		if (attached_is(image, argument)) {
			u->name = image->name;
			return 0;
		}
	if (!image_id_problem(argument))
		u->name = argument;
	return 0;
}

static int not_attached(const char *argument)
{
	log_error("'%s' is not attached; 'portable-admin status' shows what is",
		  printable(argument));
	return EXIT_FAILURE;
}

static int with_store(struct upgrade *u, const char *argument, bool is_rollback)
{
	int status = EXIT_FAILURE;

	if (bus_open(&u->bus) < 0 || jobs_open(u->bus) < 0)
		return EXIT_FAILURE;
	u->switching = (struct switching){
		.bus = u->bus,
		.pool = &u->pool,
		.name = u->name,
		.check = arg_check ? arg_check : hooks_find(&u->pool, u->name, "check"),
		.story = &u->story,
		.transaction = &u->transaction,
		.settle_us = arg_settle * USEC_PER_SEC,
	};
	if (!arg_dry_run) {
		status = recover(u);
		if (status >= 0)
			return status;
	}
	u->story.old = NULL;
	u->story.new = NULL;
	if (switch_look(&u->switching, &u->now) < 0)
		return EXIT_FAILURE;
	return u->now.images ? do_it(u, is_rollback) : not_attached(argument);
}

static int run(const char *argument, bool is_rollback)
{
	struct upgrade u = { .pool = POOL_EMPTY, .store = STORE_NONE };
	int status = EXIT_FAILURE;

	if (find_name(&u, argument) >= 0) {
		u.story.name = u.name;
		if (!u.name)
			status = not_attached(argument);
		else if (geteuid() != 0)
			log_error("only root attaches images; run it as root");
		else if (store_open(&u.store, u.name) >= 0)
			status = with_store(&u, argument, is_rollback);
	}
	cleanup_bus_(&u.bus);
	store_close(&u.store);
	pool_release(&u.pool);
	return status;
}

int upgrade_main(int argc, char *argv[])
{
	int status = arguments_parse(argc, argv, upgrade_options, 1);

	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("upgrade: no image given", NULL);
	status = run(argv[1], false);
	/* A newer one may have arrived meanwhile, and a path unit does not tell so. */
	arg_again = false;
	while (has_changed && !arg_image && (status == EXIT_SUCCESS || status == EXIT_WENT_BACK)) {
		int next;

		has_changed = false;
		next = run(argv[1], false);
		if (has_changed || next != EXIT_SUCCESS)
			status = next;
	}
	return status;
}

int rollback_main(int argc, char *argv[])
{
	int status = arguments_parse(argc, argv, rollback_options, 1);

	if (status >= 0)
		return status;
	return argv[1] ? run(argv[1], true) : usage_error("rollback: no image given", NULL);
}
