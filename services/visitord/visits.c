/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to numbers: one commit serves all that came in a turn. */
#include "visits.h"

#include "clock.h"
#include "elements.h"
#include "log.h"

#include <errno.h>
#include <string.h>

/* A disk that fails now and then is logged no more often than this. */
#define FAILURE_SECONDS 60

static struct visits *visits_of(struct http *http)
{
	return CONTAINER_OF(http, struct visits, http);
}

static bool answer(struct http *http, struct client *c, enum page_name name, uint64_t number)
{
	struct visits *visits = visits_of(http);
	const struct page *page = &pages[name];
	const struct http_header headers[] = {
		{ "Cache-Control", "no-store" },
		{ "Content-Type", page->type },
		{ "X-Content-Type-Options", page->type ? "nosniff" : NULL },
		{ "Content-Security-Policy", page->policy },
		{ page->header, page->value },
	};
	char body[PAGE_SIZE];
	struct http_answer answer = {
		.status = page->status,
		.headers = headers,
		.n_headers = ELEMENTS(headers),
		.body = body,
	};

	visits->metrics.requests[page_status_index(page->status)]++;
	visits->metrics.visits = visits->counter->number;
	visits->metrics.connections = http->clients.listeners.n_clients;
	answer.size = page_render(name, number, &visits->metrics, body);
	return http_answer(http, c, &answer);
}

static bool request(struct http *http, struct client *c, const struct http_request *request)
{
	enum page_name page;

	if (request->refusal)
		return answer(http, c, request->refusal == 400 ? PAGE_BAD_REQUEST : PAGE_TOO_LARGE,
			      0);
	page = page_choose(request->method, request->path, request->accept);
	if (!pages[page].counts || strcmp(request->method, "HEAD") == 0)
		return answer(http, c, page, visits_of(http)->counter->number);
	c->page = page;
	return http_wait(http, c);
}

static bool resumed(struct http *http, struct client *c)
{
	return answer(http, c, c->page, c->number);
}

static void report_outcome(struct visits *visits, int r)
{
	uint64_t now;

	if (r == 0) {
		if (visits->failing)
			log_info("counting again");
		visits->failing = false;
		return;
	}
	now = now_us(CLOCK_MONOTONIC);
	if (visits->failing || (visits->failure_logged_us > 0 &&
				now - visits->failure_logged_us < FAILURE_SECONDS * USEC_PER_SEC))
		return;
	visits->failing = true;
	visits->failure_logged_us = now;
	if (r == -ERANGE)
		log_error("counter is at its maximum; answering 503");
	else
		log_failure(r, "cannot write the counter; answering 503 until it works");
}

static void count(struct http *http)
{
	struct visits *visits = visits_of(http);
	uint64_t number = 0;
	int r;

	r = counter_add(visits->counter, http->n_waiting, &number);
	report_outcome(visits, r);
	/* The last to come is the first on the stack, and gets the highest number. */
	number += http->n_waiting;
	for (struct client *c = http->waiting; c; c = c->next_waiting) {
		c->number = r == 0 ? --number : 0;
		if (r < 0)
			c->page = page_without_number(c->page);
	}
}

int visits_open(struct visits *visits, struct loop *loop, struct counter *counter,
		const struct sockets *sockets, unsigned max_connections)
{
	static const struct http_service service = {
		.request = request,
		.commit = count,
		.resumed = resumed,
	};

	*visits = (struct visits)VISITS_CLOSED;
	visits->counter = counter;
	return http_open(&visits->http, loop, &service, sockets, max_connections);
}

void visits_close(struct visits *visits)
{
	http_close(&visits->http);
}
