/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a program: what is taken, and the one line for a mistake. */
#include "arguments.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define WORDS_MAX 80
#define LINE_SIZE 512

/* How each mistake ends. */
#define HELP "; see 'test-arguments --help'"

static bool flag, other_flag, either;
static const char *text;
static struct texts texts;
static char *argv[WORDS_MAX];
static unsigned number;
static const char *parsed;
static bool helped;

static int parse(const char *value)
{
	if (value && strcmp(value, "bad") == 0)
		return -EINVAL;
	parsed = value ? value : "(bare)";
	return 0;
}

static void help(void)
{
	helped = true;
}

static const struct option options[] = {
	{ .name = "flag", .letter = 'f', .flag = &flag },
	{ .name = "flag-two", .letter = 'g', .flag = &other_flag },
	{ .name = "either", .flag = &either, .words = { "on", "off" } },
	{ .name = "text", .letter = 't', .text = &text },
	{ .name = "many", .letter = 'm', .texts = &texts },
	{ .name = "full", .letter = 'u', .text = &text, .nonempty = true },
	{ .name = "number",
	  .letter = 'n',
	  .number = &number,
	  .min = 1,
	  .max = 9,
	  .mistake = "not from 1 to 9" },
	{ .name = "parsed", .letter = 'p', .parse = parse, .mistake = "not good" },
	{ .name = "bare", .letter = 'b', .parse = parse, .bare = true, .mistake = "not good" },
	{ .name = "help", .print = help },
	{ .name = "version", .version = "1.2.3" },
	{ 0 },
};

static char said[LINE_SIZE]; /* on standard output and standard error */

/* Reads a command line, words separated by single blanks, with so many others at most. */
static int run_with(const char *line, int others_max)
{
	static char program[] = "program", words[4 * LINE_SIZE];
	int argc = 1, status, pipes[2], saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	ssize_t n;

	flag = other_flag = either = helped = false;
	text = parsed = NULL;
	texts.n = 0;
	number = 0;
	(void)snprintf(words, sizeof words, "%s", line);
	memset(argv, 0, sizeof argv);
	argv[0] = program;
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;

	(void)fflush(stdout);
	if (pipe2(pipes, O_CLOEXEC) < 0 || dup2(pipes[1], STDOUT_FILENO) < 0 ||
	    dup2(pipes[1], STDERR_FILENO) < 0)
		abort();
	status = arguments_parse(argc, argv, options, others_max);
	(void)dup2(saved[0], STDOUT_FILENO);
	(void)dup2(saved[1], STDERR_FILENO);
	(void)close(saved[0]);
	(void)close(saved[1]);
	(void)close(pipes[1]);
	n = read(pipes[0], said, sizeof said - 1);
	said[n < 0 ? 0 : n] = '\0';
	(void)close(pipes[0]);
	return status;
}

static int run(const char *line)
{
	return run_with(line, WORDS_MAX);
}

/* How many arguments are left that are no options. */
static size_t others(void)
{
	size_t n = 0;

	while (argv[1 + n])
		n++;
	return n;
}

static void values_go_where_the_table_says(void)
{
	CHECK(run("") == -1);
	CHECK(!flag && !text && number == 0 && others() == 0);
	CHECK(run("--flag --either=on --text=a=b --number=7 --parsed=x") == -1);
	CHECK(flag && !other_flag && either && number == 7);
	CHECK_TEXT(text, "a=b");
	CHECK_TEXT(parsed, "x");
	CHECK(run("--text a --text b --number 9") == -1);
	CHECK_TEXT(text, "b");
	CHECK(number == 9);
	CHECK(run("--either on --either off") == -1 && !either);
	CHECK(run("--many=a --many b -mc") == -1 && texts.n == 3);
	CHECK_TEXT(texts.at[2], "c");
	CHECK(run("--text=") == -1);
	CHECK_TEXT(text, "");
	CHECK(run("--text --flag") == -1 && !flag);
	CHECK_TEXT(text, "--flag");
	CHECK(said[0] == '\0');
}

static void a_value_may_be_missing_where_the_table_says(void)
{
	CHECK(run("--bare x") == -1 && others() == 1);
	CHECK_TEXT(parsed, "(bare)");
	CHECK(run("--bare=x") == -1);
	CHECK_TEXT(parsed, "x");
	CHECK(run("-bf") == -1 && flag);
	CHECK_TEXT(parsed, "(bare)");
}

static void letters_stand_together(void)
{
	CHECK(run("-fgt x y") == -1 && flag && other_flag && others() == 1);
	CHECK_TEXT(text, "x");
	CHECK(run("-ftgx -n 3") == -1 && flag && !other_flag && number == 3);
	CHECK_TEXT(text, "gx");
	CHECK(run("-n3") == -1 && number == 3);
}

static void names_may_be_shortened(void)
{
	CHECK(run("--num=3 --te=x --flag-t") == -1);
	CHECK(number == 3 && text && other_flag && !flag);
	CHECK(run("--flag") == -1 && flag && !other_flag); /* the whole name of one */
	CHECK(run("--fla") == EXIT_USAGE);
	CHECK_TEXT(said, "test-arguments: unknown option: '--fla'" HELP "\n");
	CHECK(run("--flags") == EXIT_USAGE);
	CHECK(run("--=x") == EXIT_USAGE);
}

