/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb new: a directory of unit files for a program, to be built into an image. */
#include "verbs/verbs.h"

#include "arguments.h"
#include "elements.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "pool.h"
#include "read/foreign-units.h"
#include "units/adopt.h"
#include "units/draft.h"
#include "units/facts.h"
#include "units/hardening.h"
#include "units/value-check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than any program that fits into a portable service. */
#define PROGRAM_SIZE_MAX ((size_t)1 << 30)

/* As usage_error() ends. */
#define SEE_HELP "; see 'mkportable --help'"

static const char *arg_exec, *arg_socket, *arg_timer, *arg_description;
static bool arg_template, arg_user_state;
static struct texts arg_from;
static char **arg_arguments; /* of the program; ends with NULL */

/* The directory that is made, before anything of it is written. */
struct creation {
	struct pool *pool;
	const char *path; /* without slashes at its end */
	const char *id;
	const char *program; /* its path in the image */
	const char *source;  /* the file that becomes it; NULL: none is copied */
	size_t n;
	const struct draft *units[TEXTS_MAX];
	struct foreign_units foreign; /* which others wrote */
	struct adopted *adopted;      /* what became of them */
};

static void help(void)
{
	printf("Usage: mkportable new --exec=PROGRAM [OPTION]... NAME [ARGUMENT]...\n"
	       "       mkportable new --from=UNIT... NAME\n"
	       "Write a directory NAME of unit files, ready for 'mkportable build NAME'.\n"
	       "\n"
	       "  --exec=PROGRAM         the program: its path in the image, a name in /usr/bin,\n"
	       "                         or ./PATH of a file here, which is copied into NAME/tree;\n"
	       "                         it gets the ARGUMENTs\n"
	       "  --socket=PORT|PATH     systemd listens there and starts the service when a\n"
	       "                         client comes; any address of ListenStream=\n"
	       "  --timer=CALENDAR       a timer starts it: an event of OnCalendar=, such as daily\n"
	       "  --template             a template, NAME@.service; with --socket= it gets an\n"
	       "                         instance for each connection, its standard input and output\n"
	       "  --user-state           it keeps files of its own in /var/lib/NAME\n"
	       "  --description=TEXT     Description= of the units (default: NAME)\n"
	       "  --from=UNIT            a unit file that others wrote for a whole system, changed\n"
	       "                         for an image; says what becomes of each line, and why;\n"
	       "                         may be given more than once\n"
	       "  --settings             print the settings that confine a service, which\n"
	       "                         'mkportable try --suggest' tries, and why, after a tab\n"
	       "  --help                 show this text\n");
}

static void settings(void)
{
	const char *key, *value, *reason;

	for (size_t i = 0; hardening_to_try(i, &key, &value, &reason); i++)
		printf("%s=%s\t%s\n", key, value, reason);
}

static const struct option options[] = {
	{ .name = "exec", .text = &arg_exec, .nonempty = true },
	{ .name = "socket", .text = &arg_socket, .nonempty = true },
	{ .name = "timer", .text = &arg_timer, .nonempty = true },
	{ .name = "template", .flag = &arg_template },
	{ .name = "user-state", .flag = &arg_user_state },
	{ .name = "description", .text = &arg_description, .nonempty = true },
	{ .name = "from", .texts = &arg_from, .nonempty = true },
	{ .name = "settings", .print = settings },
	{ .name = "help", .print = help },
	{ 0 },
};

/* Logs "new: what: 'text' problem; see …". Returns EXIT_USAGE. */
static int mistake(const char *what, const char *text, const char *problem)
{
	char shown[LOG_ESCAPED_SIZE];

	log_error("new: %s: '%s' %s" SEE_HELP, what, log_escape(text, shown), problem);
	return EXIT_USAGE;
}

/* Whether systemd takes a value, which was escaped. */
static bool is_right(struct pool *pool, const char *unit_name, const char *section, const char *key,
		     const char *value)
{
	const struct unit unit = { .name = unit_name, .suffix = unit_suffix(unit_name) };
	struct value_problem problem;

	return value && value_check(&unit, known_key_find(section, key), value, pool, &problem) ==
				VALUE_RIGHT;
}

