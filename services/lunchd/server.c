/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to answers: redirects over HTTP, lunches over HTTPS. */
#include "server.h"

#include "elements.h"
#include "pages.h"
#include "random.h"
#include "redirect.h"

#include <errno.h>
#include <netinet/in.h>

/*
 * Browsers that were here ask over HTTPS only, for two years from then on (RFC 6797). Not for
 * the names below it, which may be other people's.
 */
#define HSTS "max-age=63072000"

static bool answer_line(struct http *http, struct client *c, unsigned status, const char *location,
			const char *line, size_t size)
{
	const struct http_header headers[] = {
		{ "Content-Type", "text/plain; charset=utf-8" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Location", location },
	};
	const struct http_answer answer = {
		.status = status,
		.headers = headers,
		.n_headers = ELEMENTS(headers),
		.body = line,
		.size = size,
	};

	return http_answer(http, c, &answer);
}

#define ANSWER_LINE(http, c, status, location, line) \
	answer_line(http, c, status, location, line, sizeof(line) - 1)

/* 308: as 301, and the method stays. */
static bool redirect(struct http *http, struct client *c, const struct http_request *request)
{
	const struct server *server = CONTAINER_OF(http, struct server, redirects);
	char location[REDIRECT_SIZE];
	int r;

	if (request->refusal == 413)
		return ANSWER_LINE(http, c, 413, NULL, "Request body too large.\n");
	if (request->refusal)
		return ANSWER_LINE(http, c, 400, NULL, "Bad request.\n");
	if (!request->target) /* no memory for it */
		return false;
	r = redirect_location(request->host, request->target, server->port, location);
	if (r == -ENAMETOOLONG)
		return ANSWER_LINE(http, c, 414, NULL, "The address is too long.\n");
	if (r < 0)
		return ANSWER_LINE(http, c, 400, NULL, "No host to redirect to.\n");
	return ANSWER_LINE(http, c, 308, location, "Lunch is served over https.\n");
}

static bool serve(struct http *http, struct client *c, const struct http_request *request)
{
	const struct menu *menu = CONTAINER_OF(http, struct server, lunches)->menu;
	enum page_name name =
		request->refusal == 413 ? PAGE_TOO_LARGE
		: request->refusal      ? PAGE_BAD_REQUEST
				   : page_choose(request->method, request->path, request->accept);
	const struct page *page;
	char body[PAGE_SIZE];
	size_t chosen = 0;

	if ((name == PAGE_TEXT || name == PAGE_HTML) && random_below(menu->n, &chosen) < 0)
		name = PAGE_NO_LUNCH;
	page = &pages[name];
	const struct http_header headers[] = {
		{ "Strict-Transport-Security", HSTS },
		{ "Cache-Control", "no-store" },
		{ "Content-Type", page->type },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", page->policy },
		{ page->header, page->value },
	};
	const struct http_answer answer = {
		.status = page->status,
		.headers = headers,
		.n_headers = ELEMENTS(headers),
		.body = body,
		.size = page_render(name, &menu->lunches[chosen], body),
	};

	return http_answer(http, c, &answer);
}

static void connected(struct tls_front *front, int fd)
{
	clients_let_in(&CONTAINER_OF(front, struct server, front)->lunches.clients, fd);
}

/* Of the first socket that has one: 443 unless somebody serves elsewhere. */
static uint16_t port_of(const struct sockets *sockets)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { 0 };
	socklen_t size;

	for (size_t i = 0; i < sockets->n; i++) {
		size = sizeof address;
		if (getsockname(sockets->at[i].fd, &address.any, &size) < 0)
			continue;
		if (address.any.sa_family == AF_INET)
			return ntohs(address.in.sin_port);
		if (address.any.sa_family == AF_INET6)
			return ntohs(address.in6.sin6_port);
	}
	return 443;
}

int server_open(struct server *server, struct loop *loop, const struct sockets *plain,
		const struct sockets *secure, unsigned max_connections, struct menu *menu,
		struct tls_identity *identity)
{
	static const struct http_service redirects = { .wants_target = true, .request = redirect };
	static const struct http_service lunches = { .request = serve };
	static const struct sockets none;
	int r;

	*server = (struct server)SERVER_CLOSED;
	server->menu = menu;
	server->port = port_of(secure);
	r = http_open(&server->redirects, loop, &redirects, plain, max_connections);
	if (r == 0)
		r = http_open(&server->lunches, loop, &lunches, &none, max_connections);
	if (r == 0)
		r = tls_front_open(&server->front, loop, secure, max_connections, identity,
				   connected);
	return r;
}

void server_stop(struct server *server)
{
	http_stop(&server->redirects);
	tls_front_stop(&server->front);
	http_stop(&server->lunches);
}

unsigned server_clients(const struct server *server)
{
	return server->redirects.clients.listeners.n_clients + server->front.listeners.n_clients;
}

void server_close(struct server *server)
{
	tls_front_close(&server->front);
	if (server->lunches.loop)
		http_close(&server->lunches);
	if (server->redirects.loop)
		http_close(&server->redirects);
}