static void others_stand_anywhere(void)
{
	CHECK(run("a -f b --text=x - c") == -1 && flag && others() == 4);
	CHECK_TEXT(argv[0], "program");
	CHECK_TEXT(argv[1], "a");
	CHECK_TEXT(argv[3], "-");
	CHECK_TEXT(argv[4], "c");
	CHECK(run("a -- -f --text") == -1 && !flag && others() == 3);
	CHECK_TEXT(argv[2], "-f");
	CHECK(run_with("-f --", 0) == -1 && others() == 0);
	CHECK(run_with("a -f --text x", 1) == -1 && others() == 1);
	CHECK_TEXT(argv[1], "a");
}

static void too_many_others_are_a_mistake(void)
{
	CHECK(run_with("a", 0) == EXIT_USAGE);
	CHECK_TEXT(said, "test-arguments: unexpected argument: 'a'" HELP "\n");
	CHECK(run_with("a -f b c", 1) == EXIT_USAGE);
	CHECK_TEXT(said, "test-arguments: unexpected argument: 'b'" HELP "\n");
	CHECK(run_with("a -- -f b", 2) == EXIT_USAGE);
	CHECK_TEXT(said, "test-arguments: unexpected argument: 'b'" HELP "\n");
}

static void a_mistake_is_one_line(void)
{
	static const struct {
		const char *line, *said;
	} table[] = {
		{ "--nothing", "unknown option: '--nothing'" },
		{ "--nothing=x\n", "unknown option: '--nothing=x\\x0a'" },
		{ "-x", "unknown option: '-x'" },
		{ "-fx", "unknown option: '-fx'" },
		{ "--flag=yes", "unknown option: '--flag=yes'" },
		{ "--help=yes", "unknown option: '--help=yes'" },
		{ "--text", "option needs a value: '--text'" },
		{ "-f -t", "option needs a value: '-t'" },
		{ "--full", "option needs a value: '--full'" },
		{ "--full=", "option needs a value: '--full='" },
		{ "--full=x -fu", "option needs a value: '-fu'" },
		{ "--either=maybe", "--either: neither on nor off: 'maybe'" },
		{ "--number=0", "--number: not from 1 to 9: '0'" },
		{ "--number=10", "--number: not from 1 to 9: '10'" },
		{ "-nx", "--number: not from 1 to 9: 'x'" },
		{ "--parsed=bad", "--parsed: not good: 'bad'" },
		{ "--bare=bad", "--bare: not good: 'bad'" },
		{ "--flag --number=0 --help", "--number: not from 1 to 9: '0'" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		char wanted[LINE_SIZE];

		(void)snprintf(wanted, sizeof wanted, "test-arguments: %s" HELP "\n",
			       table[i].said);
		CHECK(run(table[i].line) == EXIT_USAGE);
		CHECK_TEXT(said, wanted);
		CHECK(!helped);
	}
}

/* So many words, all alike. */
static const char *repeated(const char *word, size_t n)
{
	static char line[4 * LINE_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(line + used, sizeof line - used, "%s ", word);
	return line;
}

static void there_is_an_end_to_repeating(void)
{
	CHECK(run(repeated("-mx", TEXTS_MAX)) == -1 && texts.n == TEXTS_MAX);
	CHECK(run(repeated("-mx", TEXTS_MAX + 1)) == EXIT_USAGE);
	CHECK_TEXT(said, "test-arguments: --many: too many" HELP "\n");
	CHECK(run(repeated("x", TEXTS_MAX + 1)) == -1 && others() == TEXTS_MAX + 1);
}

static void help_and_version_end_it(void)
{
	CHECK(run("--flag --help --nothing") == EXIT_SUCCESS && helped && flag);
	CHECK(run("--vers --nothing") == EXIT_SUCCESS);
	CHECK_TEXT(said, "test-arguments 1.2.3\n");
}

static void the_first_directory_is_ours(void)
{
	char buffer[DIRECTORY_SIZE], *longest = malloc(DIRECTORY_SIZE + 1);

	(void)unsetenv("STATE_DIRECTORY");
	CHECK(!environment_directory("STATE_DIRECTORY", buffer));
	(void)setenv("STATE_DIRECTORY", "", 1);
	CHECK(!environment_directory("STATE_DIRECTORY", buffer));
	(void)setenv("STATE_DIRECTORY", "/a", 1);
	CHECK_TEXT(environment_directory("STATE_DIRECTORY", buffer), "/a");
	(void)setenv("STATE_DIRECTORY", "/a:/b:/c", 1);
	CHECK_TEXT(environment_directory("STATE_DIRECTORY", buffer), "/a");

	memset(longest, 'x', DIRECTORY_SIZE);
	longest[DIRECTORY_SIZE] = '\0';
	(void)setenv("STATE_DIRECTORY", longest, 1);
	CHECK(!environment_directory("STATE_DIRECTORY", buffer));
	longest[DIRECTORY_SIZE - 1] = '\0';
	(void)setenv("STATE_DIRECTORY", longest, 1);
	CHECK_TEXT(environment_directory("STATE_DIRECTORY", buffer), longest);
	free(longest);
}

int main(void)
{
	RUN(values_go_where_the_table_says);
	RUN(a_value_may_be_missing_where_the_table_says);
	RUN(letters_stand_together);
	RUN(names_may_be_shortened);
	RUN(others_stand_anywhere);
	RUN(too_many_others_are_a_mistake);
	RUN(a_mistake_is_one_line);
	RUN(there_is_an_end_to_repeating);
	RUN(help_and_version_end_it);
	RUN(the_first_directory_is_ours);
	return CHECK_STATUS();
}
