/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pool pool;
static struct plan plan;

static void open_plan(void)
{
	plan_open(&plan, &pool);
}

static void close_plan(void)
{
	plan_close(&plan);
	pool_release(&pool);
}

static const char *resolve(const char *path, bool follow_last)
{
	static char resolved[PATH_MAX];
	int r = plan_resolve(&plan, path, follow_last, resolved);

	return r == -ELOOP ? "ELOOP" : r == -ENOTDIR ? "ENOTDIR" : r < 0 ? "?" : resolved;
}

static void parents_are_added_and_come_first(void)
{
	static const char *const wanted[] = { "/a", "/a-b", "/a-b/c", "/a/b", "/a/b/c", "/z" };
	struct plan_entry **sorted;

	open_plan();
	CHECK(plan_add_bytes(&plan, "/z", "", 0, "test") == 0);
	CHECK(plan_add_directory(&plan, "/a/b/c", 0755, "test") == 0);
	CHECK(plan_add_symlink(&plan, "/a-b/c", "x", "test") == 0);
	CHECK(plan.n == ELEMENTS(wanted));
	sorted = plan_sorted(&plan);
	for (size_t i = 0; i < plan.n; i++)
		CHECK_TEXT(sorted[i]->path, wanted[i]);
	CHECK(sorted[0]->mode == 0755);
	close_plan();
}

/* What a tree has: /bin -> usr/bin, /usr/bin/x -> y, /usr/bin/y. */
static struct plan_entry offered[] = {
	{ .path = "/bin", .type = PLAN_SYMLINK, .target = "usr/bin", .offered = true },
	{ .path = "/usr", .type = PLAN_DIRECTORY, .offered = true },
	{ .path = "/usr/bin", .type = PLAN_DIRECTORY, .offered = true },
	{ .path = "/usr/bin/x", .type = PLAN_SYMLINK, .target = "y", .offered = true },
	{ .path = "/usr/bin/y", .type = PLAN_FILE, .bytes = "", .offered = true },
	{ .path = "/usr/bin/z", .type = PLAN_FILE, .bytes = "", .offered = true },
};

static struct plan_entry *find_offered(void *userdata, const char *path)
{
	(void)userdata;
	for (size_t i = 0; i < ELEMENTS(offered); i++)
		if (strcmp(offered[i].path, path) == 0)
			return &offered[i];
	return NULL;
}

static int take_offered(void *userdata, struct plan_entry *entry)
{
	(void)userdata;
	entry->offered = false;
	return plan_adopt(&plan, entry);
}

static void open_plan_with_offer(void)
{
	static const struct plan_offer offer = { .find = find_offered, .take = take_offered };

	for (size_t i = 0; i < ELEMENTS(offered); i++) {
		offered[i].offered = true;
		offered[i].asked_by = NULL;
	}
	open_plan();
	plan.offer = &offer;
}

static void what_is_used_is_taken_with_all_on_the_way(void)
{
	open_plan_with_offer();
	CHECK(plan_follow(&plan, "/bin/x") == &offered[4]);
	CHECK(plan.n == 0);
	CHECK(plan_use(&plan, "/bin/x", "first") == 0);
	CHECK(plan_use(&plan, "/usr/bin/y", "second") == 0);
	CHECK(plan.n == 5);
	CHECK_TEXT(offered[4].asked_by, "first");
	plan.offer = NULL;
	CHECK(plan_follow(&plan, "/bin/x") == &offered[4]);
	CHECK(!plan_follow(&plan, "/bin/z"));
	close_plan();
}

static void what_is_added_goes_through_offered_links_and_comes_before_what_is_offered(void)
{
	open_plan_with_offer();
	CHECK(plan_add_bytes(&plan, "/bin/x", "own", 3, "test") == 0);
	CHECK(plan_find(&plan, "/bin") == &offered[0]);
	CHECK(plan_find(&plan, "/usr/bin/x") != &offered[3]);
	CHECK(plan_find(&plan, "/usr/bin/x")->type == PLAN_FILE);
	CHECK(plan_find(&plan, "/usr/bin/y")->offered);
	plan.offer = NULL;
	CHECK(!plan_find(&plan, "/usr/bin/y"));
	close_plan();
}

