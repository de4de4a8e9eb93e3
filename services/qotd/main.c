/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qotd: the quote of the day, RFC 865. See qotd(8). */
#include "arguments.h"
#include "fd.h"
#include "format.h"
#include "limiter.h"
#include "log.h"
#include "loop.h"
#include "pick.h"
#include "quotes.h"
#include "service.h"
#include "sockets.h"
#include "tcp.h"
#include "udp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers per second to one source of datagrams. */
#define RATE 1u

/* At a stop, for clients that have been answered to take the answer. */
#define DRAIN_SECONDS 1

/* Where the image has its quotes. */
#define IMAGE_QUOTES "/usr/share/qotd"

/* Quotes that cannot be sent are logged at the start; --check logs all of them. */
#define PROBLEMS_NAMED 10

static struct texts arg_listen;
static bool arg_udp = true;
static unsigned arg_idle_seconds = SERVICE_IDLE_UNSET;
static bool arg_daily = true;
static unsigned arg_rate = RATE;
static struct texts arg_quotes;
static bool arg_inetd;
static bool arg_check;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: qotd [OPTION]...\n"
		"Sends the quote of the day to every client, over TCP and UDP.\n"
		"\n"
		"  --listen=ADDRESS   serve there, too: PORT, IPv4:PORT, [IPv6]:PORT, over TCP\n"
		"                     and UDP; /path or @name: a stream; may be repeated\n"
		"  --udp=on|off       whether datagrams are answered; default on\n"
		"  --rate=N           answer N datagrams per second and source; 0: all;\n"
		"                     default %u\n"
		"  --pick=day|random  one quote a day, or any; default day\n"
		"  --quotes=PATH      a file of quotes, or a directory of *.quotes, in place of\n"
		"                     the usual ones; may be repeated\n"
		"  --idle=SECONDS     end after so long without a client; 0: never; default %u\n"
		"                     when socket-activated, else 0\n"
		"  --inetd            answer on standard input, and end\n"
		"  --check            read the quotes, log each that cannot be sent, and end\n"
		"  --help             print this\n"
		"  --version          print the version\n"
		"\n"
		"See qotd(8).\n",
		RATE, SERVICE_IDLE_SECONDS);
}

