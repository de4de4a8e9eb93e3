/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dyndns-update: tells a dyndnsd the addresses of this host. See dyndns-update(1). */
#include "arguments.h"
#include "base64.h"
#include "fd.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "number.h"
#include "send.h"
#include "values.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define CREDENTIAL "dyndns.key"

/* A file of keys: SIGNERS_MAX lines of 45 bytes, and no notes. */
#define KEY_FILE_MAX 16384

#define PACKETS_MAX 1000u

/* Paths of IPv4 and IPv6 differ by less. */
#define FAMILY_PAUSE_SECONDS 1.0

/* The server's challenge and its disk take much less. */
#define WAIT_SECONDS     10u
#define WAIT_SECONDS_MAX 3600u

/* Exit status: no acknowledgement came. */
#define STATUS_TIMEOUT 3

static const char *arg_destinations;
static const char *arg_bind;
static struct texts arg_key_files;
static char **arg_keys; /* and files of keys, on the command line; ends with NULL */
static const char *arg_new_key;
static bool arg_print_new_key;
static unsigned arg_packets = 1;
static struct delay arg_delay = { 1, '*', 2 };
static struct route arg_route = { .family = AF_UNSPEC };
static bool arg_v2;
static bool arg_wait;
static unsigned arg_wait_seconds = WAIT_SECONDS;
static struct dyndns_request arg_request = { .prefix_length = { 32, 128 } };
static struct signer signers[SIGNERS_MAX];
static size_t n_signers;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: dyndns-update [OPTION]... HOST[:PORT][/HOST[:PORT]]... [KEY|/FILE]...\n"
		"Tells a dyndnsd, or a tinydns-dynamic-dns-updater, the addresses of this host.\n"
		"\n"
		"      --key=FILE           read signing keys from there; may be repeated;\n"
		"                           default $CREDENTIALS_DIRECTORY/%s\n"
		"      --generate-key=FILE  make a key, write it there, print its public part\n"
		"  -g, --genkey             make a key and print both parts\n"
		"  -n, --packets=N          send so many packets; default 1\n"
		"      --send-delay=S[:OP:N] wait S seconds between them, and change S by add,\n"
		"                           sub, mul or div N each time; default 1:mul:2\n"
		"  -v, --ip-af=4|6          only addresses of this family\n"
		"  -b, --bind=HOST[:PORT][/...] send from there, once from each\n"
		"  -r, --random-addr        choose any of a name's addresses\n"
		"  -d, --debug              log what is sent where\n"
		"      --v2                 version 2, which the server answers\n"
		"      --address=ADDRESS    publish this address; one of each family\n"
		"      --prefix=[ADDRESS]/N renew the first N bits of the addresses\n"
		"      --wait[=SECONDS]     wait for the server's answer; default %u\n"
		"      --help               print this\n"
		"      --version            print the version\n"
		"\n"
		"See dyndns-update(1).\n",
		CREDENTIAL, WAIT_SECONDS);
}

static int parse_address_option(const char *text)
{
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	enum dyndns_family family;
	int r;

	r = parse_address(text, &family, address);
	if (r < 0)
		return r;
	memcpy(arg_request.address[family], address, sizeof address);
	arg_v2 = true;
	return 0;
}

static int parse_prefix_option(const char *text)
{
	uint8_t address[DYNDNS_ADDRESS_SIZE], length = 0;
	enum dyndns_family family;
	int r;

	r = parse_prefix(text, &family, address, &length);
	if (r < 0)
		return r;
	memcpy(arg_request.address[family], address, sizeof address);
	arg_request.prefix_length[family] = length;
	arg_v2 = true;
	return 0;
}

static int parse_wait(const char *text)
{
	uint64_t seconds = WAIT_SECONDS;
	int r = 0;

	if (text)
		r = parse_uint(text, 1, WAIT_SECONDS_MAX, &seconds);
	if (r < 0)
		return r;
	arg_wait_seconds = (unsigned)seconds;
	arg_wait = arg_v2 = true;
	return 0;
}

static int parse_delay_option(const char *text)
{
	return parse_delay(text, &arg_delay);
}

