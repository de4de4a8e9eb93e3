/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data file of tinydns, as far as dynamic addresses go: which lines belong to
 * which keys, and a new text in which nothing but addresses and times differs.
 *
 * Pure: bytes in, structs out. Any bytes are a zone file; what cannot be read is
 * left alone. Nothing in a struct points into the bytes: spans are offsets.
 */
#ifndef ZONE_H
#define ZONE_H

#include "dyndns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A million lines of 64 bytes; tinydns-data itself reads any size. */
#define ZONE_SIZE_MAX ((size_t)64 * 1024 * 1024)

/* The line types that may be rewritten on request, those of the original first. */
#define ZONE_TYPES_ALL     "+63=@.&:"
#define ZONE_TYPES_DEFAULT "+6"

/* More networks than people write into one comment. */
#define ZONE_ALLOW_MAX 8

/* The longest text that is ever written: 16 bytes in octal, for ":fqdn:28:". */
#define ZONE_TEXT_MAX 64

struct zone_span {
	size_t at, size;
};

/* Too many digits: no packet is newer. */
#define ZONE_TIMESTAMP_ENDLESS UINT64_MAX

struct zone_network {
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	uint8_t prefix_length; /* of all 128 bits: 96 and more for IPv4 */
};

/* From "# dynamic-options:" before a dynamic line. */
struct zone_options {
	struct zone_network allow[ZONE_ALLOW_MAX];
	uint8_t n_allow;  /* 0: from anywhere */
	uint8_t families; /* a bit each */
	uint8_t confirm;  /* packets in a row with the same address that are needed */
	bool require_v2;
	bool disabled; /* an unknown word: a typo must not allow anything */
};

struct zone_key {
	uint8_t key[DYNDNS_KEY_SIZE];
	uint32_t block;
	uint32_t options; /* into the zone's options; 0: none */
};

struct zone_record {
	struct zone_span name;   /* field 1 */
	struct zone_span server; /* field 3 of '@', '.' and '&': whose address it is; else empty */
	struct zone_span field;  /* what is replaced */
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	uint32_t ttl; /* 0: not stated */
	uint32_t line;
	char type;
	uint8_t family;
	/*
	 * tinydns serves it to some clients only, or for some time, or not at all: it has a
	 * location, a time, or an address of fewer than four numbers.
	 */
	bool restricted;
};

struct zone_block {
	struct zone_span field; /* the timestamp */
	uint64_t timestamp; /* hundredths of a second, rounded down; or ZONE_TIMESTAMP_ENDLESS */
	uint32_t line;
	uint32_t first_key, n_keys;
	uint32_t first_record, n_records;
};

/* All arrays in the order of the file; by_key is sorted by key, then by block. */
struct zone {
	size_t n_blocks, n_keys, n_records, n_options;
	struct zone_block *blocks;
	struct zone_key *keys;
	struct zone_record *records;
	struct zone_options *options; /* the first is the default */
	uint32_t *by_key;             /* indices into keys */
};

#define ZONE_NONE ((struct zone){ 0 })

/* Called for each line that is ignored although it looks like one that should not be. */
typedef void zone_problem_fn(void *userdata, unsigned line, const char *what);

/*
 * Parses. types: the line types to look at, of ZONE_TYPES_ALL. problem may be NULL.
 *
 * Returns 0, -EFBIG above ZONE_SIZE_MAX, -ENOMEM. On failure *ret is untouched;
 * else it is the caller's to release.
 */
int zone_parse(const char *bytes, size_t size, const char *types, zone_problem_fn *problem,
	       void *userdata, struct zone *ret);
void zone_release(struct zone *zone);

/* Finds the blocks of a key. Returns how many; *ret_first is the by_key index of the first. */
size_t zone_find_key(const struct zone *zone, const uint8_t key[static DYNDNS_KEY_SIZE],
		     size_t *ret_first);

/* One accepted packet, one address. */
struct zone_update {
	uint8_t key[DYNDNS_KEY_SIZE];
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	uint8_t family;
	uint8_t prefix_length; /* of all 128 bits; 128: all of it is the address */
	uint8_t version;       /* of the packet */
	uint8_t confirmations; /* packets in a row with this address, 1 and more */
	double timestamp;      /* sane */
	bool reached, changed; /* set by zone_plan(): a block takes it; it changes an address */
	bool unconfirmed;      /* a block takes it after more packets */
};

/* Whether a key's options let this update in. */
bool zone_options_allow(const struct zone_options *options, const struct zone_update *update);

struct zone_policy {
	bool update_timestamps; /* also when no address changes */
	/*
	 * Whether we wrote the block's timestamp for another key or family than the
	 * update's. Then it says nothing about this update, and the caller has compared
	 * it with its own state. NULL: never.
	 */
	bool (*is_ours)(void *userdata, const struct zone *zone, const struct zone_block *block,
			const struct zone_update *update);
	void *userdata;
};

struct zone_edit {
	struct zone_span span;
	uint32_t index; /* of the record, or of the block */
	bool is_record; /* else it is a block's timestamp */
	uint8_t length;
	char text[ZONE_TEXT_MAX]; /* no NUL */
	uint8_t address[DYNDNS_ADDRESS_SIZE];
};

/* In the order of the file, never overlapping. */
struct zone_edits {
	size_t n;
	struct zone_edit *at;
};

#define ZONE_EDITS_NONE ((struct zone_edits){ 0 })

/*
 * Plans what the updates change: later ones win. A block takes an update when its
 * timestamp is older than the update's, both in hundredths of a second. When an
 * address changes in one of the blocks that take it, all of these get its time;
 * a timestamp never goes back.
 *
 * Returns 0 or -ENOMEM; the edits are the caller's to release.
 */
int zone_plan(const struct zone *zone, struct zone_update *updates, size_t n_updates,
	      const struct zone_policy *policy, struct zone_edits *ret);
void zone_edits_release(struct zone_edits *edits);

/*
 * Makes the new text, and checks that it is the old one outside of the edits and
 * parses to the same blocks, keys and records with the new addresses.
 *
 * Returns 0, -ENOMEM, -EFBIG, or -EBADMSG when the check failed: a bug of
 * ours, and the text must not be written. *ret is malloc'd, the caller's.
 */
int zone_splice(const char *bytes, size_t size, const struct zone *zone, const char *types,
		const struct zone_edits *edits, char **ret, size_t *ret_size);

#endif
