/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dyndnsd: dynamic DNS by one signed datagram. See dyndnsd(8). */
#include "check.h"
#include "log.h"
#include "loop.h"
#include "number.h"
#include "outputs.h"
#include "server.h"
#include "sockets.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than the pauses between the packets of one client that sends several. */
#define IDLE_SECONDS 60

/* A clock that is not set well, and the last of ten packets, which is 256 s old. */
#define MAX_AHEAD_SECONDS 300
#define MAX_AGE_SECONDS   3600

/* An eighth of what a slow processor verifies. */
#define VERIFY_RATE 2000

/* Seconds, or signatures a second: thirty years, or more than a processor can do. */
#define NUMBER_MAX 1000000000

static const char *arg_listen[SOCKETS_MAX];
static size_t arg_n_listen;
static const char *arg_state;
static unsigned arg_idle_seconds;
static bool arg_idle_given;
static bool arg_check;
static struct server_options arg_options = {
	.record_types = ZONE_TYPES_DEFAULT,
	.nameserver = "localhost.",
	.limits = { .v2 = true,
		    .max_ahead = MAX_AHEAD_SECONDS,
		    .max_age = MAX_AGE_SECONDS,
		    .verify_rate = VERIFY_RATE },
};

static void print_help(void)
{
	(void)printf("Usage: dyndnsd [OPTION]...\n"
		     "Keeps the addresses of a tinydns zone file up to date, by signed datagrams.\n"
		     "\n"
		     "  --zone=FILE            the zone file; default $STATE_DIRECTORY/data\n"
		     "  --state=DIRECTORY      remember packets there, not in $STATE_DIRECTORY\n"
		     "  --listen=ADDRESS       receive there too: PORT, IPv4:PORT, [IPv6]:PORT;\n"
		     "                         may be repeated\n"
		     "  --idle=SECONDS         end after so long without work; 0: never;\n"
		     "                         default %u when socket-activated, else 0\n"
		     "  --max-ahead=SECONDS    take no packet from later; 0: any; default %u\n"
		     "  --max-age=SECONDS      take no packet from before; 0: any; default %u\n"
		     "  --update-timestamps    write the time also when no address changes\n"
		     "  --record-types=TYPES   lines that may change, of %s; default %s\n"
		     "  --public-only          no private addresses\n"
		     "  --v2=yes|no            take version 2 of the packets; default yes\n"
		     "  --verify-rate=N        check N signatures a second; default %u\n"
		     "  --hosts=DIRECTORY      write a hosts file there\n"
		     "  --zone-file=FILE       write a zone of RFC 1035\n"
		     "  --origin=NAME          the name of that zone\n"
		     "  --nameserver=NAME      its name server; default localhost\n"
		     "  --status=FILE          write what is known as JSON\n"
		     "  --check                print what the zone file means, and end\n"
		     "  --dry-run              say what would change, and write nothing\n"
		     "  --help                 print this\n"
		     "  --version              print the version\n"
		     "\nSee dyndnsd(8).\n",
		     (unsigned)IDLE_SECONDS, (unsigned)MAX_AHEAD_SECONDS, (unsigned)MAX_AGE_SECONDS,
		     ZONE_TYPES_ALL, ZONE_TYPES_DEFAULT, (unsigned)VERIFY_RATE);
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
	OPTION_ZONE = 256,
	OPTION_STATE,
	OPTION_LISTEN,
	OPTION_IDLE,
	OPTION_MAX_AHEAD,
	OPTION_MAX_AGE,
	OPTION_UPDATE_TIMESTAMPS,
	OPTION_RECORD_TYPES,
	OPTION_PUBLIC_ONLY,
	OPTION_V2,
	OPTION_VERIFY_RATE,
	OPTION_HOSTS,
	OPTION_ZONE_FILE,
	OPTION_ORIGIN,
	OPTION_NAMESERVER,
	OPTION_STATUS,
	OPTION_CHECK,
	OPTION_DRY_RUN,
	OPTION_HELP,
	OPTION_VERSION
};