static int parse_family(const char *text)
{
	if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0)
		return -EINVAL;
	arg_route.family = text[0] == '4' ? AF_INET : AF_INET6;
	return 0;
}

/* The letters, and the names that have one, are those of the original tool. */
static const struct option options[] = {
	{ .name = "key", .texts = &arg_key_files },
	{ .name = "generate-key", .text = &arg_new_key },
	{ .name = "genkey", .letter = 'g', .flag = &arg_print_new_key },
	{ .name = "packets",
	  .letter = 'n',
	  .number = &arg_packets,
	  .min = 1,
	  .max = PACKETS_MAX,
	  .mistake = "not a number from 1 to 1000" },
	{ .name = "send-delay", .parse = parse_delay_option, .mistake = "not a delay" },
	{ .name = "ip-af", .letter = 'v', .parse = parse_family, .mistake = "neither 4 nor 6" },
	{ .name = "bind", .letter = 'b', .text = &arg_bind },
	{ .name = "random-addr", .letter = 'r', .flag = &arg_route.random },
	{ .name = "debug", .letter = 'd', .flag = &arg_route.debug },
	{ .name = "v2", .flag = &arg_v2 },
	{ .name = "address", .parse = parse_address_option, .mistake = "not an address" },
	{ .name = "prefix", .parse = parse_prefix_option, .mistake = "not a prefix" },
	{ .name = "wait", .parse = parse_wait, .bare = true, .mistake = "not a number of seconds" },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* Reads the whole list, so that a mistake is reported before anything is sent. */
static int check_endpoints(const char *what, const char *list)
{
	const char *rest = list;
	struct endpoint endpoint;
	int r;

	do
		r = next_endpoint(&rest, 0, &endpoint);
	while (r > 0);
	return r < 0 || list[0] == '\0' ? usage_error(what, list) : -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	const char *first;
	int status;

	status = arguments_parse(argc, argv, options, argc);
	if (status >= 0)
		return status;
	first = argv[1];
	arg_request.version = arg_v2 ? 2 : 1;
	if (arg_new_key || arg_print_new_key)
		return first ? usage_error("unexpected argument", first) : -1;
	arg_destinations = first ? first : getenv("DYNDNS_DESTINATION");
	arg_keys = argv + (first ? 2 : 1);
	/* The image's unit sets it to an empty value, for drop-ins to change. */
	if (!arg_destinations || (!first && arg_destinations[0] == '\0'))
		return usage_error("no destination given", NULL);
	status = check_endpoints("not a destination", arg_destinations);
	if (status < 0 && arg_bind)
		status = check_endpoints("--bind: not an address", arg_bind);
	return status;
}

/* --- keys ---------------------------------------------------------------------------- */

/* Reads a list of keys. Returns 0, or 1 after having logged why not. */
static int read_keys(const char *text, size_t size, const char *where)
{
	static const char blanks[] = " \t\r\n\f\v";
	uint8_t seed[DYNDNS_KEY_SIZE];
	char escaped[LOG_ESCAPED_SIZE];
	size_t at = 0, before = n_signers;

	for (;;) {
		size_t start;

		while (at < size && text[at] && strchr(blanks, text[at]))
			at++;
		start = at;
		while (at < size && !(text[at] && strchr(blanks, text[at])))
			at++;
		if (at == start)
			break;
		if (n_signers == SIGNERS_MAX) {
			log_error("too many keys, at most %u", (unsigned)SIGNERS_MAX);
			return 1;
		}
		/* Never the word itself: it may be a secret with a mistake in it. */
		if (base64_decode(text + start, at - start, seed, sizeof seed) < 0) {
			log_error("'%s' has a word that is not a signing key",
				  log_escape(where, escaped));
			return 1;
		}
		signer_make(seed, &signers[n_signers++]);
	}
	sodium_memzero(seed, sizeof seed);
	if (n_signers > before)
		return 0;
	log_error("'%s' has no signing key", log_escape(where, escaped));
	return 1;
}

static int read_key_file(const char *path)
{
	char escaped[LOG_ESCAPED_SIZE];
	char *text = NULL;
	size_t size = 0;
	int r;

	r = file_read(AT_FDCWD, path, KEY_FILE_MAX, &text, &size);
	if (r < 0) {
		log_failure(r, "cannot read the key in '%s'", log_escape(path, escaped));
		return 1;
	}
	r = read_keys(text, size, path);
	sodium_memzero(text, size);
	free(text);
	return r;
}

static int read_key_argument(const char *text)
{
	/* As the original tells them apart. */
	if (text[0] == '/' || text[0] == '.')
		return read_key_file(text);
	log_warning("a key on the command line is visible to everybody on this host; use a file");
	return read_keys(text, strlen(text), "the command line");
}

/* Returns 0, or the exit status after having said why. */
static int load_keys(void)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < arg_key_files.n && r == 0; i++)
		r = read_key_file(arg_key_files.at[i]);
	for (char **key = arg_keys; *key && r == 0; key++)
		r = read_key_argument(*key);
	if (r != 0 || arg_key_files.n > 0 || *arg_keys)
		return r;
	if (!credentials)
		return usage_error("no key given", NULL);
	if (format_text(path, sizeof path, "%s/%s", credentials, CREDENTIAL) >= sizeof path)
		return usage_error("the path is too long", credentials);
	return read_key_file(path);
}

