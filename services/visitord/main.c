/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* visitord: a visitor counter that forgets nobody. See visitord(8). */
#include "counter.h"
#include "http.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "number.h"
#include "sockets.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Longer than people pause between two clicks, and above ten seconds: see visitord(8). */
#define IDLE_SECONDS     60
#define IDLE_SECONDS_MAX 604800 /* a week */

/* About 6 KiB each, so 6 MiB when a crowd comes. */
#define MAX_CONNECTIONS     1024
#define MAX_CONNECTIONS_MAX 65536

/* For a stop: answers under way go out. Below the manager's patience (90 s). */
#define DRAIN_SECONDS 5

/* Descriptors beside connections: listeners, epoll, timers, files; generously. */
#define OTHER_DESCRIPTORS (SOCKETS_MAX + 32)

static const char *arg_listen[SOCKETS_MAX];
static size_t arg_n_listen;
static const char *arg_state;
static unsigned arg_idle_seconds;
static bool arg_idle_given;
static unsigned arg_max_connections = MAX_CONNECTIONS;

static void print_help(void)
{
	(void)printf("Usage: visitord [OPTION]...\n"
		     "Counts visitors over HTTP and forgets nobody.\n"
		     "\n"
		     "  --listen=ADDRESS       serve there too: PORT, IPv4:PORT, [IPv6]:PORT,\n"
		     "                         /path or @name; may be repeated\n"
		     "  --state=DIRECTORY      keep the number there, not in $STATE_DIRECTORY\n"
		     "  --idle=SECONDS         end after so long without a client; 0: never;\n"
		     "                         default %u when socket-activated, else 0\n"
		     "  --max-connections=N    let others wait in the queue; default %u\n"
		     "  --help                 print this\n"
		     "  --version              print the version\n"
		     "\n"
		     "See visitord(8).\n",
		     (unsigned)IDLE_SECONDS, (unsigned)MAX_CONNECTIONS);
}

static int usage_error(const char *what, const char *text)
{
	char escaped[LOG_ESCAPED_SIZE];

	if (text)
		log_error("%s: '%s'", what, log_escape(text, escaped));
	else
		log_error("%s", what);
	return 2;
}

