/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a request say. Pure: no connection, no library. */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include <stdbool.h>

/*
 * Whether an Accept header (RFC 9110 12.5.1) prefers text/html to text/plain.
 *
 * Quality values and ranges count; with equal quality, or without a header, plain text wins: that
 * is what curl asks for. A range with an unreadable quality counts as not being there.
 */
bool accept_prefers_html(const char *accept);

/*
 * Whether it names a media type itself, and not by a range, with no less quality than text/plain
 * has. type: in lower case.
 */
bool accept_names(const char *accept, const char *type);

/* Whether a Host header has only the characters of uri-host and port, RFC 9110 7.2. */
bool host_is_valid(const char *host);

/*
 * The path of a request's target. Proxies may send the absolute form, "http://host/path", which a
 * server must accept (RFC 9112 3.2.2); "/" when that has no path.
 */
const char *target_path(const char *target);

#endif
