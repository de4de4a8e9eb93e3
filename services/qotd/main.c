/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qotd: a quote of the day for whoever asks, RFC 865. See qotd(8). */
#include "fd.h"
#include "limiter.h"
#include "log.h"
#include "loop.h"
#include "number.h"
#include "pick.h"
#include "quotes.h"
#include "sockets.h"
#include "tcp.h"
#include "udp.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Longer than people pause between two questions, and above ten seconds: see qotd(8). */
#define IDLE_SECONDS     60
#define IDLE_SECONDS_MAX (UINT64_C(7) * 24 * 60 * 60)

/* Answers per second to one source of datagrams. */
#define RATE 1

/* For a stop: everybody has been answered, and may take the answer. */
#define DRAIN_SECONDS 1

/* Where the image has its quotes. */
#define IMAGE_QUOTES "/usr/share/qotd"

/* More files than people name one by one; a folder may hold any number. */
#define QUOTES_PATHS_MAX 64

/* So many quotes that cannot be sent are named at a start; --check names all. */
#define PROBLEMS_NAMED 10

static const char *arg_listen[SOCKETS_MAX];
static size_t arg_n_listen;
static bool arg_udp = true;
static unsigned arg_idle_seconds;
static bool arg_idle_given;
static enum pick arg_pick = PICK_DAY;
static unsigned arg_rate = RATE;
static const char *arg_quotes[QUOTES_PATHS_MAX];
static size_t arg_n_quotes;
static bool arg_inetd;
static bool arg_check;

static void print_help(void)
{
	(void)dprintf(
		STDOUT_FILENO,
		"Usage: qotd [OPTION]...\n"
		"Sends the quote of the day to whoever asks, over TCP and UDP.\n"
		"\n"
		"  --listen=ADDRESS   serve there too: PORT, IPv4:PORT, [IPv6]:PORT, over TCP\n"
		"                     and UDP; /path or @name: a stream; may be repeated\n"
		"  --udp=on|off       whether datagrams are answered; default on\n"
		"  --rate=N           answer so many datagrams per second and source; 0: all;\n"
		"                     default %u\n"
		"  --pick=day|random  one quote a day, or any; default day\n"
		"  --quotes=PATH      a file of quotes, or a folder of *.quotes, in place of\n"
		"                     the usual ones; may be repeated\n"
		"  --idle=SECONDS     end after so long without a client; 0: never; default %u\n"
		"                     when socket-activated, else 0\n"
		"  --inetd            answer on standard input, and end\n"
		"  --check            read the quotes, name each that cannot be sent, and end\n"
		"  --help             print this\n"
		"  --version          print the version\n"
		"\n"
		"See qotd(8).\n",
		(unsigned)RATE, (unsigned)IDLE_SECONDS);
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
	OPTION_UDP,
	OPTION_RATE,
	OPTION_PICK,
	OPTION_QUOTES,
	OPTION_IDLE,
	OPTION_INETD,
	OPTION_CHECK,
	OPTION_HELP,
	OPTION_VERSION
};

