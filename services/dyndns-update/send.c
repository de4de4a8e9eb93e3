/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes packets, sends them, and waits for the server's answer. */
#include "send.h"

#include "address.h"
#include "clock.h"
#include "fd.h"
#include "format.h"
#include "log.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_sign.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* The server writes at most once a second, so it may need that long to answer. */
#define RESEND_SECONDS     2.0
#define RESEND_SECONDS_MAX 16.0

_Static_assert(SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "libsodium");

double unix_time(void)
{
	return (double)now_us(CLOCK_REALTIME) / (double)USEC_PER_SEC;
}

double monotonic_time(void)
{
	return (double)now_us(CLOCK_MONOTONIC) / (double)USEC_PER_SEC;
}

void signer_make(const uint8_t seed[static DYNDNS_KEY_SIZE], struct signer *ret)
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_sign_seed_keypair(ret->verify_key, ret->secret, seed);
	(void)crypto_hash_sha256(hash, ret->verify_key, sizeof ret->verify_key);
	dyndns_key_id(hash, ret->key_id);
	ret->key_id[DYNDNS_KEY_ID_SIZE] = '\0';
}

size_t signer_sign(const struct signer *signer, struct dyndns_request *request,
		   uint8_t bytes[static DYNDNS_V2_SIZE])
{
	uint8_t text[DYNDNS_SIGNED_MAX];
	size_t size, length;

	memcpy(request->key_id, signer->key_id, sizeof request->key_id);
	size = dyndns_request_write(request, bytes);
	length = dyndns_signed_text(bytes, size, text);
	(void)crypto_sign_detached(request->signature, NULL, text, length, signer->secret);
	return dyndns_request_write(request, bytes);
}

/* --- sockets ------------------------------------------------------------------------- */

static int resolve(const struct endpoint *endpoint, int family, struct addrinfo **ret)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	char port[6], escaped[LOG_ESCAPED_SIZE];
	int r;

	(void)format_text(port, sizeof port, "%u", endpoint->port);
	r = getaddrinfo(endpoint->host, port, &hints, ret);
	if (r == 0)
		return 0;
	(void)log_escape(endpoint->host, escaped);
	if (r == EAI_SYSTEM) {
		r = -errno;
		log_failure(r, "cannot resolve '%s'", escaped);
		return r;
	}
	log_error("cannot resolve '%s': %s", escaped, gai_strerror(r));
	return -EHOSTUNREACH;
}

/* As the original: the first IPv4 address if there is one, or a random address. */
static const struct addrinfo *choose(const struct addrinfo *list, bool random)
{
	const struct addrinfo *a = list;
	uint32_t number = 0;
	size_t n = 0;

	if (!random) {
		while (a && a->ai_family != AF_INET)
			a = a->ai_next;
		return a ? a : list;
	}
	for (; a; a = a->ai_next)
		n++;
	if (getrandom(&number, sizeof number, 0) < 0)
		number = 0; /* then the first */
	a = list;
	for (size_t i = n > 0 ? number % n : 0; i > 0; i--)
		a = a->ai_next;
	return a;
}

static int bind_socket(int fd, int family, const struct endpoint *endpoint)
{
	struct addrinfo *list = NULL;
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	r = resolve(endpoint, family, &list);
	if (r < 0)
		return r;
	r = bind(fd, list->ai_addr, list->ai_addrlen) < 0 ? -errno : 0;
	if (r < 0)
		log_failure(r, "cannot send from '%s'", log_escape(endpoint->host, escaped));
	freeaddrinfo(list);
	return r;
}

static int connect_socket(const struct addrinfo *address, const struct endpoint *destination,
			  const struct route *route)
{
	CLEANUP_FD int fd = -1;
	char host[ADDRESS_TEXT_SIZE], escaped[LOG_ESCAPED_SIZE];
	int r;

	fd = socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (route->bind) {
		r = bind_socket(fd, address->ai_family, route->bind);
		if (r < 0)
			return r;
	}
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		r = -errno;
		log_failure(r, "cannot reach '%s'", log_escape(destination->host, escaped));
		return r;
	}
	if (route->debug) {
		const void *bytes =
			address->ai_family == AF_INET
				? (const void *)&((struct sockaddr_in *)address->ai_addr)->sin_addr
				: &((struct sockaddr_in6 *)address->ai_addr)->sin6_addr;

		log_info("sending to %s port %u", address_text(address->ai_family, bytes, host),
			 destination->port);
	}
	return TAKE_FD(fd);
}

