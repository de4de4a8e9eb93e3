/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a request over HTTP is redirected to. Pure. */
#ifndef REDIRECT_H
#define REDIRECT_H

#include <stdint.h>

/* The longest name of DNS, or an IPv6 address in brackets. */
#define REDIRECT_HOST_MAX 253

/*
 * Of a target, escaped, with a NUL. With the longest host the answer has to fit into what the
 * longest request leaves of CONNECTION_MEMORY in lib/http/server.c, 1024 bytes: else there is none.
 */
#define REDIRECT_TARGET_MAX 512

/* "https://" host ":65535" "/" target. */
#define REDIRECT_SIZE (8 + REDIRECT_HOST_MAX + 6 + 1 + REDIRECT_TARGET_MAX)

/*
 * Writes the same address with https.
 *
 * host: the Host header, or NULL; target: as in the request line: path and query, or the absolute
 * form, whose host counts then (RFC 9112 3.2.2). What a target must not have (blanks, quotes, bytes that are
 * not ASCII) is escaped. port: of https; 443 is left out.
 * Returns 0; -EINVAL for a host that is no name and no address, or another target; -ENAMETOOLONG.
 */
int redirect_location(const char *host, const char *target, uint16_t port,
		      char ret[static REDIRECT_SIZE]);

#endif