static const struct option options[] = {
	SERVICE_OPTIONS(&arg_listen, &arg_idle_seconds),
	{ .name = "udp", .flag = &arg_udp, .words = { "on", "off" } },
	{ .name = "rate",
	  .number = &arg_rate,
	  .max = LIMITER_RATE_MAX,
	  .mistake = "not a number from 0 to 1000" },
	{ .name = "pick", .flag = &arg_daily, .words = { "day", "random" } },
	{ .name = "quotes", .texts = &arg_quotes },
	{ .name = "inetd", .flag = &arg_inetd },
	{ .name = "check", .flag = &arg_check },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* Reading the quotes */

struct reading {
	struct quotes *quotes;
	const char *path;
	size_t n_files;
	size_t n_problems;
};

static void log_problem(void *userdata, unsigned line, const char *what)
{
	struct reading *reading = userdata;
	char escaped[LOG_ESCAPED_SIZE];

	reading->n_problems++;
	/* One process per client would log it as often as a stranger likes. */
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
	r = quotes_add_file(reading->quotes, path, log_problem, reading);
	if (r < 0)
		log_failure(r, "cannot read the quotes in '%s'", log_escape(path, escaped));
	return r;
}

/* Returns 0 (with files or without), -ENOTDIR for another file, else an error that was logged. */
static int read_directory(struct reading *reading, const char *directory)
{
	char escaped[LOG_ESCAPED_SIZE], name[NAME_MAX + 1] = "";
	size_t size = strlen(directory) + sizeof "/" + NAME_MAX;
	char *path = malloc(size);
	int r = path ? 1 : -ENOMEM;

	while (r > 0) {
		r = quotes_next_name(directory, name);
		if (r <= 0)
			break;
		(void)format_text(path, size, "%s/%s", directory, name);
		r = read_file(reading, path);
		if (r < 0)
			goto finish; /* and it is logged */
		r = 1;
	}
	if (r < 0 && r != -ENOTDIR)
		log_failure(r, "cannot read the directory '%s'", log_escape(directory, escaped));
finish:
	free(path);
	return r;
}

/* Returns 0, or a negative errno after having logged why. */
static int read_quotes(struct quotes *quotes)
{
	struct reading reading = { .quotes = quotes };
	char buffer[DIRECTORY_SIZE];
	const char *configured;
	int r = 0;

	for (size_t i = 0; r == 0 && i < arg_quotes.n; i++) {
		r = read_directory(&reading, arg_quotes.at[i]);
		if (r == -ENOTDIR)
			r = read_file(&reading, arg_quotes.at[i]);
	}
	if (arg_quotes.n == 0) {
		/* The administrator's quotes replace those of the image. */
		configured = environment_directory("CONFIGURATION_DIRECTORY", buffer);
		if (configured)
			r = read_directory(&reading, configured);
		if (r == 0 && reading.n_files == 0)
			r = read_directory(&reading, IMAGE_QUOTES);
	}
	if (r < 0)
		return r;

	if (reading.n_problems > PROBLEMS_NAMED && !arg_check && !arg_inetd)
		log_warning("skipping %zu quotes in all; 'qotd --check' logs all of them",
			    reading.n_problems);
	if (arg_check)
		(void)format_print(STDOUT_FILENO, "%zu quotes in %zu files\n", quotes->n,
				   reading.n_files);
	if (quotes->n == 0) {
		log_error("no quotes in %zu files", reading.n_files);
		return -ENODATA;
	}
	return arg_check && reading.n_problems > 0 ? -EBADMSG : 0;
}

/* Serving */

static void log_addresses(const struct sockets *sockets, size_t n_quotes)
{
	char address[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < sockets->n; i++) {
		const struct service_socket *s = &sockets->at[i];
		const char *kind = s->family == AF_UNIX ? "stream" : s->listening ? "tcp" : "udp";

		(void)socket_describe(s->fd, address);
		if (!s->listening && !arg_udp)
			log_info("not answering on udp %s", address);
		else
			log_info("serving %zu quotes on %s %s", n_quotes, kind, address);
	}
}

static enum pick pick_kind(void)
{
	return arg_daily ? PICK_DAY : PICK_RANDOM;
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
		log_failure(r, "cannot serve");
	return r;
}

static int serve_sockets(struct loop *loop, const struct quotes *quotes,
			 const struct sockets *sockets)
{
	struct tcp tcp = TCP_CLOSED;
	struct udp udp = UDP_CLOSED;
	int r;

	r = tcp_open(&tcp, loop, quotes, pick_kind(), sockets);
	if (r == 0)
		r = udp_open(&udp, loop, quotes, pick_kind(), arg_rate, !arg_udp, sockets);
	if (r < 0) {
		log_failure(r, "cannot serve the sockets");
	} else {
		log_addresses(sockets, quotes->n);
		r = run(loop, &tcp, &udp);
	}
	udp_close(&udp);
	tcp_close(&tcp);
	return r;
}

/* inetd passes the connection as standard input, and as standard output as well. */
static int serve_connection(struct loop *loop, const struct quotes *quotes)
{
	const struct sockets none = { 0 };
	struct tcp tcp = TCP_CLOSED;
	CLEANUP_FD int connection = -1;
	int r;

	connection = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	r = connection < 0 ? -errno : tcp_open(&tcp, loop, quotes, pick_kind(), &none);
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
		return usage_error("--inetd: standard input is not a connection", NULL);
	return 0;
}

/* Returns 0, or the exit status after having said why. */
static int open_sockets(struct sockets *sockets)
{
	const unsigned both = SERVICE_STREAMS | SERVICE_DATAGRAMS;

	/* A datagram socket that was passed is read in any case: see udp.h. */
	return service_open_sockets(sockets, both, arg_udp ? both : SERVICE_STREAMS, &arg_listen,
				    &arg_idle_seconds);
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

	status = arguments_parse(argc, argv, options, 0);
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
