/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered of each key and address family: the newest packet, so that
 * none is accepted twice, and the address, so that an accepted update is not lost when
 * the zone cannot be written. It is saved before the zone changes.
 *
 * The file is text: "dyndnsd-state 2", then a line for each key and family:
 *
 *	KEY-ID 4|6 SEEN WRITTEN ADDRESS/PREFIX VERSION CONFIRMATIONS done|pending
 *
 * SEEN and WRITTEN are doubles as 16 hexadecimal digits, ADDRESS is 32 of them; of
 * a pending update WRITTEN is its time.
 *
 * The last line is "end" and the 64-bit FNV-1a hash of all before it, as 16 hexadecimal
 * digits. A file of version 1 has no such line.
 *
 * These functions make and read the text; the caller reads and writes the file.
 */
#ifndef STATE_H
#define STATE_H

#include "dyndns.h"
#include "id-hash.h"
#include "zone.h"

#include <stdbool.h>
#include <stddef.h>

/* A line has at most 130 bytes; half a million keys with two families each. */
#define STATE_SIZE_MAX ((size_t)128 * 1024 * 1024)

/*
 * A key that was saved at most this long ago is saved with a time this far ahead: a
 * client that sends often costs one write a minute, and is refused that long after a
 * crash.
 */
#define STATE_CEILING_SECONDS 60.0

struct state_entry {
	double seen;     /* timestamp of the newest packet that was accepted; 0: none */
	double on_disk;  /* its time in the file: never less than seen, once saved */
	double to_disk;  /* its time in the text that is being written */
	double wanted;   /* timestamp of the update that is pending */
	double written;  /* timestamp of the last update that was to change the zone */
	double saved_at; /* monotonic; when on_disk moved last */
	uint8_t address[DYNDNS_ADDRESS_SIZE]; /* of the newest packet */
	uint8_t prefix_length, version, confirmations;
	bool pending; /* not in the zone yet */
};

struct state_key {
	char id[DYNDNS_KEY_ID_SIZE];
	struct state_entry family[DYNDNS_FAMILIES];
	double owner_tokens, owner_at; /* for the source that is published now; see accept.c */
};

struct state {
	struct id_salt salt; /* made with the first key */
	size_t n, n_slots;
	struct state_key **slots; /* a power of two of them; NULL: empty */
	bool must_save;           /* accepted packets are not on disk yet */
	bool differs;             /* a clean exit would write another file */
};

#define STATE_NONE ((struct state){ 0 })

/* Returns NULL for a key without state. */
struct state_key *state_find(const struct state *state, const char id[static DYNDNS_KEY_ID_SIZE]);

/* Adds an empty one if there is none; its address never changes. NULL: out of memory. */
struct state_key *state_get(struct state *state, const char id[static DYNDNS_KEY_ID_SIZE]);

/* An accepted packet: remembers its time, and its address as pending. */
void state_remember(struct state *state, struct state_key *key, struct zone_update *update);

/* Raises the time of all families, for a timestamp that was in the zone before. */
void state_raise(struct state *state, struct state_key *key, double floor);

/* The newest timestamp that was accepted, of those before a limit; 0 if there is none. */
double state_newest(const struct state *state, double limit);

/*
 * Adds the entries of a text. Without the times of all keys, packets would count twice:
 * a text that is not whole is refused.
 *
 * Returns 0; -ENODATA when it is empty; -EBADMSG when it is damaged, with *ret_line set to
 * the first line that cannot be read, or to the last one; -ENOMEM. On failure some
 * entries may have been added.
 */
int state_parse(struct state *state, const char *bytes, size_t size, unsigned *ret_line);

/*
 * Makes the text. exact: with the times as they are, for a clean exit; else with times
 * ahead where that saves writes.
 *
 * Returns 0 or -ENOMEM; *ret is malloc'd, the caller's. Call
 * state_saved() when it is on disk.
 */
int state_format(struct state *state, bool exact, double monotonic, char **ret, size_t *ret_size);
void state_saved(struct state *state, double monotonic);

void state_release(struct state *state);

#endif