/* Returns -1 to go on, or the exit status. */
static int check_texts(struct pool *pool)
{
	const struct {
		const char *what, *text;
		bool quoted;
	} texts[] = { { "--exec", arg_exec, true },
		      { "--socket", arg_socket, false },
		      { "--timer", arg_timer, false },
		      { "--description", arg_description, false } };
	const char *problem;

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		problem = texts[i].text ? draft_problem(texts[i].text, texts[i].quoted) : NULL;
		if (problem)
			return mistake(texts[i].what, texts[i].text, problem);
	}
	for (char **argument = arg_arguments; *argument; argument++) {
		problem = draft_problem(*argument, true);
		if (problem)
			return mistake("argument", *argument, problem);
	}
	if (arg_socket &&
	    !is_right(pool, "x.socket", "Socket", "ListenStream", draft_value(pool, arg_socket)))
		return mistake("--socket", arg_socket,
			       "is neither a port, nor an absolute path, nor ADDRESS:PORT");
	if (arg_timer &&
	    !is_right(pool, "x.timer", "Timer", "OnCalendar", draft_value(pool, arg_timer)))
		return mistake("--timer", arg_timer,
			       "is not a calendar event as in systemd.time(7)");
	return -1;
}

/* Where a service cannot have its program: these are mounted over, or empty. */
static bool is_hidden(const char *path)
{
	static const char *const homes[] = { "/home/", "/root/" };

	for (size_t i = 0; i < ELEMENTS(homes); i++)
		if (strncmp(path, homes[i], strlen(homes[i])) == 0)
			return true;
	return path_is_volatile(path);
}

