/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to numbers: a request that counts waits for the end of its turn, when one commit
 * serves all of them, and only then they are answered. So durability costs one disk write per
 * turn, not per visit, and a crowd makes it cheaper.
 */
#ifndef VISITS_H
#define VISITS_H

#include "counter.h"
#include "http/server.h"
#include "pages.h"

#include <stdbool.h>
#include <stdint.h>

struct visits {
	struct http http;
	struct counter *counter;     /* borrowed */
	struct page_metrics metrics; /* the rest is filled in for each answer */

	bool failing;               /* logged that the counter cannot be written */
	uint64_t failure_logged_us; /* when; 0: never */
};

#define VISITS_CLOSED               \
	{                           \
		.http = HTTP_CLOSED \
	}

/*
 * Starts serving all listeners of the set, as http_open() does, whose errors it returns. The
 * counter stays the caller's. visits_close() is allowed either way.
 */
int visits_open(struct visits *visits, struct loop *loop, struct counter *counter,
		const struct sockets *sockets, unsigned max_connections);
void visits_close(struct visits *visits);

#endif
