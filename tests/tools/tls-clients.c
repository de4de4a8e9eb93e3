/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tls-clients [--times=N] [--resume] [--tls=12|13] [--pieces] [--broken] [--reset] PORT
 *
 * So many clients of a server of HTTPS on 127.0.0.1, one after the other: each shakes hands,
 * asks for / and ends its connection.
 *
 *	--resume  a client comes with the session of the one before
 *	--tls     with this version only
 *	--pieces  each byte is sent alone
 *	--broken  some of what each sends is changed, or cut, at random: its handshake may fail
 *	--reset   each ends by a reset, at a random moment
 *
 * Prints "answered=N resumed=N". Exit status 1 when one was not answered, but for
 * --broken and --reset, and when one had to wait for longer than the server lets anybody wait.
 */
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Longer than the server gives anybody in one state. */
#define SECONDS_MAX 30

static uint64_t arg_times = 1, arg_tls;
static bool arg_resume, arg_pieces, arg_broken, arg_reset;
static in_port_t port;

static SSL_CTX *context;
static SSL_SESSION *session;
static unsigned long answered, resumed;

struct client {
	SSL *ssl;
	BIO *in, *out; /* of memory: what came, and what is to be sent */
	int fd;
	unsigned sent; /* portions */
};

static unsigned random_below(unsigned end)
{
	return (unsigned)random() % end; /* the same again in each run */
}

static int keep_session(SSL *ssl, SSL_SESSION *new)
{
	(void)ssl;
	SSL_SESSION_free(session);
	session = new;
	return 1; /* it is ours */
}

/* Returns whether the connection goes on. */
static bool send_bytes(struct client *c, char *bytes, size_t size)
{
	const size_t step = arg_pieces ? 1 : size;

	if (arg_broken && random_below(2) == 0)
		bytes[random_below((unsigned)size)] ^= (char)(1 << random_below(8));
	if (arg_broken && random_below(8) == 0)
		size = random_below((unsigned)size) + 1;
	for (size_t i = 0; i < size; i += step)
		if (send(c->fd, bytes + i, step < size - i ? step : size - i, MSG_NOSIGNAL) < 0)
			return false;
	c->sent++;
	return !arg_reset || random_below(3) > 0;
}

/* Sends what there is, and receives what comes. Returns whether the connection goes on. */
static bool exchange(struct client *c)
{
	char bytes[20000];
	ssize_t n;
	int size;

	while ((size = BIO_read(c->out, bytes, sizeof bytes)) > 0)
		if (!send_bytes(c, bytes, (size_t)size))
			return false;
	n = recv(c->fd, bytes, sizeof bytes, 0);
	if (n < 0 && errno == EAGAIN && !arg_broken) {
		fprintf(stderr, "tls-clients: the server neither answers nor closes\n");
		exit(1);
	}
	return n > 0 && BIO_write(c->in, bytes, (int)n) == (int)n;
}

static bool shake_hands(struct client *c)
{
	int r;

	while ((r = SSL_do_handshake(c->ssl)) <= 0)
		if (SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ || !exchange(c))
			return false;
	return true;
}

/* Asks, and reads to the end of the stream. */
static bool ask(struct client *c)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	char answer[8192];
	size_t used = 0;
	int r;

	if (SSL_write(c->ssl, request, sizeof request - 1) <= 0)
		return false;
	for (;;) {
		r = SSL_read(c->ssl, answer + used, (int)(sizeof answer - 1 - used));
		if (r > 0) {
			used += (size_t)r;
			continue;
		}
		if (SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ || !exchange(c))
			break;
	}
	answer[used] = '\0';
	return strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && strstr(answer, "\r\n\r\n") &&
	       SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN;
}

static bool visit(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	/* Who has sent half of a message gives up: the server waits for the rest, as it should. */
	const struct timeval patience = { .tv_sec = arg_broken ? 0 : SECONDS_MAX,
					  .tv_usec = arg_broken ? 20000 : 0 };
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	const int on = 1;
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	bool done = false;

	if (c.fd < 0 || connect(c.fd, (const struct sockaddr *)&address, sizeof address) < 0) {
		perror("tls-clients: cannot connect");
		exit(1);
	}
	(void)setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c.ssl = SSL_new(context);
	c.in = BIO_new(BIO_s_mem());
	c.out = BIO_new(BIO_s_mem());
	if (!c.ssl || !c.in || !c.out)
		exit(1);
	SSL_set_bio(c.ssl, c.in, c.out);
	SSL_set_connect_state(c.ssl);
	if (arg_resume && session)
		(void)SSL_set_session(c.ssl, session);
	if (shake_hands(&c)) {
		resumed += SSL_session_reused(c.ssl) != 0;
		done = ask(&c);
	}
	if (arg_reset)
		(void)setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	(void)SSL_shutdown(c.ssl); /* or the session would not be used again */
	SSL_free(c.ssl);
	(void)close(c.fd);
	return done;
}

static bool parse(const char *argument)
{
	uint64_t number;

	if (strcmp(argument, "--resume") == 0)
		arg_resume = true;
	else if (strcmp(argument, "--pieces") == 0)
		arg_pieces = true;
	else if (strcmp(argument, "--broken") == 0)
		arg_broken = true;
	else if (strcmp(argument, "--reset") == 0)
		arg_reset = true;
	else if (strncmp(argument, "--times=", 8) == 0)
		return parse_uint(argument + 8, 1, UINT32_MAX, &arg_times) == 0;
	else if (strncmp(argument, "--tls=", 6) == 0)
		return parse_uint(argument + 6, 12, 13, &arg_tls) == 0;
	else if (parse_uint(argument, 1, UINT16_MAX, &number) == 0)
		port = (in_port_t)number;
	else
		return false;
	return true;
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (!parse(argv[i])) {
			fprintf(stderr, "tls-clients: not understood: '%s'\n", argv[i]);
			return 2;
		}
	context = SSL_CTX_new(TLS_client_method());
	if (!context || port == 0)
		return 2;
	if (arg_tls) {
		const int wanted = arg_tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;

		(void)SSL_CTX_set_min_proto_version(context, wanted);
		(void)SSL_CTX_set_max_proto_version(context, wanted);
	}
	(void)SSL_CTX_set_session_cache_mode(context,
					     SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, keep_session);
	for (uint64_t i = 0; i < arg_times; i++)
		answered += visit();
	printf("answered=%lu resumed=%lu\n", answered, resumed);
	SSL_SESSION_free(session);
	SSL_CTX_free(context);
	return !arg_broken && !arg_reset && answered < arg_times;
}