/* In the order of the numbers above. */
static const struct option options[] = {
	{ "zone", required_argument, NULL, OPTION_ZONE },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "idle", required_argument, NULL, OPTION_IDLE },
	{ "max-ahead", required_argument, NULL, OPTION_MAX_AHEAD },
	{ "max-age", required_argument, NULL, OPTION_MAX_AGE },
	{ "update-timestamps", no_argument, NULL, OPTION_UPDATE_TIMESTAMPS },
	{ "record-types", required_argument, NULL, OPTION_RECORD_TYPES },
	{ "public-only", no_argument, NULL, OPTION_PUBLIC_ONLY },
	{ "v2", required_argument, NULL, OPTION_V2 },
	{ "verify-rate", required_argument, NULL, OPTION_VERIFY_RATE },
	{ "hosts", required_argument, NULL, OPTION_HOSTS },
	{ "zone-file", required_argument, NULL, OPTION_ZONE_FILE },
	{ "origin", required_argument, NULL, OPTION_ORIGIN },
	{ "nameserver", required_argument, NULL, OPTION_NAMESERVER },
	{ "status", required_argument, NULL, OPTION_STATUS },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

/* A domain name with end in place of its last point. Returns false for what is none. */
static bool take_name(const char *text, const char *end, char ret[static 256])
{
	size_t length = strlen(text);

	if (length > 1 && text[length - 1] == '.')
		length--;
	if (!output_is_name(text, length)) /* which has 253 characters at most */
		return false;
	(void)snprintf(ret, 256, "%.*s%s", (int)length, text, end);
	return true;
}

/* Returns -1 to go on, or the exit status after having said why. */
static int parse_number_option(int option, const char *text)
{
	uint64_t value;

	if (parse_uint(text, option == OPTION_VERIFY_RATE, NUMBER_MAX, &value) < 0) {
		char what[64];

		(void)snprintf(what, sizeof what, "--%s: not a number",
			       options[option - OPTION_ZONE].name);
		return usage_error(what, text);
	}
	switch (option) {
	case OPTION_IDLE:
		arg_idle_seconds = (unsigned)value;
		arg_idle_given = true;
		break;
	case OPTION_MAX_AHEAD:
		arg_options.limits.max_ahead = (double)value;
		break;
	case OPTION_MAX_AGE:
		arg_options.limits.max_age = (double)value;
		break;
	default:
		arg_options.limits.verify_rate = (double)value;
		break;
	}
	return -1;
}