int open_route(const struct endpoint *destination, const struct route *route)
{
	struct addrinfo *list = NULL;
	struct route with_family = *route;
	int r;

	/* The address to send from decides the family if no option does. */
	if (route->bind && route->family == AF_UNSPEC) {
		r = resolve(route->bind, AF_UNSPEC, &list);
		if (r < 0)
			return r;
		with_family.family = choose(list, false)->ai_family;
		freeaddrinfo(list);
	}
	r = resolve(destination, with_family.family, &list);
	if (r < 0)
		return r;
	r = connect_socket(choose(list, route->random), destination, &with_family);
	freeaddrinfo(list);
	return r;
}

int socket_family(int fd)
{
	int family = AF_INET;
	socklen_t size = sizeof family;

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
	return family;
}

int send_packet(int fd, const uint8_t *bytes, size_t size)
{
	ssize_t n;

	do
		n = send(fd, bytes, size, MSG_NOSIGNAL);
	/* ECONNREFUSED is about an earlier packet. */
	while (n < 0 && (errno == EINTR || errno == ECONNREFUSED));
	return n < 0 ? -errno : 0;
}

/* --- asking -------------------------------------------------------------------------- */

/*
 * Waits for an answer to this nonce. Returns 0 and sets *ret, or -ETIMEDOUT.
 * Anything else is ignored: anybody may send.
 */
static int wait_answer(int fd, const uint8_t *nonce, double until, struct dyndns_answer *ret)
{
	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		uint8_t bytes[DYNDNS_ANSWER_SIZE + 1];
		struct dyndns_answer answer;
		double left = until - monotonic_time();
		ssize_t n;

		if (!(left > 0))
			return -ETIMEDOUT;
		(void)poll(&poller, 1, (int)(left * 1000) + 1);
		n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n < 0 || dyndns_answer_read(bytes, (size_t)n, &answer) < 0 ||
		    memcmp(answer.nonce, nonce, DYNDNS_NONCE_SIZE) != 0)
			continue;
		*ret = answer;
		return 0;
	}
}

int ask(int fd, const struct signer *signer, const struct dyndns_request *request, double seconds,
	struct dyndns_answer *ret)
{
	struct dyndns_request asked = *request;
	double until = monotonic_time() + seconds, pause = RESEND_SECONDS;
	uint8_t bytes[DYNDNS_V2_SIZE];
	struct dyndns_answer answer;
	bool have_cookie = false;

	if (getrandom(asked.nonce, sizeof asked.nonce, 0) < 0)
		return -errno;
	while (monotonic_time() < until) {
		double resend = monotonic_time() + pause;

		asked.timestamp = unix_time(); /* an older one would be refused as a replay */
		/* The network may come back before the time is over. */
		(void)send_packet(fd, bytes, signer_sign(signer, &asked, bytes));
		if (wait_answer(fd, asked.nonce, resend < until ? resend : until, &answer) < 0) {
			pause = pause * 2 < RESEND_SECONDS_MAX ? pause * 2 : RESEND_SECONDS_MAX;
			continue;
		}
		if (answer.type == DYNDNS_CHALLENGE) {
			/* A second one means that the server has new secrets; no need to hurry. */
			if (have_cookie)
				(void)poll(NULL, 0, 1000);
			memcpy(asked.cookie, answer.cookie, sizeof asked.cookie);
			have_cookie = true;
			continue;
		}
		if (answer.status != DYNDNS_UNCONFIRMED) {
			*ret = answer;
			return 0;
		}
		(void)poll(NULL, 0, 1000); /* it wants another packet with a later time */
	}
	return -ETIMEDOUT;
}