enum {
	OPTION_LISTEN = 256,
	OPTION_STATE,
	OPTION_IDLE,
	OPTION_MAX_CONNECTIONS,
	OPTION_HELP,
	OPTION_VERSION
};

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, OPTION_LISTEN },
		{ "state", required_argument, NULL, OPTION_STATE },
		{ "idle", required_argument, NULL, OPTION_IDLE },
		{ "max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ 0 },
	};
	uint64_t value;
	int option;

	opterr = 0; /* one line in our own words */
	while ((option = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		switch (option) {
		case OPTION_LISTEN:
			if (arg_n_listen == SOCKETS_MAX)
				return usage_error("--listen: too many", NULL);
			arg_listen[arg_n_listen++] = optarg;
			break;
		case OPTION_STATE:
			arg_state = optarg;
			break;
		case OPTION_IDLE:
			if (parse_uint(optarg, 0, IDLE_SECONDS_MAX, &value) < 0)
				return usage_error("--idle: not a number of seconds", optarg);
			arg_idle_seconds = (unsigned)value;
			arg_idle_given = true;
			break;
		case OPTION_MAX_CONNECTIONS:
			if (parse_uint(optarg, 1, MAX_CONNECTIONS_MAX, &value) < 0)
				return usage_error(
					"--max-connections: not a number from 1 to 65536", optarg);
			arg_max_connections = (unsigned)value;
			break;
		case OPTION_HELP:
			print_help();
			return EXIT_SUCCESS;
		case OPTION_VERSION:
			(void)printf("visitord %s\n", VERSION);
			return EXIT_SUCCESS;
		case ':':
			return usage_error("option needs a value", argv[optind - 1]);
		default:
			return usage_error("unknown option", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	return -1;
}

/*
 * $STATE_DIRECTORY is a list when the unit names several; the first is ours.
 * The returned text is static.
 */
static const char *state_directory(void)
{
	static char first[PATH_MAX];
	const char *list = getenv("STATE_DIRECTORY");
	size_t length;

	if (arg_state)
		return arg_state;
	length = list ? strcspn(list, ":") : 0;
	if (length == 0 || length >= sizeof first)
		return NULL;
	memcpy(first, list, length);
	return first;
}

/* Returns 0, or the exit status after having said why. */
static int open_sockets(struct sockets *sockets)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	r = sockets_take_passed(sockets);
	if (r < 0) {
		log_failure(r, "cannot take the sockets that were passed");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sockets->n; i++) {
		if (sockets->at[i].type == SOCK_STREAM && sockets->at[i].listening)
			continue;
		log_error("cannot serve descriptor %d: not a listening stream socket",
			  sockets->at[i].fd);
		return EXIT_FAILURE;
	}
	if (!arg_idle_given)
		arg_idle_seconds = sockets->n > 0 ? IDLE_SECONDS : 0;
	for (size_t i = 0; i < arg_n_listen; i++) {
		r = sockets_listen(sockets, arg_listen[i], SOCK_STREAM);
		if (r == -EINVAL)
			return usage_error("--listen: not an address", arg_listen[i]);
		if (r < 0) {
			log_failure(r, "cannot listen on '%s'", log_escape(arg_listen[i], escaped));
			return EXIT_FAILURE;
		}
	}
	if (sockets->n == 0)
		return usage_error("no socket was passed, and no --listen= given", NULL);
	return 0;
}

/* Returns 0, or the exit status after having said why. */
static int open_counter(struct counter *counter)
{
	const char *directory = state_directory();
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	if (!directory)
		return usage_error("no $STATE_DIRECTORY is set, and no --state= given", NULL);
	r = counter_open(counter, directory);
	if (r == 0)
		return 0;
	(void)log_escape(directory, escaped);
	if (r == -EBUSY)
		log_error("another instance counts in '%s'", escaped);
	else if (r == -ENODATA)
		log_error("'%s/counter' is empty: write the last number into it, or remove it to "
			  "begin with 1",
			  escaped);
	else if (r == -EBADMSG)
		log_error("'%s/counter' is not a number: write the last number into it, or remove "
			  "it to begin with 1",
			  escaped);
	else
		log_failure(r, "cannot read the number in '%s'", escaped);
	return EXIT_FAILURE;
}

/*
 * Makes room for all connections, as far as the hard limit goes: the soft one is
 * low for the sake of select(2). Where that is not enough, fewer are let in.
 */
static void raise_descriptor_limit(void)
{
	const rlim_t needed = (rlim_t)arg_max_connections + OTHER_DESCRIPTORS;
	struct rlimit limit, raised;

	/* musl's setrlimit(3) carries threads along. */
	if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) < 0 || limit.rlim_cur >= needed)
		return;
	raised = limit;
	raised.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
	if (prlimit(0, RLIMIT_NOFILE, &raised, NULL) == 0)
		limit = raised;
	if (limit.rlim_cur >= needed)
		return;
	arg_max_connections = limit.rlim_cur > OTHER_DESCRIPTORS
				      ? (unsigned)(limit.rlim_cur - OTHER_DESCRIPTORS)
				      : 1;
	log_warning("only %llu descriptors are allowed, letting in %u connections at a time",
		    (unsigned long long)limit.rlim_cur, arg_max_connections);
}

static void tell_addresses(const struct sockets *sockets)
{
	char address[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < sockets->n; i++)
		log_info("serving http on %s", socket_describe(sockets->at[i].fd, address));
}

static int serve(struct loop *loop, struct http *http)
{
	int r;

	r = loop_run(loop);
	if (r == 0) {
		(void)notify("STOPPING=1");
		http_stop(http);
		r = loop_drain(loop, DRAIN_SECONDS);
	}
	if (r < 0)
		log_failure(r, "cannot go on");
	else if (r > 0)
		log_warning("stopped with %u connections open", loop->held);
	return r;
}

static int start_and_serve(struct loop *loop, struct http *http, struct counter *counter,
			   const struct sockets *sockets)
{
	int r;

	r = loop_open(loop, arg_idle_seconds);
	if (r < 0) {
		log_failure(r, "cannot set up the event loop");
		return r;
	}
	r = http_open(http, loop, counter, sockets, arg_max_connections);
	if (r < 0) {
		log_failure(r, "cannot set up http");
		return r;
	}
	tell_addresses(sockets);
	r = notify("READY=1");
	if (r < 0)
		log_failure(r, "cannot tell the service manager, ignoring");
	return serve(loop, http);
}

int main(int argc, char *argv[])
{
	struct sockets sockets = { 0 };
	struct counter counter = COUNTER_CLOSED;
	struct loop loop = LOOP_CLOSED;
	struct http http = HTTP_CLOSED;
	int status;

	status = parse_arguments(argc, argv);
	if (status >= 0)
		return status;

	/* A client that goes away is no reason to end. */
	(void)signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	status = open_sockets(&sockets);
	if (status == 0)
		status = open_counter(&counter);
	if (status == 0 && start_and_serve(&loop, &http, &counter, &sockets) < 0)
		status = EXIT_FAILURE;

	http_close(&http);
	loop_close(&loop);
	counter_close(&counter);
	sockets_close(&sockets);
	return status;
}
