/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* portable-admin: what an upgrade notes, and what the names of versions count. */
#include "check.h"

#include "text-list.c"
#include "transaction.c"
#include "tries.c"

#include <errno.h>

static struct pool pool;

static void tries_are_in_the_name(void)
{
	static const struct {
		const char *path;
		bool counts;
		unsigned long left, done;
		const char *without, *counted;
	} table[] = {
		{ "/v/x_2.raw", false, 0, 0, "/v/x_2.raw", "/v/x_2+4-5.raw" },
		{ "/v/x_2+3-0.raw", true, 3, 0, "/v/x_2.raw", "/v/x_2+4-5.raw" },
		{ "/v/x_2+3.raw", true, 3, 0, "/v/x_2.raw", "/v/x_2+4-5.raw" },
		{ "/v/x_2+0-3", true, 0, 3, "/v/x_2", "/v/x_2+4-5" },
		{ "/v/x_2_x86-64+1-2.raw", true, 1, 2, "/v/x_2_x86-64.raw",
		  "/v/x_2_x86-64+4-5.raw" },
		{ "/v+1-1/x_2.raw", false, 0, 0, "/v+1-1/x_2.raw", "/v+1-1/x_2+4-5.raw" },
		{ "/v/x_2+a.raw", false, 0, 0, "/v/x_2+a.raw", "/v/x_2+a+4-5.raw" },
		{ "/v/x_2+1-.raw", false, 0, 0, "/v/x_2+1-.raw", "/v/x_2+1-+4-5.raw" },
		{ "/v/x_2+-1.raw", false, 0, 0, "/v/x_2+-1.raw", "/v/x_2+-1+4-5.raw" },
		{ "/v/x_2+1-2-3.raw", false, 0, 0, "/v/x_2+1-2-3.raw", "/v/x_2+1-2-3+4-5.raw" },
		{ "/v/x_2+99999999999.raw", false, 0, 0, "/v/x_2+99999999999.raw",
		  "/v/x_2+99999999999+4-5.raw" },
		{ "/v/+1-2.raw", false, 0, 0, "/v/+1-2.raw", "/v/+1-2+4-5.raw" },
		{ "x.raw", false, 0, 0, "x.raw", "x+4-5.raw" },
		{ "/v/.raw", false, 0, 0, "/v/.raw", "/v/.raw+4-5" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct tries tries = { 7, 7 };

		CHECK(tries_read(table[i].path, &tries) == table[i].counts);
		if (table[i].counts)
			CHECK(tries.left == table[i].left && tries.done == table[i].done);
		else
			CHECK(tries.left == 7 && tries.done == 7);
		CHECK_TEXT(tries_path_without(&pool, table[i].path), table[i].without);
		CHECK_TEXT(tries_path(&pool, table[i].path, &(struct tries){ 4, 5 }),
			   table[i].counted);
	}
}

static struct transaction example(void)
{
	static struct noted_unit service = { .name = "x@a\\x2db.service", .was_active = true };
	static struct noted_unit socket = { .next = &service,
					    .name = "x.socket",
					    .was_active = true,
					    .was_enabled = true,
					    .answered = true };
	static struct text_list second = { NULL, "y" }, first = { &second, "x" };

	return (struct transaction){
		.phase = PHASE_GOOD,
		.is_rollback = true,
		.old = "/v/x 1#;.raw",
		.new = "/v/x=\\2 \\3.raw",
		.profile = "sealed",
		.is_runtime = true,
		.matches = &first,
		.units = &socket,
	};
}

static void a_note_comes_back_as_it_was(void)
{
	struct transaction is = example(), read;
	const char *bytes, *again;

	CHECK(transaction_write(&pool, &is, &bytes) == 0);
	CHECK(transaction_read(&pool, bytes, strlen(bytes), &read) == 0);
	CHECK_TEXT(read.old, is.old);
	CHECK_TEXT(read.new, is.new);
	CHECK(!read.kept && read.phase == PHASE_GOOD && read.is_rollback && read.is_runtime);
	CHECK_TEXT(read.profile, "sealed");
	CHECK(text_list_has(read.matches, "x") && text_list_has(read.matches, "y"));
	CHECK(transaction_unit(&read, "x.socket")->answered);
	CHECK(transaction_unit(&read, "x@a\\x2db.service")->was_active);
	CHECK(!transaction_unit(&read, "x@a\\x2db.service")->was_enabled);
	CHECK(transaction_write(&pool, &read, &again) == 0);
	CHECK_TEXT(again, bytes);
}

static void a_note_that_is_cut_off_is_none(void)
{
	struct transaction is = example(), read = { .old = "untouched" };
	const char *bytes;

	CHECK(transaction_write(&pool, &is, &bytes) == 0);
	for (size_t size = 0; size < strlen(bytes) - strlen("es\n"); size++)
		CHECK(transaction_read(&pool, bytes, size, &read) == -EBADMSG);
	CHECK_TEXT(read.old, "untouched");
}

static void notes_that_nobody_wrote_are_refused(void)
{
	static const char *const texts[] = {
		"",
		"[Upgrade]\nEnd=yes\n",
		"[Upgrade]\nPhase=trying\nOld=/a\nNew=b\nEnd=yes\n",
		"[Upgrade]\nPhase=trying\nOld=/a/\nNew=/b\nEnd=yes\n",
		"[Upgrade]\nPhase=other\nOld=/a\nNew=/b\nEnd=yes\n",
		"[Other]\nPhase=trying\nOld=/a\nNew=/b\nEnd=yes\n",
		"[Upgrade]\nPhase=trying\nOld=/a\nNew=/b\nUnit=x/y.service\nEnd=yes\n",
		"[Upgrade]\nPhase=trying\nOld=/a\nNew=/b\nWasActive=x.service\nEnd=yes\n",
	};
	struct transaction read;

	for (size_t i = 0; i < ELEMENTS(texts); i++)
		CHECK(transaction_read(&pool, texts[i], strlen(texts[i]), &read) == -EBADMSG);
}

static void paths_that_would_not_come_back_are_refused(void)
{
	static const char *const paths[] = { "/a\nb", "/a ", "/a\\", "/a\tb", "" };

	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		struct transaction is = example();
		const char *bytes;

		is.new = paths[i];
		CHECK(transaction_write(&pool, &is, &bytes) == -EINVAL);
	}
}

int main(void)
{
	RUN(tries_are_in_the_name);
	RUN(a_note_comes_back_as_it_was);
	RUN(a_note_that_is_cut_off_is_none);
	RUN(notes_that_nobody_wrote_are_refused);
	RUN(paths_that_would_not_come_back_are_refused);
	pool_release(&pool);
	return CHECK_STATUS();
}
