/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dyndnsd: dynamic DNS by one signed datagram. See dyndnsd(8). */
#include "arguments.h"
#include "check.h"
#include "format.h"
#include "log.h"
#include "loop.h"
#include "outputs.h"
#include "server.h"
#include "service.h"
#include "sockets.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For clocks that are off, and for the last of ten packets, which is 256 s old. */
#define MAX_AHEAD_SECONDS 300u
#define MAX_AGE_SECONDS   3600u

/* An eighth of what a slow processor can verify. */
#define VERIFY_RATE 2000u

/* Seconds, or signatures a second: thirty years, or more than a processor can do. */
#define NUMBER_MAX 1000000000u

/* A domain name, with room for the point at its end. */
#define NAME_SIZE 256

static struct texts arg_listen;
static const char *arg_state;
static unsigned arg_idle_seconds = SERVICE_IDLE_UNSET;
static unsigned arg_max_ahead = MAX_AHEAD_SECONDS;
static unsigned arg_max_age = MAX_AGE_SECONDS;
static unsigned arg_verify_rate = VERIFY_RATE;
static bool arg_check;
static struct server_options arg_options = {
	.record_types = ZONE_TYPES_DEFAULT,
	.nameserver = "localhost.",
	.limits.v2 = true,
};

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: dyndnsd [OPTION]...\n"
		"Keeps the addresses of a tinydns zone file up to date, by signed datagrams.\n"
		"\n"
		"  --zone=FILE            the zone file; default $STATE_DIRECTORY/data\n"
		"  --state=DIRECTORY      keep the state there, not in $STATE_DIRECTORY\n"
		"  --listen=ADDRESS       receive there, too: PORT, IPv4:PORT, [IPv6]:PORT;\n"
		"                         may be repeated\n"
		"  --idle=SECONDS         end after so long without work; 0: never;\n"
		"                         default %u when socket-activated, else 0\n"
		"  --max-ahead=SECONDS    refuse packets from later; 0: none; default %u\n"
		"  --max-age=SECONDS      refuse older packets; 0: none; default %u\n"
		"  --update-timestamps    write the time also when no address changes\n"
		"  --record-types=TYPES   types of lines to update, of %s; default %s\n"
		"  --public-only          no private addresses\n"
		"  --v2=yes|no            accept packets of version 2; default yes\n"
		"  --verify-rate=N        verify at most N signatures a second; default %u\n"
		"  --hosts=DIRECTORY      write a hosts file there\n"
		"  --zone-file=FILE       write a zone of RFC 1035\n"
		"  --origin=NAME          the name of that zone\n"
		"  --nameserver=NAME      its name server; default localhost\n"
		"  --status=FILE          write the status as JSON\n"
		"  --check                print blocks, keys, addresses and warnings, and end\n"
		"  --dry-run              log what would change, and write nothing\n"
		"  --help                 print this\n"
		"  --version              print the version\n"
		"\nSee dyndnsd(8).\n",
		SERVICE_IDLE_SECONDS, MAX_AHEAD_SECONDS, MAX_AGE_SECONDS, ZONE_TYPES_ALL,
		ZONE_TYPES_DEFAULT, VERIFY_RATE);
}

/* A domain name with end in place of a last point. Returns false for an invalid one. */
static bool take_name(const char *text, const char *end, char ret[static NAME_SIZE])
{
	size_t length = strlen(text);

	if (length > 1 && text[length - 1] == '.')
		length--;
	if (!output_is_name(text, length)) /* which has 253 characters at most */
		return false;
	(void)format_text(ret, NAME_SIZE, "%.*s%s", (int)length, text, end);
	return true;
}

static int parse_record_types(const char *text)
{
	if (text[0] == '\0' || text[strspn(text, ZONE_TYPES_ALL)] != '\0' ||
	    strlen(text) >= sizeof ZONE_TYPES_ALL)
		return -EINVAL;
	arg_options.record_types = text;
	return 0;
}

