/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which datagrams are accepted, the cheapest test first. No socket, no file, no log:
 * bytes and a source in, a verdict out; the clock is a function.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "keys.h"
#include "state.h"
#include "zone.h"

/*
 * The date of this version: an earlier clock is not set, and neither is one that is
 * this far behind the newest packet that was accepted.
 */
#define CLOCK_FLOOR          1795219200.0 /* 2026-11-21 */
#define CLOCK_BEHIND_SECONDS 86400.0

/* While the clock is not set: later packets are wrong as well. Fifty years. */
#define CLOCK_SPAN_SECONDS 1577836800.0

/* A cookie is valid for one to two of these. */
#define COOKIE_SECONDS 60.0

/* Sources share a bucket when they hash alike: two times 64 KiB, whoever floods. */
#define BUCKETS 4096

/* Verifications: a household behind one address, with a retrying client on each device. */
#define SOURCE_RATE  20.0
#define SOURCE_BURST 60.0

/* Reserved for the source that is published for a key, whatever floods from elsewhere. */
#define OWNER_RATE    2.0
#define OWNER_BURST   20.0
#define RESERVE_SHARE 8 /* the divisor of the global budget; in addition to it */

struct accept_limits {
	bool v2;            /* version 2 is answered */
	bool public_only;   /* no private addresses */
	double max_ahead;   /* seconds; 0: no limit */
	double max_age;     /* seconds; 0: no limit */
	double verify_rate; /* verifications in a second */
};

struct bucket {
	float tokens;
	double at; /* monotonic */
};

enum verdict {
	ACCEPTED,
	CHALLENGED, /* send the challenge in struct accepted */
	REFUSED_SIZE,
	REFUSED_FORM, /* malformed version 2, or version 2 is off */
	REFUSED_KEY,
	REFUSED_TIMESTAMP, /* not a time */
	REFUSED_WINDOW,
	REFUSED_OLD,
	REFUSED_SOURCE,
	REFUSED_RATE_SOURCE,
	REFUSED_RATE,
	REFUSED_SIGNATURE,
	REFUSED_MEMORY,
	VERDICTS
};

/* The time, read only when it is needed. */
struct moment {
	double real;      /* Unix seconds */
	double monotonic; /* above 0 */
};

struct acceptor {
	struct accept_limits limits;
	const struct zone *zone; /* borrowed, as are the next two; set anew when they change */
	const struct keys *keys;
	struct state *state;
	struct moment (*now)(void);
	double newest;         /* of the state, when the acceptor was set up */
	double clock_floor;    /* CLOCK_FLOOR, or another for a test */
	bool window_suspended; /* the clock is not set; the caller reports it */

	struct bucket budget, reserve, sources[BUCKETS];
	/* Apart from the others, whose level tells which keys exist. */
	struct bucket challenges[BUCKETS];
	uint64_t secret[2];           /* for the buckets: nobody can choose a bucket */
	uint8_t cookie_secret[2][32]; /* of the current epoch and of the one before */
	double epoch_at;              /* monotonic; 0: none yet */
	uint64_t counts[VERDICTS];
};

struct accepted {
	struct dyndns_request request;
	struct state_key *key;
	const struct key_entry *entry;
	struct zone_update updates[DYNDNS_FAMILIES];
	size_t n_updates;
	struct dyndns_answer challenge;
};

/* The random numbers come from getrandom(2). Returns 0 or a negative errno. */
int acceptor_open(struct acceptor *a, const struct accept_limits *limits, struct state *state,
		  struct moment (*now)(void));

/*
 * Judges one datagram. source: mapped for IPv4. An accepted one is remembered in
 * the state; *ret is set for ACCEPTED and CHALLENGED.
 */
enum verdict accept_datagram(struct acceptor *a, const uint8_t *bytes, size_t size,
			     const uint8_t source[static DYNDNS_ADDRESS_SIZE],
			     struct accepted *ret);

/*
 * Whether we wrote a block's timestamp for another key or family than the update's:
 * for struct zone_policy. userdata: the acceptor.
 */
bool accept_is_ours(void *userdata, const struct zone *zone, const struct zone_block *block,
		    const struct zone_update *update);

/* The same for any key and family of the block. */
bool accept_wrote(const struct acceptor *a, const struct zone *zone,
		  const struct zone_block *block);

/* Whether an address may ever be published. Private ones may, unless public_only. */
bool address_is_publishable(const uint8_t address[static DYNDNS_ADDRESS_SIZE], bool public_only);

#endif
