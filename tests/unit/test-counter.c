/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The durable number of visitord: its two forms, and what its directory may do to it. */
#include "../../services/visitord/counter.c"

#include "check.h"

#include <stdio.h>

static char directory[] = "/tmp/test-counter.XXXXXX";

static void put(const char *name, const char *bytes, size_t size)
{
	CLEANUP_FD int fd = -1;
	int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0 && fd_write_all(fd, bytes, size) == 0);
	(void)close(directory_fd);
}

static void put_text(const char *text)
{
	put(COUNTER_FILE, text, strlen(text));
}

static void in_directory(char path[static PATH_MAX], const char *name)
{
	(void)snprintf(path, PATH_MAX, "%s/%s", directory, name);
}

static void forget(void)
{
	char path[PATH_MAX];

	in_directory(path, COUNTER_FILE);
	(void)unlink(path);
}

/* What stands in the file, as text; "" if there is none. */
static const char *stands(void)
{
	static char text[COUNTER_FILE_MAX + 1];
	char path[PATH_MAX], *bytes;
	size_t size;

	text[0] = '\0';
	in_directory(path, COUNTER_FILE);
	if (file_read(AT_FDCWD, path, COUNTER_FILE_MAX, &bytes, &size) == 0) {
		memcpy(text, bytes, size + 1);
		free(bytes);
	}
	return text;
}

static ino_t inode(void)
{
	char path[PATH_MAX];
	struct stat st;

	in_directory(path, COUNTER_FILE);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static uint64_t add(struct counter *c, uint64_t n)
{
	uint64_t first = 0;

	CHECK(counter_add(c, n, &first) == 0);
	return first;
}

static void a_record_is_read_as_it_was_written(void)
{
	static const uint64_t numbers[] = {
		0, 1, 9, 10, 42, 1234567890, UINT64_MAX - 1, UINT64_MAX
	};
	char record[COUNTER_RECORD_SIZE];
	uint64_t number;

	for (size_t i = 0; i < ELEMENTS(numbers); i++) {
		counter_format(numbers[i], record);
		number = ~numbers[i];
		CHECK(counter_parse(record, sizeof record, &number) == 0);
		CHECK(number == numbers[i]);
		CHECK(record[COUNTER_RECORD_SIZE - 1] == '\n');
	}
	counter_format(42, record);
	CHECK(memcmp(record, "42                  \n", sizeof record) == 0);
}

static void numbers_of_simpler_programs_are_taken_over(void)
{
	static const char *const texts[] = { "42\n", "42", "042\n", "42 \n", "42   " };
	struct counter c;

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		put_text(texts[i]);
		CHECK(counter_open(&c, directory) == 0);
		CHECK(c.number == 42);
		CHECK_TEXT(stands(), texts[i]);
		CHECK(add(&c, 1) == 43);
		CHECK_TEXT(stands(), "43                  \n");
		counter_close(&c);
	}
	forget();
}

static void what_is_no_number_is_an_error_and_stays(void)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{ "", -ENODATA },
		{ "\n", -EBADMSG },
		{ " ", -EBADMSG },
		{ "x\n", -EBADMSG },
		{ "-1\n", -EBADMSG },
		{ "+1\n", -EBADMSG },
		{ " 1", -EBADMSG },
		{ "4 2\n", -EBADMSG },
		{ "42\n\n", -EBADMSG },
		{ "1\n2", -EBADMSG },
		{ "0x10", -EBADMSG },
		{ "18446744073709551616", -EBADMSG },
		{ "4\t\n", -EBADMSG },
		{ "00000000000000000000000000000000000000000000000000000000000000000", -EBADMSG },
	};
	struct counter c;

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		put_text(cases[i].text);
		CHECK(counter_open(&c, directory) == cases[i].error);
		counter_close(&c);
	}
	put(COUNTER_FILE, "4\0002", 3);
	CHECK(counter_open(&c, directory) == -EBADMSG);
	counter_close(&c);
	forget();
}

