/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lunchd: says what there is for lunch, over HTTPS. See lunchd(8). */
#include "arguments.h"
#include "elements.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "loop.h"
#include "menu.h"
#include "notify.h"
#include "reload.h"
#include "server.h"
#include "service.h"
#include "sockets.h"
#include "tls/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MENU "/usr/share/lunchd/menu"

/* Without the manager's sockets, which may have 443, and for users who may not open it. */
#define PORT "8443"

/* Of HTTP and of HTTPS each; about 50 KiB for one of HTTPS, so 25 MiB when a crowd comes. */
#define MAX_CONNECTIONS     512u
#define MAX_CONNECTIONS_MAX 65536u

/* At a stop, for answers under way. Below the manager's TimeoutStopSec= (90 s). */
#define DRAIN_SECONDS 5

/* Credentials, with the PEM's overhead and comments: systemd has 1 MiB for all of a unit. */
#define CREDENTIAL_MAX ((size_t)128 * 1024)
#define CERTIFICATE    "lunchd.crt"
#define KEY            "lunchd.key"

static struct texts arg_listen;
static const char *arg_menu = MENU;
static unsigned arg_idle_seconds = SERVICE_IDLE_UNSET;
static unsigned arg_max_connections = MAX_CONNECTIONS;

static void print_help(void)
{
	(void)format_print(
		STDOUT_FILENO,
		"Usage: lunchd [OPTION]...\n"
		"Says what there is for lunch, over HTTPS.\n"
		"\n"
		"  --listen=ADDRESS       serve HTTPS there, too: PORT, IPv4:PORT, [IPv6]:PORT,\n"
		"                         /path or @name; may be repeated; default " PORT "\n"
		"                         when not socket-activated\n"
		"  --menu=FILE            choose from there; default " MENU "\n"
		"  --idle=SECONDS         end after so long without a client; 0: never;\n"
		"                         default %u when socket-activated, else 0\n"
		"  --max-connections=N    accept no more at a time; default %u\n"
		"  --help                 print this\n"
		"  --version              print the version\n"
		"\n"
		"Key and certificate are credentials. See lunchd(8).\n",
		SERVICE_IDLE_SECONDS, MAX_CONNECTIONS);
}

static const struct option options[] = {
	SERVICE_OPTIONS(&arg_listen, &arg_idle_seconds),
	{ .name = "menu", .text = &arg_menu, .nonempty = true },
	{ .name = "max-connections",
	  .number = &arg_max_connections,
	  .min = 1,
	  .max = MAX_CONNECTIONS_MAX,
	  .mistake = "not a number from 1 to 65536" },
	{ .name = "help", .print = print_help },
	{ .name = "version", .version = VERSION },
	{ 0 },
};

/* All that lives as long as the program. */
struct lunchd {
	struct sockets plain, secure;
	struct tls_secrets *secrets;
	struct tls_identity *identity;
	struct menu menu;
	struct loop loop;
	struct server server;
	struct reload reload;
};

/* These return 0, or the exit status after having logged why. */

/* The names of the manager's sockets alone say what they are for. */
static int sort_sockets(const struct sockets *all, struct sockets *plain, struct sockets *secure)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct sockets *set;

	for (size_t i = 0; i < all->n; i++) {
		const struct service_socket *s = &all->at[i];

		if (!s->passed || strcmp(s->name, "https") == 0) {
			set = secure;
		} else if (strcmp(s->name, "http") == 0) {
			set = plain;
		} else {
			log_error(
				"descriptor %d has the name '%s': FileDescriptorName= is http or https",
				s->fd, log_escape(s->name, escaped));
			return EXIT_FAILURE;
		}
		set->at[set->n++] = *s;
	}
	return 0;
}

static int open_sockets(struct sockets *all)
{
	/* The manager's protocol: what it has passed is there already. */
	if (!getenv("LISTEN_FDS") && arg_listen.n == 0)
		arg_listen.at[arg_listen.n++] = PORT;
	return service_open_sockets(all, SERVICE_STREAMS, SERVICE_STREAMS, &arg_listen,
				    &arg_idle_seconds);
}

static int load_menu(struct menu *ret)
{
	char escaped[LOG_ESCAPED_SIZE];
	const char *problem = NULL;
	unsigned line = 0;
	size_t size = 0;
	char *text;
	int r;

	(void)log_escape(arg_menu, escaped);
	r = file_read(AT_FDCWD, arg_menu, MENU_FILE_MAX, &text, &size);
	if (r < 0) {
		log_failure(r, "cannot read the menu '%s'", escaped);
		return EXIT_FAILURE;
	}
	r = menu_parse(text, size, ret, &line, &problem);
	if (r == -EBADMSG)
		log_error("'%s': line %u %s", escaped, line, problem);
	else if (r == -ENODATA)
		log_error("'%s' has no lunch: write one into each line", escaped);
	else if (r == -E2BIG)
		log_error("'%s' has more than %d lunches", escaped, MENU_LUNCHES_MAX);
	else if (r < 0)
		log_failure(r, "cannot read the menu '%s'", escaped);
	return r < 0 ? EXIT_FAILURE : 0;
}

static int read_credential(const char *directory, const char *name, char **ret_text,
			   size_t *ret_size)
{
	char path[DIRECTORY_SIZE], escaped[LOG_ESCAPED_SIZE];
	int r = -ENAMETOOLONG;

	if (format_text(path, sizeof path, "%s/%s", directory, name) < sizeof path)
		r = file_read(AT_FDCWD, path, CREDENTIAL_MAX, ret_text, ret_size);
	if (r == 0)
		return 0;
	if (r == -ENOENT)
		log_error(
			"there is no credential '%s': put it into /etc/credstore, or see LoadCredential= "
			"in lunchd(8)",
			name);
	else
		log_failure(r, "cannot read the credential '%s'", log_escape(path, escaped));
	return EXIT_FAILURE;
}