/* Returns -1 to go on, or the exit status after having said why. */
static int parse_word_option(int option, const char *text)
{
	static char origin[256], nameserver[256];

	switch (option) {
	case OPTION_RECORD_TYPES:
		if (text[0] == '\0' || text[strspn(text, ZONE_TYPES_ALL)] != '\0' ||
		    strlen(text) >= sizeof ZONE_TYPES_ALL)
			return usage_error("--record-types: not of " ZONE_TYPES_ALL, text);
		arg_options.record_types = text;
		break;
	case OPTION_V2:
		if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
			return usage_error("--v2: neither yes nor no", text);
		arg_options.limits.v2 = text[0] == 'y';
		break;
	case OPTION_ORIGIN:
		if (!take_name(text, "", origin))
			return usage_error("--origin: not a domain name", text);
		arg_options.origin = origin;
		break;
	default:
		if (!take_name(text, ".", nameserver))
			return usage_error("--nameserver: not a domain name", text);
		arg_options.nameserver = nameserver;
		break;
	}
	return -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_option(int option, char *argv[])
{
	switch (option) {
	case OPTION_ZONE:
		arg_options.zone = optarg;
		break;
	case OPTION_STATE:
		arg_state = optarg;
		break;
	case OPTION_LISTEN:
		if (arg_n_listen == SOCKETS_MAX)
			return usage_error("--listen: too many", NULL);
		arg_listen[arg_n_listen++] = optarg;
		break;
	case OPTION_IDLE:
	case OPTION_MAX_AHEAD:
	case OPTION_MAX_AGE:
	case OPTION_VERIFY_RATE:
		return parse_number_option(option, optarg);
	case OPTION_RECORD_TYPES:
	case OPTION_V2:
	case OPTION_ORIGIN:
	case OPTION_NAMESERVER:
		return parse_word_option(option, optarg);
	case OPTION_UPDATE_TIMESTAMPS:
		arg_options.update_timestamps = true;
		break;
	case OPTION_PUBLIC_ONLY:
		arg_options.limits.public_only = true;
		break;
	case OPTION_HOSTS:
		arg_options.outputs.hosts = optarg;
		break;
	case OPTION_ZONE_FILE:
		arg_options.outputs.zone = optarg;
		break;
	case OPTION_STATUS:
		arg_options.outputs.status = optarg;
		break;
	case OPTION_CHECK:
		arg_check = true;
		break;
	case OPTION_DRY_RUN:
		arg_options.dry_run = true;
		break;
	case OPTION_HELP:
		print_help();
		return EXIT_SUCCESS;
	case OPTION_VERSION:
		(void)printf("dyndnsd %s\n", VERSION);
		return EXIT_SUCCESS;
	case ':':
		return usage_error("option needs a value", argv[optind - 1]);
	default:
		return usage_error("unknown option", argv[optind - 1]);
	}
	return -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	int option, status;

	opterr = 0; /* one line in our own words */
	while ((option = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		status = parse_option(option, argv);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	if (arg_options.outputs.zone && !arg_options.origin)
		return usage_error("--zone-file needs an --origin", NULL);
	if (arg_options.origin && !arg_options.outputs.zone)
		return usage_error("--origin without a --zone-file", NULL);
	return -1;
}

/* $STATE_DIRECTORY is a list when the unit names several; the first is ours. */
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

/* Returns -1 to go on, or the exit status after having said why. */
static int find_files(void)
{
	static char zone[PATH_MAX];

	arg_options.state_directory = state_directory();
	if (!arg_options.zone) {
		if (!arg_options.state_directory)
			return usage_error("no $STATE_DIRECTORY is set, and no --zone= given",
					   NULL);
		if (snprintf(zone, sizeof zone, "%s/data", arg_options.state_directory) >=
		    (int)sizeof zone)
			return usage_error("the path is too long", arg_options.state_directory);
		arg_options.zone = zone;
	}
	if (!arg_options.state_directory && !arg_check && !arg_options.dry_run)
		return usage_error("no $STATE_DIRECTORY is set, and no --state= given", NULL);
	return -1;
}

static int check(void)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r = check_zone(arg_options.zone, arg_options.record_types);

	if (r < 0)
		log_failure(r, "cannot read the zone '%s'", log_escape(arg_options.zone, escaped));
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
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
	if (!arg_idle_given)
		arg_idle_seconds = sockets->n > 0 ? IDLE_SECONDS : 0;
	for (size_t i = 0; i < arg_n_listen; i++) {
		if (arg_listen[i][0] == '/' || arg_listen[i][0] == '@')
			return usage_error("--listen: not an address", arg_listen[i]);
		r = sockets_listen(sockets, arg_listen[i], SOCK_DGRAM);
		if (r == -EINVAL)
			return usage_error("--listen: not an address", arg_listen[i]);
		if (r < 0) {
			log_failure(r, "cannot listen on '%s'", log_escape(arg_listen[i], escaped));
			return EXIT_FAILURE;
		}
	}
	for (size_t i = 0; i < sockets->n; i++) {
		const struct service_socket *s = &sockets->at[i];

		if (s->type == SOCK_DGRAM && (s->family == AF_INET || s->family == AF_INET6))
			continue;
		log_error("cannot serve descriptor %d: not a datagram socket", s->fd);
		return EXIT_FAILURE;
	}
	if (sockets->n == 0)
		return usage_error("no socket was passed, and no --listen= given", NULL);
	return 0;
}

static int start_and_serve(struct loop *loop, struct server *server, const struct sockets *sockets)
{
	char address[SOCKET_TEXT_SIZE];
	int r;

	r = loop_open(loop, arg_idle_seconds);
	if (r < 0) {
		log_failure(r, "cannot set up the event loop");
		return r;
	}
	r = server_open(server, loop, sockets, &arg_options);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sockets->n; i++)
		log_info("receiving on %s", socket_describe(sockets->at[i].fd, address));
	r = loop_run(loop);
	if (r < 0)
		log_failure(r, "cannot go on");
	if (server_stop(server) < 0)
		r = -EIO; /* told of */
	return r;
}

int main(int argc, char *argv[])
{
	static struct server server; /* too large for a stack */
	struct sockets sockets = { 0 };
	struct loop loop = LOOP_CLOSED;
	int status;

	status = parse_arguments(argc, argv);
	if (status < 0)
		status = find_files();
	if (status >= 0)
		return status;
	if (arg_check)
		return check();

	server = SERVER_CLOSED;
	status = open_sockets(&sockets);
	if (status == 0 && start_and_serve(&loop, &server, &sockets) < 0)
		status = EXIT_FAILURE;

	server_close(&server);
	loop_close(&loop);
	sockets_close(&sockets);
	return status;
}