static void it_begins_with_one_and_writes_in_place(void)
{
	struct counter c;
	ino_t first;

	CHECK(counter_open(&c, directory) == 0);
	CHECK(c.number == 0);
	CHECK_TEXT(stands(), ""); /* nothing to count yet */
	CHECK(add(&c, 1) == 1);
	first = inode();
	CHECK(add(&c, 64) == 2);
	CHECK(add(&c, 1) == 66);
	CHECK_TEXT(stands(), "66                  \n");
	CHECK(inode() == first);
	counter_close(&c);

	CHECK(counter_open(&c, directory) == 0);
	CHECK(add(&c, 1) == 67);
	CHECK(inode() == first);
	counter_close(&c);
	forget();
}

static void a_second_process_is_refused(void)
{
	struct counter one, two;

	CHECK(counter_open(&one, directory) == 0);
	CHECK(counter_open(&two, directory) == -EBUSY); /* flock(2) is per open(2) */
	counter_close(&two);
	CHECK(add(&one, 1) == 1);
	counter_close(&one);
	CHECK(counter_open(&two, directory) == 0);
	counter_close(&two);
	forget();
}

static void a_removed_or_changed_file_is_put_back(void)
{
	char path[PATH_MAX], other[PATH_MAX];
	struct counter c;

	CHECK(counter_open(&c, directory) == 0);
	CHECK(add(&c, 5) == 1);
	forget();
	CHECK(add(&c, 1) == 6);
	CHECK_TEXT(stands(), "6                   \n");

	put("other", "0                   \n", COUNTER_RECORD_SIZE);
	in_directory(path, COUNTER_FILE);
	in_directory(other, "other");
	CHECK(rename(other, path) == 0);
	CHECK(add(&c, 1) == 7);
	CHECK_TEXT(stands(), "7                   \n");

	put_text("0\n");
	CHECK(add(&c, 1) == 8);
	CHECK_TEXT(stands(), "8                   \n");
	counter_close(&c);
	forget();
}

static void a_failure_gives_no_number_and_is_tried_again(void)
{
	char path[PATH_MAX], inside[PATH_MAX];
	uint64_t first = 99;
	struct counter c;

	/* A directory with something in it can be neither removed nor written. */
	in_directory(path, ".counter.new");
	in_directory(inside, ".counter.new/x");
	CHECK(mkdir(path, 0755) == 0 && mkdir(inside, 0755) == 0);
	CHECK(counter_open(&c, directory) == 0);
	CHECK(counter_add(&c, 1, &first) < 0);
	CHECK(first == 99 && c.number == 0);
	CHECK(rmdir(inside) == 0 && rmdir(path) == 0);
	CHECK(add(&c, 2) == 1);
	counter_close(&c);
	forget();
}

static void after_the_last_number_comes_none(void)
{
	uint64_t first = 99;
	struct counter c;

	put_text("18446744073709551613\n");
	CHECK(counter_open(&c, directory) == 0);
	CHECK(counter_add(&c, 3, &first) == -ERANGE);
	CHECK(first == 99);
	CHECK(add(&c, 2) == UINT64_MAX - 1);
	CHECK(counter_add(&c, 1, &first) == -ERANGE);
	CHECK_TEXT(stands(), "18446744073709551615\n");
	counter_close(&c);
	CHECK(counter_open(&c, directory) == 0);
	CHECK(counter_add(&c, 1, &first) == -ERANGE);
	counter_close(&c);
	forget();
}

static void what_is_in_the_way_is_an_error(void)
{
	char path[PATH_MAX];
	struct counter c;

	CHECK(counter_open(&c, "/nonexistent/directory") == -ENOENT);
	counter_close(&c);
	in_directory(path, COUNTER_FILE);
	CHECK(mkdir(path, 0755) == 0);
	CHECK(counter_open(&c, directory) == -EISDIR);
	counter_close(&c);
	CHECK(rmdir(path) == 0);
	CHECK(mkfifo(path, 0644) == 0);
	CHECK(counter_open(&c, directory) == -EINVAL);
	counter_close(&c);
	forget();
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	RUN(a_record_is_read_as_it_was_written);
	RUN(numbers_of_simpler_programs_are_taken_over);
	RUN(what_is_no_number_is_an_error_and_stays);
	RUN(it_begins_with_one_and_writes_in_place);
	RUN(a_second_process_is_refused);
	RUN(a_removed_or_changed_file_is_put_back);
	RUN(a_failure_gives_no_number_and_is_tried_again);
	RUN(after_the_last_number_comes_none);
	RUN(what_is_in_the_way_is_an_error);
	(void)rmdir(directory);
	return CHECK_STATUS();
}