static int make_identity(struct tls_secrets *secrets, const char *certificate,
			 size_t certificate_size, const char *key, size_t key_size,
			 struct tls_identity **ret)
{
	int r = tls_identity_new(secrets, certificate, certificate_size, key, key_size, "http/1.1",
				 ret);

	if (r < 0)
		log_failure(r, "cannot use the credentials");
	else if (r > 0)
		log_error("cannot use the credential '%s': %s",
			  r == TLS_FAULT_CERTIFICATE || r == TLS_FAULT_CHAIN ? CERTIFICATE : KEY,
			  tls_fault_text((enum tls_fault)r));
	else if (tls_identity_is_outdated(*ret))
		log_warning("the certificate in '%s' is not valid today: browsers will refuse it",
			    CERTIFICATE);
	return r == 0 ? 0 : EXIT_FAILURE;
}

static int load_identity(struct tls_secrets *secrets, struct tls_identity **ret)
{
	char directory[DIRECTORY_SIZE], *certificate = NULL, *key = NULL;
	size_t certificate_size = 0, key_size = 0;
	int status;

	if (!environment_directory("CREDENTIALS_DIRECTORY", directory))
		return usage_error(
			"no $CREDENTIALS_DIRECTORY is set: the unit needs LoadCredential=", NULL);
	status = read_credential(directory, CERTIFICATE, &certificate, &certificate_size);
	if (status == 0)
		status = read_credential(directory, KEY, &key, &key_size);
	if (status == 0)
		status = make_identity(secrets, certificate, certificate_size, key, key_size, ret);
	if (key)
		explicit_bzero(key, key_size);
	free(key);
	free(certificate);
	return status;
}

/* What cannot be read leaves what there was. Connections stay, with the certificate they began with. */
static void reload(struct reload *source)
{
	struct lunchd *d = CONTAINER_OF(source, struct lunchd, reload);
	struct tls_identity *identity = NULL;
	struct menu menu = MENU_NONE;

	if (load_identity(d->secrets, &identity) == 0) {
		tls_front_use(&d->server.front, identity);
		tls_identity_release(d->identity);
		d->identity = identity;
		log_info("certificate and key are read again");
	} else {
		log_warning("going on with the certificate and key from before");
	}
	if (load_menu(&menu) == 0) {
		menu_free(&d->menu);
		d->menu = menu;
	} else {
		log_warning("going on with the menu from before");
	}
}

static void log_addresses(const struct sockets *sockets, const char *protocol)
{
	char address[SOCKET_TEXT_SIZE];

	for (size_t i = 0; i < sockets->n; i++)
		log_info("serving %s on %s", protocol, socket_describe(sockets->at[i].fd, address));
}

static int serve(struct lunchd *d)
{
	int r;

	r = loop_run(&d->loop);
	if (r == 0) {
		(void)notify("STOPPING=1");
		server_stop(&d->server);
		r = loop_drain(&d->loop, DRAIN_SECONDS);
	}
	if (r < 0)
		log_failure(r, "cannot serve");
	else if (r > 0)
		log_warning("stopped with %u connections open", server_clients(&d->server));
	return r < 0 ? EXIT_FAILURE : 0;
}

static int start(struct lunchd *d)
{
	int r;

	r = loop_open(&d->loop, arg_idle_seconds);
	if (r < 0) {
		log_failure(r, "cannot set up the event loop");
		return EXIT_FAILURE;
	}
	r = reload_open(&d->reload, &d->loop, reload);
	if (r == 0)
		r = server_open(&d->server, &d->loop, &d->plain, &d->secure, arg_max_connections,
				&d->menu, d->identity);
	if (r < 0) {
		log_failure(r, "cannot set up the server");
		return EXIT_FAILURE;
	}
	log_addresses(&d->plain, "http");
	log_addresses(&d->secure, "https");
	r = notify("READY=1");
	if (r < 0)
		log_failure(r, "cannot notify the service manager, ignoring");
	return 0;
}

static int load(struct lunchd *d)
{
	int r = tls_secrets_open(&d->secrets);

	if (r < 0) {
		log_failure(r, "cannot set up TLS");
		return EXIT_FAILURE;
	}
	r = load_identity(d->secrets, &d->identity);
	return r == 0 ? load_menu(&d->menu) : r;
}

int main(int argc, char *argv[])
{
	static struct sockets all;
	struct lunchd d = {
		.loop = LOOP_CLOSED,
		.server = SERVER_CLOSED,
		.reload = RELOAD_CLOSED,
	};
	int status;

	status = arguments_parse(argc, argv, options, 0);
	if (status >= 0)
		return status;

	/* A client that goes away must not end the program. */
	(void)signal(SIGPIPE, SIG_IGN);
	status = open_sockets(&all);
	if (status == 0)
		status = sort_sockets(&all, &d.plain, &d.secure);
	service_raise_descriptor_limit(&arg_max_connections, SERVER_DESCRIPTORS + 1);
	if (status == 0)
		status = load(&d);
	if (status == 0)
		status = start(&d);
	if (status == 0)
		status = serve(&d);

	server_close(&d.server);
	reload_close(&d.reload);
	loop_close(&d.loop);
	tls_identity_release(d.identity);
	tls_secrets_close(d.secrets);
	menu_free(&d.menu);
	sockets_close(&all);
	return status;
}
