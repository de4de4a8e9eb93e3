/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone file is replaced whole, and an edit is either merged or reported: edits are
 * made here at the moments that a test from outside meets by chance only.
 */
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Called before each swap; returns whether the file system can swap. */
static bool (*at_swap)(void);
#define syscall(...) (at_swap && !at_swap() ? (errno = EINVAL, -1L) : syscall(__VA_ARGS__))

#include "../../services/dyndnsd/id-hash.c"
#include "../../services/dyndnsd/keys.c"
#include "../../services/dyndnsd/order.c"
#include "../../services/dyndnsd/store.c"
#include "../../services/dyndnsd/zone.c"

#include "check.h"

#define KEY    "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLY="
#define BEFORE "# dynamic: 0 " KEY "\n+a:192.0.2.1\n"
#define AFTER  "# dynamic: 100.00 " KEY "\n+a:192.0.2.7\n"
#define EDIT   "'edit:more\n"

static const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

static int directory; /* a fresh one, and the current one */
static struct store store;
static unsigned swaps;

static void put(const char *name, const char *text)
{
	CHECK(file_replace(directory, name, text, strlen(text), 0644) == 0);
	CHECK(utimensat(AT_FDCWD, name, long_ago, 0) == 0);
}

static void expect(const char *name, const char *wanted)
{
	char *text = NULL;
	size_t size;

	if (file_read(AT_FDCWD, name, 4096, &text, &size) < 0)
		text = NULL;
	CHECK_TEXT(text, wanted);
	free(text);
}

static void expect_none(const char *name)
{
	CHECK(access(name, F_OK) < 0 && errno == ENOENT);
}

static void append(const char *name, const char *line)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);

	CHECK(fd >= 0 && fd_write_all(fd, line, strlen(line)) == 0);
	CHECK(close(fd) == 0);
}

/* As editors do that write a file beside it. */
static void edit_by_rename(void)
{
	put("edited", BEFORE EDIT);
	CHECK(rename("edited", "data") == 0);
}

static void edit_in_place(void)
{
	append("data", EDIT);
}

static void open_zone(void)
{
	(void)unlink("data.prev");
	put("data", BEFORE);
	swaps = 0;
	at_swap = NULL;
	CHECK(store_open(&store, "data", ZONE_TYPES_DEFAULT) == 0);
}

static void close_zone(void)
{
	expect_none(".data.new");
	store_close(&store);
}

static int call_before(void *userdata, const struct store *s, const struct zone_edits *edits)
{
	void (**before)(void) = userdata;

	(void)s;
	(void)edits;
	if (*before)
		(*before)();
	return 0;
}

static int update(void (*before)(void))
{
	struct zone_update u = {
		.prefix_length = 128, .version = 1, .confirmations = 1, .timestamp = 100
	};
	struct store_plan plan = {
		.updates = &u, .n_updates = 1, .before = call_before, .userdata = &before
	};

	CHECK(base64_decode(KEY, strlen(KEY), u.key, sizeof u.key) == 0);
	dyndns_map((const uint8_t *)"\xc0\x00\x02\x07", u.address);
	return store_update(&store, &plan);
}

/* The edit was found: it is in the zone, and the next attempt has both. */
static void expect_merge(void)
{
	expect("data", BEFORE EDIT);
	expect_none("data.prev");
	at_swap = NULL;
	CHECK(utimensat(AT_FDCWD, "data", long_ago, 0) == 0);
	CHECK(update(NULL) == 1);
	expect("data", AFTER EDIT);
	expect("data.prev", BEFORE EDIT);
	CHECK(!store_has_unmerged_edit(&store));
}

static void a_replaced_file_is_kept_and_the_new_one_is_the_snapshot(void)
{
	open_zone();
	CHECK(update(NULL) == 1);
	expect("data", AFTER);
	expect("data.prev", BEFORE);
	CHECK(store_refresh(&store) == 0);
	CHECK_TEXT(store.bytes, AFTER);
	CHECK(update(NULL) == 0);
	CHECK(!store_has_unmerged_edit(&store));
	close_zone();
}

static void an_edit_during_the_planning_is_merged(void)
{
	void (*const edits[])(void) = { edit_by_rename, edit_in_place };

	for (size_t i = 0; i < ELEMENTS(edits); i++) {
		open_zone();
		CHECK(update(edits[i]) == -EAGAIN);
		expect_merge();
		close_zone();
	}
}

static bool rename_at_first_swap(void)
{
	if (swaps++ == 0)
		edit_by_rename();
	return true;
}