static int parse_origin(const char *text)
{
	static char origin[NAME_SIZE];

	if (!take_name(text, "", origin))
		return -EINVAL;
	arg_options.origin = origin;
	return 0;
}

static int parse_nameserver(const char *text)
{
	static char nameserver[NAME_SIZE];

	if (!take_name(text, ".", nameserver))
		return -EINVAL;
	arg_options.nameserver = nameserver;
	return 0;
}

static const struct option options[] = {
	SERVICE_OPTIONS(&arg_listen, &arg_idle_seconds),
	{ .name = "zone", .text = &arg_options.zone },
	{ .name = "state", .text = &arg_state },
	{ .name = "max-ahead",
	  .number = &arg_max_ahead,
	  .max = NUMBER_MAX,
	  .mistake = "not a number" },
	{ .name = "max-age", .number = &arg_max_age, .max = NUMBER_MAX, .mistake = "not a number" },
	{ .name = "update-timestamps", .flag = &arg_options.update_timestamps },
	{ .name = "record-types",
	  .parse = parse_record_types,
	  .mistake = "not of " ZONE_TYPES_ALL },
	{ .name = "public-only", .flag = &arg_options.limits.public_only },
	{ .name = "v2", .flag = &arg_options.limits.v2, .words = { "yes", "no" } },
	{ .name = "verify-rate",
	  .number = &arg_verify_rate,
	  .min = 1,
	  .max = NUMBER_MAX,
	  .mistake = "not a number" },
	{ .name = "hosts", .text = &arg_options.outputs.hosts },
	{ .name = "zone-file", .text = &arg_options.outputs.zone },
	{ .name = "origin", .parse = parse_origin, .mistake = "not a domain name" },
	{ .name = "nameserver", .parse = parse_nameserver, .mistake = "not a domain name" },
	{ .name = "status", .text = &arg_options.outputs.status },
	{ .name = "check", .flag = &arg_check },
	{ .name = "dry-run", .flag = &arg_options.dry_run },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	int status;

	status = arguments_parse(argc, argv, options, 0);
	if (status >= 0)
		return status;
	arg_options.limits.max_ahead = arg_max_ahead;
	arg_options.limits.max_age = arg_max_age;
	arg_options.limits.verify_rate = arg_verify_rate;
	if (arg_options.outputs.zone && !arg_options.origin)
		return usage_error("--zone-file needs an --origin", NULL);
	if (arg_options.origin && !arg_options.outputs.zone)
		return usage_error("--origin without a --zone-file", NULL);
	return -1;
}

/* Returns -1 to go on, or the exit status after having said why. */
static int find_files(void)
{
	static char state[DIRECTORY_SIZE], zone[PATH_MAX];

	arg_options.state_directory =
		arg_state ? arg_state : environment_directory("STATE_DIRECTORY", state);
	if (!arg_options.zone) {
		if (!arg_options.state_directory)
			return usage_error("no $STATE_DIRECTORY is set, and no --zone= given",
					   NULL);
		if (format_text(zone, sizeof zone, "%s/data", arg_options.state_directory) >=
		    sizeof zone)
			return usage_error("the path is too long", arg_options.state_directory);
		arg_options.zone = zone;
	}
	if (!arg_options.state_directory && !arg_check && !arg_options.dry_run)
		return usage_error("no $STATE_DIRECTORY is set, and no --state= given", NULL);
	return -1;
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
		log_failure(r, "cannot serve");
	if (server_stop(server) < 0)
		r = -EIO; /* reported */
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
		return check_zone(arg_options.zone, arg_options.record_types) == 0 ? EXIT_SUCCESS
										   : EXIT_FAILURE;

	server = SERVER_CLOSED;
	status = service_open_sockets(&sockets, SERVICE_DATAGRAMS, SERVICE_DATAGRAMS, &arg_listen,
				      &arg_idle_seconds);
	if (status == 0 && start_and_serve(&loop, &server, &sockets) < 0)
		status = EXIT_FAILURE;

	server_close(&server);
	loop_close(&loop);
	sockets_close(&sockets);
	return status;
}
