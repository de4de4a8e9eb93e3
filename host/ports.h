/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports that are bound on this host, of /proc/net/tcp and the like. */
#ifndef PORTS_H
#define PORTS_H

#include "pool.h"

#include <stdbool.h>
#include <stdint.h>

struct port {
	struct port *next;
	bool is_tcp; /* else UDP */
	uint16_t number;
};

/*
 * Adds the ports of such a file to a list: of TCP those that listen. Pure. Lines of another form
 * are left out. Returns 0 or -ENOMEM.
 */
int ports_read(struct pool *pool, const char *text, bool is_tcp, struct port **ports);

/* Those of this host, in the pool; each once. Returns 0 or -ENOMEM; without /proc there are none. */
int ports_find(struct pool *pool, struct port **ret);

/*
 * The port of an address as a socket unit's property Listen has it: "Stream [::]:80". Returns
 * false for another kind of address.
 */
bool ports_of_listen(const char *listen, struct port *ret);

bool ports_have(const struct port *ports, const struct port *port);

#endif
