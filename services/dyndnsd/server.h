/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The receiver at work: takes datagrams, writes first the state, then the zone, then the
 * outputs, and acknowledges.
 *
 * It writes at once when a packet comes after a second of silence, and at most once a
 * second otherwise. What failed is tried again, less and less often; the loop is held
 * until it is done.
 */
#ifndef SERVER_H
#define SERVER_H

#include "accept.h"
#include "answers.h"
#include "loop.h"
#include "outputs.h"
#include "sockets.h"
#include "store.h"

struct server_options {
	const char *zone;            /* path of the zone file */
	const char *state_directory; /* NULL only with dry_run: nothing is remembered */
	const char *record_types;
	bool update_timestamps;
	bool dry_run;
	struct accept_limits limits;
	struct output_paths outputs;
	const char *origin, *nameserver;
};

struct server_socket {
	struct loop_source source;
	struct server *server;
};

struct server {
	struct loop *loop;
	const struct server_options *options;
	struct store store;
	struct state state;
	struct acceptor acceptor;
	struct answers answers;
	int state_fd; /* of the directory; owned */
	struct loop_timer timer;
	struct server_socket sockets[SOCKETS_MAX];
	size_t n_sockets;
	bool held; /* something has to be written */
	bool outputs_due;
	double looked_at;     /* monotonic; when the zone file was last looked at */
	double flushed_at;    /* monotonic; when the disk was last written, or tried to be */
	unsigned failures;    /* in a row */
	int reported_failure; /* an errno; 0: none */
	uint64_t reported_problems;
	bool reported_clock, reported_owner;
};

#define SERVER_CLOSED \
	((struct server){ .store = STORE_CLOSED, .state_fd = -1, .timer = LOOP_TIMER_CLOSED })

/*
 * Reads state and zone, attaches the length filter, and begins to receive. A zone file
 * that does not exist or cannot be read is waited for.
 *
 * Logs failures itself. Returns 0 or a negative errno; server_close() is allowed either
 * way.
 */
int server_open(struct server *server, struct loop *loop, const struct sockets *sockets,
		const struct server_options *options);

/* Receives no more, and writes what was accepted. Returns 0 or a negative errno. */
int server_stop(struct server *server);
void server_close(struct server *server);

#endif
