/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listening sockets of a service: accepts clients up to a limit. At the limit, and
 * without descriptors or memory, the sockets are not polled, and clients wait in the
 * kernel's queue. A service that gives the place of one client to another at the limit says
 * so by make_room.
 *
 * A client counts, and holds the loop, from listeners_hold() to listeners_release(),
 * which the service calls.
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "loop.h"
#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>

struct listeners;

struct listener {
	struct loop_source source; /* its descriptor is borrowed from the set of sockets */
	struct listeners *listeners;
};

struct listeners {
	struct loop *loop; /* borrowed */
	unsigned n_clients, max_clients;
	/* Takes the descriptor, non-blocking and close-on-exec. Returns as a source's ready(). */
	int (*accepted)(struct listeners *listeners, int fd);
	/*
	 * NULL, or makes a client leave at the limit, when another one waits. Returns whether it
	 * has left; else it is asked again when one does, or a moment later. To be set after
	 * listeners_open().
	 */
	bool (*make_room)(struct listeners *listeners);

	struct listener at[SOCKETS_MAX];
	size_t n;
	bool paused;
	bool stopped;
	struct loop_timer retry; /* after running out of descriptors or memory */
};

#define LISTENERS_CLOSED ((struct listeners){ .retry = LOOP_TIMER_CLOSED })

/*
 * Starts to accept clients on those sockets of the set that listen; set and loop stay
 * the caller's. Level-triggered; a burst at a time.
 *
 * max_clients: at least 1.
 * Returns 0 or a negative errno of the loop. listeners_close() is allowed either way.
 */
int listeners_open(struct listeners *listeners, struct loop *loop, const struct sockets *sockets,
		   unsigned max_clients, int (*accepted)(struct listeners *listeners, int fd));

/* A client was accepted. */
void listeners_hold(struct listeners *listeners);

/* A client is gone, and its descriptor closed. */
void listeners_release(struct listeners *listeners);

/* There was no memory for a client: accepts nobody until one is gone, or for a second. */
void listeners_wait(struct listeners *listeners);

/* Accepts nobody any more. */
void listeners_stop(struct listeners *listeners);

void listeners_close(struct listeners *listeners);

#endif
