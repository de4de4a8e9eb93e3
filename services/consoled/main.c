/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* consoled: a server that knows nothing but its console. See consoled(8). */
#include "arguments.h"
#include "commands.h"
#include "fd.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define DATA_FILE "data"
#define DATA_MODE 0644

static const char *arg_state;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: consoled [OPTION]...\n"
		"Keeps values by commands on standard input: set, get, delete, list, save, stop.\n"
		"Any signal ends it at once, without saving.\n"
		"\n"
		"  --state=DIRECTORY   keep them there, not in $STATE_DIRECTORY\n"
		"  --help              print this\n"
		"  --version           print the version\n"
		"\n"
		"See consoled(8).\n");
}

static const struct option options[] = {
	{ .name = "state", .text = &arg_state },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

struct server {
	int directory_fd;
	struct table table;
	struct lines lines;
};

static void answer(void *userdata, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Nobody is left to be told that nobody can be told. */
static void answer(void *userdata, const char *format, ...)
{
	char line[LINE_SIZE_MAX + LOG_ESCAPED_SIZE];
	va_list arguments;

	(void)userdata;
	va_start(arguments, format);
	(void)format_text_list(line, sizeof line, format, arguments);
	va_end(arguments);
	(void)format_print(STDOUT_FILENO, "%s\n", line);
}

/* Returns 0, or the exit status after having logged why. */
static int load(struct server *server)
{
	char *text;
	size_t size, line = 0;
	int r;

	r = file_read(server->directory_fd, DATA_FILE, TABLE_TEXT_SIZE_MAX, &text, &size);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		log_failure(r, "cannot read '%s'", DATA_FILE);
		return EXIT_FAILURE;
	}
	r = table_read(&server->table, text, size, &line);
	free(text);
	if (r == 0)
		return 0;
	log_error("line %zu of '%s' is %s: correct it, or remove the file", line, DATA_FILE,
		  r == -ENOSPC ? "one too many" : "not a key and a value");
	return EXIT_FAILURE;
}

static int save(struct server *server)
{
	char text[TABLE_TEXT_SIZE_MAX];
	size_t size = table_write(&server->table, text);
	int r;

	r = file_replace(server->directory_fd, DATA_FILE, text, size, DATA_MODE);
	if (r < 0)
		log_failure(r, "cannot save");
	else
		answer(NULL, "saved %zu keys", server->table.n);
	return r;
}

/* As lines_feed() has it: 0 to go on, 1 to end, or a negative errno when saving failed at the end. */
static int take(void *userdata, const char *line, size_t size)
{
	struct server *server = userdata;
	int r;

	switch (command_run(&server->table, line, size, answer, NULL)) {
	case COMMAND_SAVE:
		(void)save(server);
		return 0;
	case COMMAND_STOP:
		r = save(server);
		return r < 0 ? r : 1;
	case COMMAND_DONE:
		break;
	}
	return 0;
}

/* Returns 0 after "stop" and at the end of standard input, or a negative errno that was logged. */
static int serve(struct server *server)
{
	char bytes[4096]; /* what a FIFO takes at once */
	ssize_t n;
	int r;

	for (;;) {
		n = read(STDIN_FILENO, bytes, sizeof bytes);
		if (n < 0) {
			r = -errno;
			log_failure(r, "cannot read standard input");
			return r;
		}
		if (n == 0)
			return save(server);
		r = lines_feed(&server->lines, bytes, (size_t)n, take, server);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

int main(int argc, char *argv[])
{
	static struct server server; /* zeros: 60 KiB less in the file */
	char buffer[DIRECTORY_SIZE], escaped[LOG_ESCAPED_SIZE];
	const char *directory;
	int status;

	status = arguments_parse(argc, argv, options, 0);
	if (status >= 0)
		return status;
	directory = arg_state ? arg_state : environment_directory("STATE_DIRECTORY", buffer);
	if (!directory)
		return usage_error("no $STATE_DIRECTORY is set, and no --state= given", NULL);
	server.directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (server.directory_fd < 0) {
		log_failure(-errno, "cannot open '%s'", log_escape(directory, escaped));
		return EXIT_FAILURE;
	}
	status = load(&server);
	if (status == 0) {
		answer(NULL, "ready with %zu keys", server.table.n);
		status = serve(&server) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	close_fd(&server.directory_fd);
	return status;
}
