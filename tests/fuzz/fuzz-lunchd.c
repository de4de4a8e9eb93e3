/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are what a stranger sends to lunchd, in pieces: over HTTP, or over TLS as far as one comes
 * without the keys of a handshake. Who is redirected stays with https, and no connection is left when
 * the client has gone.
 */
#include "../../services/lunchd/server.h"
#include "fd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Made for this file. */
static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBcDCCARWgAwIBAgIUMDNJOIccBBv0hUa/cIZVm1WDQ5owCgYIKoZIzj0EAwIw\n"
	"DDEKMAgGA1UEAwwBeDAgFw0yNjExMjgxNDAwNDVaGA8yMTI2MTEwNDE0MDA0NVow\n"
	"DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJInQYT5T8sK\n"
	"8zMEYMxmp6hBDERqKfhpBAHRRysIt6D0xyU9tOWDbYoS/FmJ/Z3xBYOJQDc3/k9e\n"
	"lndPHFfm+JSjUzBRMB0GA1UdDgQWBBS5W1CoHGAqA13klsWTMH01U7RvCDAfBgNV\n"
	"HSMEGDAWgBS5W1CoHGAqA13klsWTMH01U7RvCDAPBgNVHRMBAf8EBTADAQH/MAoG\n"
	"CCqGSM49BAMCA0kAMEYCIQCUvFi6S2nAaKzDy92geghu5aSI5/bpFzOizEWsTmKW\n"
	"CQIhAJOMqF8ojXf2kOePKkAb/abMIbtejOjzTxNImyXJOcE9\n"
	"-----END CERTIFICATE-----\n";
static const char key[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgu2Z1LVtwAtuemdjc\n"
			  "3lkXEGUxnDeqFyCoe21LZlhocv2hRANCAASSJ0GE+U/LCvMzBGDMZqeoQQxEain4\n"
			  "aQQB0UcrCLeg9MclPbTlg22KEvxZif2d8QWDiUA3N/5PXpZ3TxxX5viU\n"
			  "-----END PRIVATE KEY-----\n";

static struct loop loop;
static struct server server;
static struct menu menu;

static void open_service(void)
{
	static const struct sockets none;
	static struct lunch lunch = { "Soup", "hot" };
	struct tls_identity *identity;
	struct tls_secrets *secrets;

	menu = (struct menu){ .n = 1, .lunches = &lunch };
	if (tls_secrets_open(&secrets) < 0 ||
	    tls_identity_new(secrets, certificate, strlen(certificate), key, strlen(key),
			     "http/1.1", &identity) != 0 ||
	    loop_open(&loop, 0) < 0 ||
	    server_open(&server, &loop, &none, &none, 8, &menu, identity) < 0)
		abort();
	tls_identity_release(identity);
}

/* What loop_run() does, as long as a source is ready. */
static void run_loop(void)
{
	struct epoll_event event;

	while (epoll_wait(loop.epoll_fd, &event, 1, 0) > 0) {
		struct loop_source *source = event.data.ptr;

		if (source->ready(&loop, source) < 0)
			abort();
	}
}

/* The first byte of a piece says how long it is, and whether the service has its turn before it. */
static void send_pieces(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t rest = size - 1, piece = (size_t)(bytes[0] & 0x7f) + 1;

		if (bytes[0] & 0x80)
			run_loop();
		piece = piece < rest ? piece : rest;
		/* The service may have hung up. */
		if (piece > 0)
			(void)!send(fd, bytes + 1, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
		bytes += 1 + piece;
		size = rest - piece;
	}
}

/* Whatever the request says, whoever follows the answer comes to https. */
static void check_answer(int fd)
{
	static const char header[] = "\r\nLocation: ", https[] = "https://";
	static char answer[65536];
	const char *location = answer;
	ssize_t n = recv(fd, answer, sizeof answer - 1, MSG_DONTWAIT);

	answer[n > 0 ? n : 0] = '\0';
	while ((location = strstr(location, header))) {
		location += strlen(header);
		assert(strncmp(location, https, strlen(https)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t manner;
	int ends[2];

	if (!server.menu)
		open_service();
	if (size == 0)
		return 0;
	manner = *bytes++;
	size--;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	if (manner & 1)
		clients_let_in(&server.redirects.clients, ends[1]);
	else if (server.front.listeners.accepted(&server.front.listeners, ends[1]) < 0)
		abort();
	send_pieces(ends[0], bytes, size);
	if (manner & 2)
		(void)shutdown(ends[0], SHUT_WR);
	run_loop();
	if (manner & 1)
		check_answer(ends[0]);
	close_fd(&ends[0]);
	run_loop();
	assert(server_clients(&server) == 0 && loop.held == 0);
	assert(!server.front.deadlines.first && !server.redirects.clients.deadlines.first);
	return 0;
}
