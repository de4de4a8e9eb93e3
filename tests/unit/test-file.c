/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "fd.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory; /* a fresh one, for main() and the tests */

static bool holds(const char *name, const char *wanted, size_t wanted_size)
{
	char *bytes = NULL;
	size_t size = 0;
	bool same;

	if (file_read(directory, name, 1024, &bytes, &size) < 0)
		return false;
	same = size == wanted_size && memcmp(bytes, wanted, size) == 0 && bytes[size] == '\0';
	free(bytes);
	return same;
}

static bool exists(const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_file_is_replaced_as_a_whole(void)
{
	struct stat before, after;

	CHECK(file_replace(directory, "a", "one", 3, 0640) == 0);
	CHECK(holds("a", "one", 3));
	CHECK(fstatat(directory, "a", &before, 0) == 0 && (before.st_mode & 07777) == 0640);

	CHECK(file_replace(directory, "a", "", 0, 0600) == 0);
	CHECK(holds("a", "", 0));
	CHECK(fstatat(directory, "a", &after, 0) == 0 && (after.st_mode & 07777) == 0600);
	CHECK(before.st_ino != after.st_ino);
	CHECK(!exists(".a.new"));
}

static void what_a_crash_left_is_no_obstacle_and_no_trap(void)
{
	CHECK(file_replace(directory, "victim", "keep", 4, 0600) == 0);
	CHECK(symlinkat("victim", directory, ".b.new") == 0);
	CHECK(file_replace(directory, "b", "two", 3, 0600) == 0);
	CHECK(holds("b", "two", 3));
	CHECK(holds("victim", "keep", 4));
}

static void a_link_is_replaced_not_followed(void)
{
	struct stat st;

	CHECK(symlinkat("victim", directory, "link") == 0);
	CHECK(file_replace(directory, "link", "new", 3, 0600) == 0);
	CHECK(holds("victim", "keep", 4));
	CHECK(fstatat(directory, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode));
}

static void names_are_one_component(void)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/a" };
	char longest[NAME_MAX + 1];

	for (size_t i = 0; i < ELEMENTS(names); i++)
		CHECK(file_replace(directory, names[i], "x", 1, 0600) == -EINVAL);
	memset(longest, 'n', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	CHECK(file_replace(directory, longest, "x", 1, 0600) == -ENAMETOOLONG);
}

static void failing_halfway_leaves_the_old_file_and_no_other(void)
{
	struct rlimit before, none = { 2, 2 };
	char bytes[64] = { 0 };

	CHECK(file_replace(directory, "c", "old", 3, 0600) == 0);
	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	none.rlim_max = before.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHECK(file_replace(directory, "c", bytes, sizeof bytes, 0600) == -EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
	CHECK(holds("c", "old", 3));
	CHECK(!exists(".c.new"));
}

static void abandoning_is_safe_at_any_time(void)
{
	struct replacement r = REPLACEMENT_NONE;

	replacement_abandon(&r);
	CHECK(replacement_begin(&r, directory, "d", 0644) == 0);
	CHECK(exists(".d.new") && !exists("d"));
	replacement_abandon(&r);
	replacement_abandon(&r);
	CHECK(!exists(".d.new") && !exists("d"));
	CHECK(replacement_begin(&r, directory, "d", 0644) == 0);
	CHECK(replacement_commit(&r) == 0);
	replacement_abandon(&r);
	CHECK(exists("d"));
}

static void what_cannot_be_read_says_why(void)
{
	char *bytes = NULL;
	size_t size = 77;

	CHECK(file_replace(directory, "e", "12345", 5, 0600) == 0);
	CHECK(file_read(directory, "e", 5, &bytes, &size) == 0 && size == 5);
	free(bytes);
	bytes = NULL;
	size = 77;
	CHECK(file_read(directory, "e", 4, &bytes, &size) == -EFBIG);
	CHECK(file_read(directory, "none", 4, &bytes, &size) == -ENOENT);
	CHECK(file_read(directory, ".", 4, &bytes, &size) == -EISDIR);
	CHECK(mkfifoat(directory, "fifo", 0600) == 0);
	CHECK(file_read(directory, "fifo", 4, &bytes, &size) == -EINVAL);
	CHECK(file_read(AT_FDCWD, "/dev/null", 4, &bytes, &size) == -EINVAL);
	CHECK(bytes == NULL && size == 77);
	/* A file whose size the kernel does not tell. */
	CHECK(file_read(AT_FDCWD, "/proc/self/status", 65536, &bytes, &size) == 0 && size > 100);
	free(bytes);
	CHECK(file_read(AT_FDCWD, "/proc/self/status", 10, &bytes, &size) == -EFBIG);
}

int main(void)
{
	char path[] = "/tmp/test-file.XXXXXX";
	static const char *const left[] = { "a", "b", "c", "d", "e", "fifo", "link", "victim" };

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || !mkdtemp(path))
		return 1;
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 1;
	RUN(a_file_is_replaced_as_a_whole);
	RUN(what_a_crash_left_is_no_obstacle_and_no_trap);
	RUN(a_link_is_replaced_not_followed);
	RUN(names_are_one_component);
	RUN(failing_halfway_leaves_the_old_file_and_no_other);
	RUN(abandoning_is_safe_at_any_time);
	RUN(what_cannot_be_read_says_why);
	for (size_t i = 0; i < ELEMENTS(left); i++)
		(void)unlinkat(directory, left[i], 0);
	close_fd(&directory);
	/* Fails, and so does the test, when a file was left that nobody expects. */
	return rmdir(path) < 0 ? 1 : CHECK_STATUS();
}