static bool append_at_first_swap(void)
{
	if (swaps++ == 0)
		edit_in_place();
	return true;
}

static void an_edit_between_the_last_look_and_the_swap_is_merged(void)
{
	bool (*const edits[])(void) = { rename_at_first_swap, append_at_first_swap };

	for (size_t i = 0; i < ELEMENTS(edits); i++) {
		open_zone();
		at_swap = edits[i];
		CHECK(update(NULL) == -EAGAIN);
		CHECK(swaps == 2);
		expect_merge();
		close_zone();
	}
}

static bool rename_at_each_swap(void)
{
	edit_by_rename();
	if (swaps++ > 0)
		append("data", "'second:more\n");
	return true;
}

static void the_second_of_two_such_edits_is_kept_and_reported(void)
{
	open_zone();
	at_swap = rename_at_each_swap;
	CHECK(update(NULL) == -EAGAIN);
	expect("data", BEFORE EDIT);
	expect("data.prev", BEFORE EDIT "'second:more\n");
	CHECK(store_has_unmerged_edit(&store));
	CHECK(!store_has_unmerged_edit(&store));
	close_zone();
}

static void an_edit_to_the_replaced_file_is_reported_once(void)
{
	int fd;

	open_zone();
	fd = open("data", O_WRONLY | O_APPEND | O_CLOEXEC);
	CHECK(update(NULL) == 1);
	CHECK(fd_write_all(fd, EDIT, strlen(EDIT)) == 0);
	CHECK(store_has_unmerged_edit(&store));
	CHECK(!store_has_unmerged_edit(&store));
	expect("data", AFTER);
	expect("data.prev", BEFORE EDIT);
	(void)close(fd);
	close_zone();
}

static bool cannot_swap(void)
{
	return false;
}

static void where_names_cannot_be_swapped_the_file_is_renamed(void)
{
	open_zone();
	at_swap = cannot_swap;
	CHECK(update(NULL) == 1);
	expect("data", AFTER);
	expect_none("data.prev");
	close_zone();
}

static void a_file_that_may_be_incomplete_is_left_alone(void)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };

	open_zone();
	CHECK(store_refresh(&store) == 1);
	edit_by_rename();
	CHECK(utimensat(AT_FDCWD, "data", times, 0) == 0);
	CHECK(store_refresh(&store) == -EAGAIN && update(NULL) == -EAGAIN);
	/* Empty for three seconds is too short, for eleven it is meant. */
	times[1] = (struct timespec){ .tv_sec = time(NULL) - 3 };
	put("data", "");
	CHECK(utimensat(AT_FDCWD, "data", times, 0) == 0);
	CHECK(store_refresh(&store) == -EAGAIN && update(NULL) == -EAGAIN);
	CHECK_TEXT(store.bytes, BEFORE);
	times[1].tv_sec -= 8;
	CHECK(utimensat(AT_FDCWD, "data", times, 0) == 0);
	CHECK(store_refresh(&store) == 1 && store.size == 0);
	close_zone();
}

static void a_locked_file_is_left_alone_until_it_is_unlocked(void)
{
	int fd;

	open_zone();
	fd = open("data", O_RDWR | O_CLOEXEC);
	CHECK(lock(fd, F_WRLCK) == 0);
	CHECK(update(NULL) == -EBUSY);
	expect("data", BEFORE);
	CHECK(lock(fd, F_UNLCK) == 0);
	CHECK(update(NULL) == 1);
	CHECK(lock(fd, F_WRLCK) == 0); /* whoever waits for the old file gets its lock */
	(void)close(fd);
	close_zone();
}

int main(void)
{
	char path[] = "/tmp/test-store.XXXXXX";

	if (!mkdtemp(path) || chdir(path) < 0)
		return 1;
	directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(a_replaced_file_is_kept_and_the_new_one_is_the_snapshot);
	RUN(an_edit_during_the_planning_is_merged);
	RUN(an_edit_between_the_last_look_and_the_swap_is_merged);
	RUN(the_second_of_two_such_edits_is_kept_and_reported);
	RUN(an_edit_to_the_replaced_file_is_reported_once);
	RUN(where_names_cannot_be_swapped_the_file_is_renamed);
	RUN(a_file_that_may_be_incomplete_is_left_alone);
	RUN(a_locked_file_is_left_alone_until_it_is_unlocked);
	(void)unlink("data");
	(void)unlink("data.prev");
	(void)rmdir(path);
	(void)close(directory);
	return CHECK_STATUS();
}