/* Finds out what --exec= means. Returns -1 to go on, or the exit status. */
static int find_program(struct creation *c)
{
	const char *slash = strrchr(arg_exec, '/'), *name = slash ? slash + 1 : arg_exec;
	struct stat st;

	if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return mistake("--exec", arg_exec, "is a directory, not a program");
	/* string_is_safe() of systemd */
	if (strpbrk(arg_exec[0] == '/' ? arg_exec : name, "\"'\\"))
		return mistake("--exec", arg_exec,
			       "has a quote or a backslash, which systemd refuses in the path of "
			       "a program");
	if (arg_exec[0] == '/' && is_hidden(arg_exec))
		return mistake("--exec", arg_exec,
			       "is a path that a service cannot see in its image; a file here "
			       "that is to be copied is called ./PATH");
	if (slash && arg_exec[0] != '/') {
		c->source = arg_exec;
		if (stat(c->source, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
			return mistake("--exec", arg_exec, "is not a program that is there");
	}
	c->program = arg_exec[0] == '/' ? arg_exec : pool_format(c->pool, "/usr/bin/%s", name);
	return c->program ? -1 : EXIT_FAILURE;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(struct creation *c, int argc, char *argv[])
{
	const char *problem;
	size_t length;
	char *name, *slash;
	int status = arguments_parse(argc, argv, options, argc);

	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("new: no name given", NULL);
	arg_arguments = argv + 2;
	name = pool_copy(c->pool, argv[1]);
	if (!name)
		return EXIT_FAILURE;
	for (length = strlen(name); length > 1 && name[length - 1] == '/'; length--)
		name[length - 1] = '\0';
	c->path = name;
	slash = strrchr(name, '/');
	c->id = slash && name[1] ? slash + 1 : name;
	problem = image_id_problem(c->id);
	if (problem)
		return mistake("the directory's name is the image's id, and", c->id, problem);
	if (arg_from.n > 0) {
		if (arg_exec || arg_socket || arg_timer || arg_description || arg_template ||
		    arg_user_state || *arg_arguments)
			return usage_error("new: --from= goes with no other option or argument",
					   NULL);
		return -1;
	}
	if (!arg_exec)
		return usage_error("new: no program given: --exec= or --from=", NULL);
	if (arg_template && arg_socket && arg_timer)
		return usage_error("new: no timer can start what has an instance for each "
				   "connection: --template --socket= --timer=",
				   NULL);
	status = check_texts(c->pool);
	return status < 0 ? find_program(c) : status;
}

/* The draft of ID.service and the like; is_instance: of ID@.service. */
static struct draft *add_unit(struct creation *c, const char *suffix, bool is_template,
			      const char *what)
{
	const char *name = pool_format(c->pool, "%s%s%s", c->id, is_template ? "@" : "", suffix);
	const char *description = arg_description ? arg_description : c->id;
	struct draft *draft = pool_take(c->pool, sizeof *draft);

	if (!draft)
		return NULL;
	c->units[c->n++] = draft;
	draft_open(draft, c->pool, name ? name : suffix);
	draft->failed = !name;
	description = pool_format(c->pool, "%s%s", description, what);
	draft_add(draft, "Unit", "Description",
		  description ? draft_value(c->pool, description) : NULL, NULL);
	return draft;
}

static void add_command(struct creation *c, struct draft *draft)
{
	const char *line = draft_program(c->pool, c->program), *word;

	for (char **argument = arg_arguments; *argument && line; argument++) {
		word = draft_argument(c->pool, *argument);
		line = word ? pool_format(c->pool, "%s %s", line, word) : NULL;
	}
	draft_add(draft, "Service", "ExecStart", line, NULL);
}

static void add_state(struct creation *c, struct draft *draft)
{
	bool per_connection = arg_template && arg_socket;

	if (!arg_user_state)
		return;
	if (per_connection)
		draft_add(draft, "Service", "User", c->id,
			  "All connections have the same user, since they share the files.");
	if (arg_template && !per_connection) {
		draft_add(
			draft, "Service", "TemporaryFileSystem",
			pool_format(c->pool, "/var/lib/%s:ro", c->id),
			"An image has no directory for each instance: systemd makes them in here.");
		draft_add(draft, "Service", "StateDirectory", pool_format(c->pool, "%s/%%i", c->id),
			  "/var/lib/NAME/INSTANCE, which stays; only its user may read it.");
	} else {
		draft_add(draft, "Service", "StateDirectory", c->id,
			  "Below /var/lib, and it stays; only its user may read it.");
	}
	draft_add(draft, "Service", "StateDirectoryMode", "0700", NULL);
}

static void add_stream(struct draft *draft)
{
	draft_add(draft, "Service", "StandardInput", "socket",
		  "It talks to its client through standard input and output.");
	draft_add(draft, "Service", "StandardOutput", "socket", NULL);
	draft_add(draft, "Service", "StandardError", "journal", NULL);
}

/* Returns 0 or -ENOMEM. */
static int add_service(struct creation *c)
{
	struct draft *draft = add_unit(c, ".service", arg_template, "");
	bool per_connection = arg_template && arg_socket;
	const char *socket = pool_format(c->pool, "%s.socket", c->id);

	if (!draft)
		return -ENOMEM;
	if (arg_socket) {
		draft_add(draft, "Unit", "Requires", socket,
			  "Never without its socket, nor before it when both are restarted.");
		draft_add(draft, "Unit", "After", socket, NULL);
	}
	if (arg_socket || arg_timer)
		draft_add(
			draft, "Unit", "StartLimitIntervalSec", "0",
			per_connection ? "Each connection is a start, and there may be many."
			: arg_socket
				? "It may end when idle; the next client starts it, however often."
				: "Each event of the timer is a start, and there may be many.");
	if (per_connection)
		draft_add(draft, "Unit", "CollectMode", "inactive-or-failed",
			  "Of an instance that failed only the journal's lines stay.");
	if (arg_timer && !arg_socket)
		draft_add(draft, "Service", "Type", "oneshot", "It is done when the program ends.");
	else
		draft_add(draft, "Service", "Type", "exec",
			  "Started when the program runs; \"notify\" if it says that it is ready.");
	add_command(c, draft);
	if (per_connection)
		add_stream(draft);
	add_state(c, draft);
	if (!arg_socket && !arg_timer) {
		draft_add(draft, "Service", "Restart", "on-failure", "A crash does not end it.");
		draft_add(draft, "Install", "WantedBy", "multi-user.target",
			  "What portablectl attach --enable does: started at boot.");
	}
	return harden(draft, arg_socket ? HARDENING_SOCKETS : HARDENING_NETWORK);
}

static int add_socket(struct creation *c)
{
	struct draft *draft = add_unit(c, ".socket", false, " Socket");

	if (!draft)
		return -ENOMEM;
	draft_add(draft, "Socket", "ListenStream", draft_value(c->pool, arg_socket), NULL);
	if (arg_template) {
		draft_add(draft, "Socket", "Accept", "yes",
			  "An instance of the service for each connection, up to this number.");
		draft_add(draft, "Socket", "MaxConnections", "64", NULL);
	}
	draft_add(draft, "Install", "WantedBy", "sockets.target",
		  "What portablectl attach --enable does: it listens from boot on.");
	return 0;
}

static int add_timer(struct creation *c)
{
	struct draft *draft = add_unit(c, ".timer", arg_template, " Timer");

	if (!draft)
		return -ENOMEM;
	draft_add(draft, "Timer", "OnCalendar", draft_value(c->pool, arg_timer), NULL);
	draft_add(draft, "Timer", "Persistent", "yes",
		  "At once after boot, if the host was off at the time.");
	draft_add(draft, "Install", "WantedBy", "timers.target",
		  "What portablectl attach --enable does: it runs from boot on.");
	return 0;
}

static int create(int directory_fd, const char *name, mode_t mode)
{
	int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

static int write_unit(int directory_fd, const struct draft *draft)
{
	const char *text = draft_text(draft);
	CLEANUP_FD int fd = -1;

	if (!text)
		return -ENOMEM;
	fd = create(directory_fd, draft->name, 0666);
	return fd < 0 ? fd : fd_write_all(fd, text, strlen(text));
}

static int copy_program(const struct creation *c, int directory_fd)
{
	static const char *const directories[] = { "tree", "tree/usr", "tree/usr/bin" };
	const char *path = pool_format(c->pool, "tree%s", c->program);
	CLEANUP_FD int fd = -1;
	char *bytes;
	size_t size;
	int r;

	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		if (mkdirat(directory_fd, directories[i], 0777) < 0)
			return -errno;
	r = file_read(AT_FDCWD, c->source, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	fd = create(directory_fd, path, 0777);
	r = fd < 0 ? fd : fd_write_all(fd, bytes, size);
	free(bytes);
	return r;
}

/* Removes what was written of a directory that this process made. */
static void remove_directory(const struct creation *c, int directory_fd)
{
	static const char *const directories[] = { "tree/usr/bin", "tree/usr", "tree" };
	const char *path = c->source ? pool_format(c->pool, "tree%s", c->program) : NULL;

	for (size_t i = 0; i < c->n; i++)
		(void)unlinkat(directory_fd, c->units[i]->name, 0);
	if (path)
		(void)unlinkat(directory_fd, path, 0);
	for (size_t i = 0; path && i < ELEMENTS(directories); i++)
		(void)unlinkat(directory_fd, directories[i], AT_REMOVEDIR);
	(void)rmdir(c->path);
}

/* What became of the lines of a unit. */
static void print_remarks(const struct adopted *adopted)
{
	char before[LOG_ESCAPED_SIZE], after[LOG_ESCAPED_SIZE];

	for (const struct adopt_remark *r = adopted->first; r; r = r->next) {
		printf("%s:", adopted->unit->shown);
		if (r->line > 0)
			printf("%u:", r->line);
		if (!r->before)
			printf(" '%s' is added: ", log_escape(r->after, after));
		else if (!r->after)
			printf(" '%s' is left out: ", log_escape(r->before, before));
		else if (strcmp(r->before, r->after) == 0)
			printf(" '%s' stays: ", log_escape(r->before, before));
		else
			printf(" '%s' becomes '%s': ", log_escape(r->before, before),
			       log_escape(r->after, after));
		printf("%s\n", r->why);
	}
	if (adopted->hardened > 0)
		printf("%s: %zu lines of hardening are added, of which the unit says nothing; "
		       "delete what the service does not bear\n",
		       adopted->unit->shown, adopted->hardened);
}

/* Writes the directory, all of it or nothing. Returns 0, or a negative errno, logged. */
static int write_directory(const struct creation *c)
{
	char shown[LOG_ESCAPED_SIZE];
	CLEANUP_FD int fd = -1;
	int r = 0;

	if (mkdir(c->path, 0777) < 0) {
		r = -errno;
		log_failure(r, "cannot make the directory '%s'", log_escape(c->path, shown));
		return r;
	}
	fd = open(c->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : 0;
	for (size_t i = 0; i < c->n && r >= 0; i++)
		r = write_unit(fd, c->units[i]);
	if (c->source && r >= 0)
		r = copy_program(c, fd);
	if (r < 0) {
		log_failure(r, "cannot write into '%s'", log_escape(c->path, shown));
		remove_directory(c, fd);
		return r;
	}
	for (const struct adopted *adopted = c->adopted; adopted; adopted = adopted->next)
		print_remarks(adopted);
	for (size_t i = 0; i < c->n; i++)
		printf("%s/%s\n", log_escape(c->path, shown), c->units[i]->name);
	return 0;
}

/* Returns -1 to go on, or the exit status. */
static int make_units(struct creation *c)
{
	if (arg_user_state && arg_template && arg_socket && !user_name_is_valid(c->id, true))
		return mistake("--user-state", c->id,
			       "cannot be the name of the user that "
			       "all instances have");
	if (add_service(c) < 0 || (arg_socket && add_socket(c) < 0) ||
	    (arg_timer && add_timer(c) < 0)) {
		(void)pool_exhausted();
		return EXIT_FAILURE;
	}
	return -1;
}

static void report_line(void *userdata, unsigned line, const char *what)
{
	const struct unit *unit = userdata;

	printf("%s:%u: is left out, since systemd ignores it: %s\n", unit->shown, line, what);
}

/* Changes the units that others wrote. Returns -1 to go on, or the exit status. */
static int adopt_units(struct creation *c)
{
	int r;

	for (size_t i = 0; i < arg_from.n; i++)
		if (!foreign_unit_name(arg_from.at[i]))
			return mistake("--from", arg_from.at[i],
				       "is not called like a unit that portablectl takes from an "
				       "image: a service, socket, target, timer or path");
	r = foreign_units_read(&c->foreign, &arg_from, report_line);
	if (r < 0)
		return EXIT_FAILURE;
	r = adopt(c->pool, c->id, c->foreign.first, foreign_units_tree(&c->foreign), &c->adopted);
	if (r == -EEXIST)
		return usage_error("new: --from=: two units would have the same name", NULL);
	if (r < 0) {
		(void)pool_exhausted();
		return EXIT_FAILURE;
	}
	for (const struct adopted *adopted = c->adopted; adopted; adopted = adopted->next)
		c->units[c->n++] = &adopted->draft;
	return -1;
}

int new_main(int argc, char *argv[])
{
	struct pool pool = POOL_EMPTY;
	struct creation c = { .pool = &pool, .id = "", .path = "" };
	int status;

	foreign_units_open(&c.foreign, &pool);
	status = parse_arguments(&c, argc, argv);
	if (status < 0)
		status = arg_from.n > 0 ? adopt_units(&c) : make_units(&c);
	if (status < 0)
		status = write_directory(&c) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	foreign_units_close(&c.foreign);
	pool_release(&pool);
	return status;
}
