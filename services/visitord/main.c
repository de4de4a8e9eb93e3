/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* visitord: a visitor counter that forgets nobody. See visitord(8). */
#include "arguments.h"
#include "counter.h"
#include "format.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "service.h"
#include "sockets.h"
#include "visits.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* At most 10 KiB each, so 10 MiB when a crowd comes. */
#define MAX_CONNECTIONS     1024u
#define MAX_CONNECTIONS_MAX 65536u

/* At a stop, for answers under way. Below the manager's TimeoutStopSec= (90 s). */
#define DRAIN_SECONDS 5

static struct texts arg_listen;
static const char *arg_state;
static unsigned arg_idle_seconds = SERVICE_IDLE_UNSET;
static unsigned arg_max_connections = MAX_CONNECTIONS;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: visitord [OPTION]...\n"
		"Counts visitors over HTTP and forgets nobody.\n"
		"\n"
		"  --listen=ADDRESS       serve there, too: PORT, IPv4:PORT, [IPv6]:PORT,\n"
		"                         /path or @name; may be repeated\n"
		"  --state=DIRECTORY      keep the number there, not in $STATE_DIRECTORY\n"
		"  --idle=SECONDS         end after so long without a client; 0: never;\n"
		"                         default %u when socket-activated, else 0\n"
		"  --max-connections=N    accept no more at a time; default %u\n"
		"  --help                 print this\n"
		"  --version              print the version\n"
		"\n"
		"See visitord(8).\n",
		SERVICE_IDLE_SECONDS, MAX_CONNECTIONS);
}

static const struct option options[] = {
	SERVICE_OPTIONS(&arg_listen, &arg_idle_seconds),
	{ .name = "state", .text = &arg_state },
	{ .name = "max-connections",
	  .number = &arg_max_connections,
	  .min = 1,
	  .max = MAX_CONNECTIONS_MAX,
	  .mistake = "not a number from 1 to 65536" },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* Returns 0, or the exit status after having said why. */
static int open_counter(struct counter *counter)
{
	char buffer[DIRECTORY_SIZE], escaped[LOG_ESCAPED_SIZE];
	const char *directory;
	int r;

	directory = arg_state ? arg_state : environment_directory("STATE_DIRECTORY", buffer);
	if (!directory)
		return usage_error("no $STATE_DIRECTORY is set, and no --state= given", NULL);
	r = counter_open(counter, directory);
	if (r == 0)
		return 0;
	(void)log_escape(directory, escaped);
	if (r == -EBUSY)
		log_error("another instance uses '%s'", escaped);
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

static void log_addresses(const struct sockets *sockets)
{
	char address[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < sockets->n; i++)
		log_info("serving http on %s", socket_describe(sockets->at[i].fd, address));
}

static int serve(struct loop *loop, struct visits *visits)
{
	int r;

	r = loop_run(loop);
	if (r == 0) {
		(void)notify("STOPPING=1");
		http_stop(&visits->http);
		r = loop_drain(loop, DRAIN_SECONDS);
	}
	if (r < 0)
		log_failure(r, "cannot serve");
	else if (r > 0)
		log_warning("stopped with %u connections open", loop->held);
	return r;
}

static int start_and_serve(struct loop *loop, struct visits *visits, struct counter *counter,
			   const struct sockets *sockets)
{
	int r;

	r = loop_open(loop, arg_idle_seconds);
	if (r < 0) {
		log_failure(r, "cannot set up the event loop");
		return r;
	}
	r = visits_open(visits, loop, counter, sockets, arg_max_connections);
	if (r < 0) {
		log_failure(r, "cannot set up http");
		return r;
	}
	log_addresses(sockets);
	r = notify("READY=1");
	if (r < 0)
		log_failure(r, "cannot notify the service manager, ignoring");
	return serve(loop, visits);
}

int main(int argc, char *argv[])
{
	struct sockets sockets = { 0 };
	struct counter counter = COUNTER_CLOSED;
	struct loop loop = LOOP_CLOSED;
	struct visits visits = VISITS_CLOSED;
	int status;

	status = arguments_parse(argc, argv, options, 0);
	if (status >= 0)
		return status;

	/* A client that goes away must not end the program. */
	(void)signal(SIGPIPE, SIG_IGN);
	service_raise_descriptor_limit(&arg_max_connections, 1);
	status = service_open_sockets(&sockets, SERVICE_STREAMS, SERVICE_STREAMS, &arg_listen,
				      &arg_idle_seconds);
	if (status == 0)
		status = open_counter(&counter);
	if (status == 0 && start_and_serve(&loop, &visits, &counter, &sockets) < 0)
		status = EXIT_FAILURE;

	visits_close(&visits);
	loop_close(&loop);
	counter_close(&counter);
	sockets_close(&sockets);
	return status;
}
