/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What other programs read: a hosts file, a small zone of RFC 1035, and the
 * status in JSON. All of them are made from the records in the dynamic blocks of the
 * zone file, by pure functions.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "keys.h"
#include "state.h"
#include "zone.h"

#include <stddef.h>

/* In the directory of --hosts=. */
#define OUTPUT_HOSTS_NAME "dyndns"

/* Short, because caches must not keep an address that changes. */
#define OUTPUT_TTL 60

struct output_source {
	const char *bytes; /* of the zone file */
	const struct zone *zone;
	const struct keys *keys;
	const struct state *state;
	const char *origin;     /* of the child zone, without the last point */
	const char *nameserver; /* of the child zone, with the last point */
	double now;
};

/* Each returns 0 and a malloc'd text, or -ENOMEM. */
int output_hosts(const struct output_source *source, char **ret, size_t *ret_size);
int output_zone(const struct output_source *source, uint32_t serial, char **ret, size_t *ret_size);
int output_status(const struct output_source *source, char **ret, size_t *ret_size);

/* Finds the serial in a text that output_zone() made; 0 for any other. */
uint32_t output_zone_serial(const char *text, size_t size);

/* Whether text is a host name as in RFC 1123, of letters, digits, '-', '_' and points. */
bool output_is_name(const char *text, size_t size);

struct output_paths {
	const char *hosts; /* a directory; NULL: none. So for the others: */
	const char *zone;  /* files */
	const char *status;
};

/*
 * Writes what differs from what is there, each by replacement. A new serial is the
 * time, or one more than the old.
 *
 * Returns 0, or the first negative errno, with *ret_path set to the file or directory;
 * the others are written all the same.
 */
int outputs_write(const struct output_paths *paths, const struct output_source *source,
		  const char **ret_path);

#endif