/* Returns -1 to go on, or the exit status. */
static int parse_option(int option, const char *value)
{
	uint64_t number;

	switch (option) {
	case OPTION_LISTEN:
		if (arg_n_listen == SOCKETS_MAX)
			return usage_error("--listen: too many", NULL);
		arg_listen[arg_n_listen++] = value;
		break;
	case OPTION_UDP:
		if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
			return usage_error("--udp: neither on nor off", value);
		arg_udp = strcmp(value, "on") == 0;
		break;
	case OPTION_RATE:
		if (parse_uint(value, 0, LIMITER_RATE_MAX, &number) < 0)
			return usage_error("--rate: not a number from 0 to 1000", value);
		arg_rate = (unsigned)number;
		break;
	case OPTION_PICK:
		if (strcmp(value, "day") != 0 && strcmp(value, "random") != 0)
			return usage_error("--pick: neither day nor random", value);
		arg_pick = strcmp(value, "day") == 0 ? PICK_DAY : PICK_RANDOM;
		break;
	case OPTION_QUOTES:
		if (arg_n_quotes == QUOTES_PATHS_MAX)
			return usage_error("--quotes: too many", NULL);
		arg_quotes[arg_n_quotes++] = value;
		break;
	case OPTION_IDLE:
		if (parse_uint(value, 0, IDLE_SECONDS_MAX, &number) < 0)
			return usage_error("--idle: not a number of seconds", value);
		arg_idle_seconds = (unsigned)number;
		arg_idle_given = true;
		break;
	case OPTION_INETD:
		arg_inetd = true;
		break;
	case OPTION_CHECK:
		arg_check = true;
		break;
	case OPTION_HELP:
		print_help();
		return EXIT_SUCCESS;
	case OPTION_VERSION:
		(void)dprintf(STDOUT_FILENO, "qotd %s\n", VERSION);
		return EXIT_SUCCESS;
	}
	return -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, OPTION_LISTEN },
		{ "udp", required_argument, NULL, OPTION_UDP },
		{ "rate", required_argument, NULL, OPTION_RATE },
		{ "pick", required_argument, NULL, OPTION_PICK },
		{ "quotes", required_argument, NULL, OPTION_QUOTES },
		{ "idle", required_argument, NULL, OPTION_IDLE },
		{ "inetd", no_argument, NULL, OPTION_INETD },
		{ "check", no_argument, NULL, OPTION_CHECK },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ 0 },
	};
	int option, status;

	opterr = 0; /* one line in our own words */
	while ((option = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		if (option == ':')
			return usage_error("option needs a value", argv[optind - 1]);
		if (option == '?')
			return usage_error("unknown option", argv[optind - 1]);
		status = parse_option(option, optarg);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	return -1;
}

/* Reading the quotes */

struct reading {
	struct quotes *quotes;
	const char *path;
	size_t n_files;
	size_t n_problems;
};

static void tell_problem(void *userdata, unsigned line, const char *what)
{
	struct reading *reading = userdata;
	char escaped[LOG_ESCAPED_SIZE];

	reading->n_problems++;
	/* One process per client would say it as often as a stranger likes. */
	if (arg_inetd || (!arg_check && reading->n_problems > PROBLEMS_NAMED))
		return;
	log_warning("skipping the quote at '%s:%u': %s", log_escape(reading->path, escaped), line,
		    what);
}

static int read_file(struct reading *reading, const char *path)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	reading->path = path;
	reading->n_files++;
	r = quotes_add_file(reading->quotes, path, tell_problem, reading);
	if (r < 0)
		log_failure(r, "cannot read the quotes in '%s'", log_escape(path, escaped));
	return r;
}

/* Returns 0 (with files or without), -ENOTDIR for what is no folder, else an error that is logged. */
static int read_folder(struct reading *reading, const char *folder)
{
	char escaped[LOG_ESCAPED_SIZE], name[NAME_MAX + 1] = "";
	size_t size = strlen(folder) + sizeof "/" + NAME_MAX;
	char *path = malloc(size);
	int r = path ? 1 : -ENOMEM;

	while (r > 0) {
		r = quotes_next_name(folder, name);
		if (r <= 0)
			break;
		(void)snprintf(path, size, "%s/%s", folder, name);
		r = read_file(reading, path);
		if (r < 0)
			goto finish; /* and it is logged */
		r = 1;
	}
	if (r < 0 && r != -ENOTDIR)
		log_failure(r, "cannot read the folder '%s'", log_escape(folder, escaped));
finish:
	free(path);
	return r;
}

/*
 * What the administrator put into $CONFIGURATION_DIRECTORY, a list when the unit
 * names several; the first is ours.
 */
static int read_configured(struct reading *reading)
{
	const char *list = getenv("CONFIGURATION_DIRECTORY");
	char *first;
	int r;

	if (!list || list[0] == '\0')
		return 0;
	first = strndup(list, strcspn(list, ":"));
	if (!first) {
		log_failure(-ENOMEM, "cannot look for quotes");
		return -ENOMEM;
	}
	r = read_folder(reading, first);
	free(first);
	return r;
}

/* Returns 0, or a negative errno after having said why. */
static int read_quotes(struct quotes *quotes)
{
	struct reading reading = { .quotes = quotes };
	int r = 0;

	for (size_t i = 0; r == 0 && i < arg_n_quotes; i++) {
		r = read_folder(&reading, arg_quotes[i]);
		if (r == -ENOTDIR)
			r = read_file(&reading, arg_quotes[i]);
	}
	if (arg_n_quotes == 0) {
		r = read_configured(&reading);
		if (r == 0 && reading.n_files == 0)
			r = read_folder(&reading, IMAGE_QUOTES);
	}
	if (r < 0)
		return r;

	if (reading.n_problems > PROBLEMS_NAMED && !arg_check && !arg_inetd)
		log_warning("skipping %zu quotes in all; 'qotd --check' names them",
			    reading.n_problems);
	if (arg_check)
		(void)dprintf(STDOUT_FILENO, "%zu quotes in %zu files\n", quotes->n,
			      reading.n_files);
	if (quotes->n == 0) {
		log_error("there are no quotes in %zu files", reading.n_files);
		return -ENODATA;
	}
	return arg_check && reading.n_problems > 0 ? -EBADMSG : 0;
}

/* Serving */

