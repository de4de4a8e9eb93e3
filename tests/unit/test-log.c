/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What standard error got, while action ran. */
static const char *caught(void (*action)(void), bool journal)
{
	static char text[2 * LOG_LINE_MAX];
	char stream[64];
	struct stat st;
	int pipes[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	if (saved < 0 || pipe2(pipes, O_CLOEXEC) < 0 || dup2(pipes[1], STDERR_FILENO) < 0 ||
	    fstat(pipes[1], &st) < 0)
		return NULL;
	(void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino + !journal);
	(void)setenv("JOURNAL_STREAM", stream, 1);
	action();
	(void)unsetenv("JOURNAL_STREAM");
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)close(pipes[1]);
	n = read(pipes[0], text, sizeof text - 1);
	(void)close(pipes[0]);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void say_four(void)
{
	log_error("a %d", 1);
	log_warning("b");
	log_info("c");
	log_failure(-ENOSPC, "cannot write '%s'", "x");
}

static void the_journal_gets_priorities(void)
{
	CHECK_TEXT(caught(say_four, true),
		   "<3>a 1\n<4>b\n<6>c\n<3>cannot write 'x': No space left on device\n");
}

static void others_get_the_programs_name(void)
{
	CHECK_TEXT(caught(say_four, false),
		   "test-log: a 1\ntest-log: b\ntest-log: c\n"
		   "test-log: cannot write 'x': No space left on device\n");
}

static void say_too_much(void)
{
	char text[3 * LOG_LINE_MAX];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	log_failure(-EIO, "%s", text);
}

static void a_line_is_cut_and_still_ends(void)
{
	const char *line = caught(say_too_much, true);

	CHECK(line && strlen(line) <= LOG_LINE_MAX);
	CHECK(line && line[0] != '\0' && strchr(line, '\n') == line + strlen(line) - 1);
}

static void what_strangers_say_is_escaped(void)
{
	char buffer[LOG_ESCAPED_SIZE], text[LOG_ESCAPED_SIZE * 2];

	CHECK_TEXT(log_escape("plain text", buffer), "plain text");
	CHECK_TEXT(log_escape("", buffer), "");
	CHECK_TEXT(log_escape("a\nb\x1b[31m'\\\x7f\xc3\xa4", buffer),
		   "a\\x0ab\\x1b[31m\\x27\\x5c\\x7f\\xc3\\xa4");
	for (size_t n = LOG_ESCAPED_SIZE - 8; n < sizeof text; n++) {
		memset(text, n % 2 ? 'y' : '\n', n);
		text[n] = '\0';
		CHECK(strlen(log_escape(text, buffer)) < LOG_ESCAPED_SIZE);
	}
	CHECK_TEXT(buffer + LOG_ESCAPED_SIZE - 8, "yyyy...");
}

int main(void)
{
	RUN(the_journal_gets_priorities);
	RUN(others_get_the_programs_name);
	RUN(a_line_is_cut_and_still_ends);
	RUN(what_strangers_say_is_escaped);
	return CHECK_STATUS();
}
