/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a socket-activated service does before it serves: the options --listen= and
 * --idle=, and its sockets, passed or opened, of the kinds that it can serve.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "arguments.h"
#include "sockets.h"

/* Longer than people pause between two requests; above the ten seconds of the manuals. */
#define SERVICE_IDLE_SECONDS 60u

/* Thirty years: a limit, so that no sum of it in microseconds overflows. */
#define SERVICE_IDLE_SECONDS_MAX 1000000000u

/* --idle= was not given. */
#define SERVICE_IDLE_UNSET (~0u)

/* Two rows for the table of options: struct texts *, unsigned *. */
#define SERVICE_OPTIONS(addresses, idle_seconds)                                           \
	{ .name = "listen", .texts = (addresses) },                                        \
	{                                                                                  \
		.name = "idle", .number = (idle_seconds), .max = SERVICE_IDLE_SECONDS_MAX, \
		.mistake = "not a number of seconds"                                       \
	}

/* Kinds of sockets. */
#define SERVICE_STREAMS   1u /* that listen; also of AF_UNIX */
#define SERVICE_DATAGRAMS 2u /* of IPv4 or IPv6 */

/*
 * Fills an empty set with what was passed, and opens each address (as in
 * sockets_listen()).
 *
 * passed: the kinds that the manager may pass; opened: the kinds that are opened
 * for an address; a path has no datagrams.
 * idle_seconds: when SERVICE_IDLE_UNSET, it is set to SERVICE_IDLE_SECONDS if something
 * was passed, else to 0.
 * Returns 0, or the exit status after having logged why. The caller closes the set either
 * way.
 */
int service_open_sockets(struct sockets *sockets, unsigned passed, unsigned opened,
			 const struct texts *addresses, unsigned *idle_seconds);

/*
 * Raises the soft limit of descriptors, which is low for the sake of select(2), up to the hard
 * one, for so many connections of for_each descriptors. If that is not enough,
 * *max_connections is made smaller, and the log says so.
 */
void service_raise_descriptor_limit(unsigned *max_connections, unsigned for_each);

#endif