static bool can_serve(const struct service_socket *s)
{
	if (s->listening)
		return s->type == SOCK_STREAM;
	return s->type == SOCK_DGRAM && (s->family == AF_INET || s->family == AF_INET6);
}

/* An address for streams, and where there are such things for datagrams. */
static int listen_on(struct sockets *sockets, const char *address)
{
	int r;

	r = sockets_listen(sockets, address, SOCK_STREAM);
	if (r < 0 || !arg_udp || address[0] == '/' || address[0] == '@')
		return r;
	return sockets_listen(sockets, address, SOCK_DGRAM);
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
		if (can_serve(&sockets->at[i]))
			continue;
		log_error("cannot serve descriptor %d: neither a listening stream nor a datagram "
			  "socket of IPv4 or IPv6",
			  sockets->at[i].fd);
		return EXIT_FAILURE;
	}
	if (!arg_idle_given)
		arg_idle_seconds = sockets->n > 0 ? IDLE_SECONDS : 0;
	for (size_t i = 0; i < arg_n_listen; i++) {
		r = listen_on(sockets, arg_listen[i]);
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

static void tell_addresses(const struct sockets *sockets, size_t n_quotes)
{
	char address[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < sockets->n; i++) {
		const struct service_socket *s = &sockets->at[i];
		const char *kind = s->family == AF_UNIX ? "stream" : s->listening ? "tcp" : "udp";

		(void)socket_describe(s->fd, address);
		if (!s->listening && !arg_udp)
			log_info("answering nobody on udp %s", address);
		else
			log_info("serving %zu quotes on %s %s", n_quotes, kind, address);
	}
}

static int run(struct loop *loop, struct tcp *tcp, struct udp *udp)
{
	int r;

	r = loop_run(loop);
	if (r == 0) {
		udp_stop(udp);
		tcp_stop(tcp);
		r = loop_drain(loop, DRAIN_SECONDS);
	}
	if (r < 0)
		log_failure(r, "cannot go on");
	return r;
}

static int serve_sockets(struct loop *loop, const struct quotes *quotes,
			 const struct sockets *sockets)
{
	struct tcp tcp = TCP_CLOSED;
	struct udp udp = UDP_CLOSED;
	int r;

	r = tcp_open(&tcp, loop, quotes, arg_pick, sockets);
	if (r == 0)
		r = udp_open(&udp, loop, quotes, arg_pick, arg_rate, !arg_udp, sockets);
	if (r < 0) {
		log_failure(r, "cannot serve the sockets");
	} else {
		tell_addresses(sockets, quotes->n);
		r = run(loop, &tcp, &udp);
	}
	udp_close(&udp);
	tcp_close(&tcp);
	return r;
}

/* The connection is standard input, and by inetd's custom standard output as well. */
static int serve_connection(struct loop *loop, const struct quotes *quotes)
{
	const struct sockets none = { 0 };
	struct tcp tcp = TCP_CLOSED;
	CLEANUP_FD int connection = -1;
	int r;

	connection = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	r = connection < 0 ? -errno : tcp_open(&tcp, loop, quotes, arg_pick, &none);
	if (r == 0)
		r = tcp_answer(&tcp, TAKE_FD(connection));
	if (r == 0)
		r = loop_drain(loop, TCP_LINGER_SECONDS);
	if (r < 0)
		log_failure(r, "cannot answer on standard input");
	tcp_close(&tcp);
	return r;
}

/* Returns 0, or the exit status after having said why. */
static int expect_connection(void)
{
	int type = 0, listening = 0;
	socklen_t size = sizeof(int);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
	    getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 ||
	    type != SOCK_STREAM || listening)
		return usage_error("--inetd: standard input is no connection", NULL);
	return 0;
}

static int serve(const struct quotes *quotes, const struct sockets *sockets)
{
	struct loop loop = LOOP_CLOSED;
	int r;

	r = loop_open(&loop, arg_inetd ? 0 : arg_idle_seconds);
	if (r < 0)
		log_failure(r, "cannot set up the event loop");
	else if (arg_inetd)
		r = serve_connection(&loop, quotes);
	else
		r = serve_sockets(&loop, quotes, sockets);
	loop_close(&loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct sockets sockets = { 0 };
	struct quotes quotes = QUOTES_NONE;
	int status;

	status = parse_arguments(argc, argv);
	if (status >= 0)
		return status;

	status = arg_check ? 0 : arg_inetd ? expect_connection() : open_sockets(&sockets);
	if (status == 0 && read_quotes(&quotes) < 0)
		status = EXIT_FAILURE;
	if (status == 0 && !arg_check)
		status = serve(&quotes, &sockets);

	quotes_release(&quotes);
	sockets_close(&sockets);
	return status;
}