/* Returns 0, or a negative errno after having removed what it created. */
static int write_key(const char *path, const char *text)
{
	CLEANUP_FD int fd = -1;
	int r;

	/* O_EXCL: a key that is in use is never overwritten. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, text, strlen(text));
	if (r == 0)
		r = fd_write_all(fd, "\n", 1);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(path);
	return r;
}

/* secret: NULL when it is in a file. */
static int print_key(const struct signer *signer, const char *secret)
{
	char public[BASE64_SIZE(DYNDNS_KEY_SIZE)];
	int r = 0;

	base64_encode_url(signer->verify_key, sizeof signer->verify_key, public);
	if (secret)
		r = format_print(STDOUT_FILENO, "Signing key (for this program only):\n   %s\n\n",
				 secret);
	if (r < 0)
		return r;
	return format_print(STDOUT_FILENO,
			    "Verify key (for the zone file of the server):\n   %s\n\n"
			    "Key id:\n   %s\n",
			    public, signer->key_id);
}

static int generate_key(void)
{
	char text[BASE64_SIZE(DYNDNS_KEY_SIZE)], escaped[LOG_ESCAPED_SIZE];
	uint8_t seed[DYNDNS_KEY_SIZE];
	struct signer signer;
	int r = 0;

	/* In crontabs the key is an argument, and one in 64 would look like an option. */
	do {
		if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
			log_error("cannot get random numbers");
			return EXIT_FAILURE;
		}
		base64_encode_url(seed, sizeof seed, text);
	} while (text[0] == '-');
	signer_make(seed, &signer);
	if (arg_new_key)
		r = write_key(arg_new_key, text);
	if (r < 0) {
		log_failure(r, "cannot write the key to '%s'", log_escape(arg_new_key, escaped));
	} else {
		r = print_key(&signer, arg_new_key ? NULL : text);
		if (r < 0)
			log_failure(r, "cannot print the key");
		if (r < 0 && arg_new_key)
			(void)unlink(arg_new_key); /* nobody knows its public part */
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text, sizeof text);
	sodium_memzero(&signer, sizeof signer);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- work ---------------------------------------------------------------------------- */

static const char *status_text(enum dyndns_status status)
{
	switch (status) {
	case DYNDNS_APPLIED:
		return "published";
	case DYNDNS_UNCHANGED:
		return "published before";
	case DYNDNS_PENDING:
		return "accepted, but not written yet";
	case DYNDNS_UNCONFIRMED:
		return "to be confirmed";
	default:
		return "without effect: newer or not allowed in every block of this key";
	}
}

static void print_answer(const struct signer *signer, const struct dyndns_answer *answer)
{
	(void)format_print(STDOUT_FILENO, "%s: %s", signer->key_id, status_text(answer->status));
	for (size_t f = 0; f < DYNDNS_FAMILIES; f++) {
		char text[DYNDNS_ADDRESS_TEXT];

		if (dyndns_is_zero(answer->address[f], DYNDNS_ADDRESS_SIZE))
			continue;
		(void)format_print(STDOUT_FILENO, " %s",
				   dyndns_address_text(answer->address[f], text));
	}
	(void)format_print(STDOUT_FILENO, "\n");
}

/* Sends all keys to one destination; returns the exit status. */
static int send_keys(int fd, double timestamp)
{
	struct dyndns_request request = arg_request;
	uint8_t bytes[DYNDNS_V2_SIZE];
	struct dyndns_answer answer;
	int status = EXIT_SUCCESS, r;

	for (size_t i = 0; i < n_signers; i++) {
		request.timestamp = timestamp;
		if (!arg_wait) {
			r = send_packet(fd, bytes, signer_sign(&signers[i], &request, bytes));
			if (r < 0) {
				log_failure(r, "cannot send");
				status = EXIT_FAILURE;
			}
			continue;
		}
		r = ask(fd, &signers[i], &request, arg_wait_seconds, &answer);
		if (r < 0) {
			log_failure(r, "no answer from the server for key %s", signers[i].key_id);
			status = status ? status : STATUS_TIMEOUT;
			continue;
		}
		print_answer(&signers[i], &answer);
		if (answer.status == DYNDNS_WITHOUT_EFFECT)
			status = EXIT_FAILURE;
	}
	return status;
}

static void wait_seconds(double seconds)
{
	if (seconds > 0)
		(void)poll(NULL, 0, (int)(seconds * 1000));
}

/* Times of the packets of one round. */
struct times {
	double of_family[DYNDNS_FAMILIES]; /* 0: none yet */
	int previous;                      /* address family of the last packet; 0: none */
};

/*
 * Each family has its own time, because a server takes a time only once. All destinations
 * of a family have the same: what one server took must not be new to another. The pause
 * keeps the later packet from arriving first.
 */
static double time_for(int fd, struct times *times)
{
	int family = socket_family(fd);
	double *time = &times->of_family[family == AF_INET ? DYNDNS_IPV4 : DYNDNS_IPV6];

	if (arg_request.version == 1 && times->previous != 0 && times->previous != family)
		wait_seconds(FAMILY_PAUSE_SECONDS);
	times->previous = family;
	if (!(*time > 0))
		*time = unix_time();
	return *time;
}

/* One round: each destination from each address. Goes on after a failure. */
static int send_round(void)
{
	const char *destinations = arg_destinations;
	struct endpoint destination, source;
	struct times times = { 0 };
	int status = EXIT_SUCCESS;

	while (next_endpoint(&destinations, DYNDNS_PORT, &destination) > 0) {
		const char *binds = arg_bind;

		do {
			CLEANUP_FD int fd = -1;
			int r = EXIT_FAILURE;

			arg_route.bind =
				binds && next_endpoint(&binds, 0, &source) > 0 ? &source : NULL;
			fd = open_route(&destination, &arg_route);
			if (fd >= 0)
				r = send_keys(fd, time_for(fd, &times));
			if (status == EXIT_SUCCESS)
				status = r;
		} while (binds && *binds);
	}
	return status;
}

static int run(void)
{
	int status = EXIT_SUCCESS;

	for (unsigned i = 0; i < arg_packets; i++) {
		double began = monotonic_time();
		int r = send_round();

		if (status == EXIT_SUCCESS)
			status = r;
		if (i + 1 == arg_packets || arg_wait)
			break; /* ask() has repeated it */
		wait_seconds(began + arg_delay.seconds - monotonic_time());
		next_delay(&arg_delay);
	}
	return status;
}

int main(int argc, char *argv[])
{
	int status;

	status = parse_arguments(argc, argv);
	if (status >= 0)
		return status;
	if (arg_new_key || arg_print_new_key)
		return generate_key();
	/* Without an address, version 2 begins with the server's challenge. */
	if (arg_request.version == 2 &&
	    dyndns_is_zero(arg_request.address, sizeof arg_request.address))
		arg_wait = true;
	status = load_keys();
	if (status == 0)
		status = run();
	sodium_memzero(signers, sizeof signers);
	return status;
}