static void links_lead_where_a_chroot_would(void)
{
	open_plan();
	CHECK(plan_add_symlink(&plan, "/bin", "usr/bin", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/usr/bin/x", "../../opt/./y", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/out", "../../../etc", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/absolute", "/bin/", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/root", "/", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/loop", "loop", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/ping", "/pong/x", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/pong", "/ping", "test") == 0);
	CHECK(plan_add_bytes(&plan, "/file", "", 0, "test") == 0);

	CHECK_TEXT(resolve("/bin", false), "/bin");
	CHECK_TEXT(resolve("/bin", true), "/usr/bin");
	CHECK_TEXT(resolve("/bin/x", false), "/usr/bin/x");
	CHECK_TEXT(resolve("/bin/x", true), "/opt/y");
	CHECK_TEXT(resolve("/bin/x/z", true), "/opt/y/z");
	CHECK_TEXT(resolve("/out/passwd", true), "/etc/passwd");
	CHECK_TEXT(resolve("/absolute/x", true), "/opt/y");
	CHECK_TEXT(resolve("/absolute/../q", true), "/usr/q");
	CHECK_TEXT(resolve("/root", true), "/");
	CHECK_TEXT(resolve("/root/root/file", true), "/file");
	CHECK_TEXT(resolve("/", true), "/");
	CHECK_TEXT(resolve("/../..", true), "/");
	CHECK_TEXT(resolve("//a//./b/", true), "/a/b");
	CHECK_TEXT(resolve("/loop", true), "ELOOP");
	CHECK_TEXT(resolve("/ping", true), "ELOOP");
	CHECK_TEXT(resolve("/file/x", true), "ENOTDIR");
	close_plan();
}

static void paths_of_any_length_are_safe(void)
{
	static char path[3 * PATH_MAX], target[PATH_MAX], resolved[PATH_MAX];

	open_plan();
	for (size_t i = 0; i + 1 < sizeof path; i++)
		path[i] = i % 2 ? 'x' : '/';
	CHECK(plan_resolve(&plan, path, true, resolved) == -ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	CHECK(plan_resolve(&plan, path, true, resolved) == 0);
	memset(target, 'y', sizeof target - 1);
	for (size_t i = 0; i + 1 < sizeof target; i += 100)
		target[i] = '/';
	CHECK(plan_add_symlink(&plan, "/l", target, "test") == 0);
	CHECK(plan_resolve(&plan, "/l/and/more", true, resolved) == -ENAMETOOLONG);
	close_plan();
}

static void conflicts_are_refused(void)
{
	open_plan();
	CHECK(plan_add_bytes(&plan, "/file", "x", 1, "test") == 0);
	CHECK(plan_add_bytes(&plan, "/file", "x", 1, "test") == -EEXIST);
	CHECK(plan_add_directory(&plan, "/file", 0755, "test") == -EEXIST);
	CHECK(plan_add_directory(&plan, "/file/x", 0755, "test") == -ENOTDIR);
	CHECK(plan_add_directory(&plan, "/tmp", 0755, "test") == 0);
	CHECK(plan_add_directory(&plan, "/tmp", 01777, "test") == 0);
	CHECK(plan_add_directory(&plan, "/tmp", 0755, "test") == 0);
	CHECK(plan_find(&plan, "/tmp")->mode == 01777);
	CHECK(plan_add_file(&plan, "/tmp", 0644, "/x", "test") == -EEXIST);
	CHECK(plan_add_symlink(&plan, "/link", "tmp", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/link", "tmp", "test") == 0);
	CHECK(plan_add_symlink(&plan, "/link", "file", "test") == -EEXIST);
	CHECK(plan_add_directory(&plan, "/link", 0755, "test") == 0);
	CHECK(plan_add_bytes(&plan, "/", "", 0, "test") == -EINVAL);
	CHECK(plan_add_directory(&plan, "/", 0755, "test") == 0);
	CHECK(plan_add_bytes(&plan, "/a\nb", "", 0, "test") == -EINVAL);
	CHECK(plan_add_bytes(&plan, "/a\xff", "", 0, "test") == -EINVAL);
	CHECK(plan.n == 3);
	close_plan();
}

static void there_is_a_limit(void)
{
	int r = 0;

	open_plan();
	for (unsigned i = 0; i < PLAN_ENTRIES_MAX && r == 0; i++)
		r = plan_add_bytes(&plan, pool_format(&pool, "/%u", i), "", 0, "test");
	CHECK(r == 0);
	CHECK(plan_add_bytes(&plan, "/one-more", "", 0, "test") == -E2BIG);
	close_plan();
}

int main(void)
{
	/* The messages are the matter of other tests. */
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDERR_FILENO) < 0)
		return EXIT_FAILURE;
	RUN(parents_are_added_and_come_first);
	RUN(what_is_used_is_taken_with_all_on_the_way);
	RUN(what_is_added_goes_through_offered_links_and_comes_before_what_is_offered);
	RUN(links_lead_where_a_chroot_would);
	RUN(paths_of_any_length_are_safe);
	RUN(conflicts_are_refused);
	RUN(there_is_a_limit);
	(void)close(null_fd);
	return CHECK_STATUS();
}
