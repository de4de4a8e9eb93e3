/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of a zone by their ids, with a look-up that a flood cannot slow down. */
#ifndef KEYS_H
#define KEYS_H

#include "id-hash.h"
#include "zone.h"

struct key_entry {
	char id[DYNDNS_KEY_ID_SIZE];
	uint32_t first, n; /* its appearances: zone->keys[zone->by_key[first]], and on */
};

struct keys {
	struct id_salt salt;
	size_t n, n_slots;
	struct key_entry *entries;
	uint32_t *slots;  /* index into entries plus one; 0: empty; a power of two of them */
	uint32_t *of_key; /* zone->keys index to entries index */
};

#define KEYS_NONE ((struct keys){ 0 })

/*
 * Returns 0, -ENOMEM or the errno of id_salt_make(); *ret is the caller's to release, and
 * valid as long as the zone.
 */
int keys_build(const struct zone *zone, struct keys *ret);
void keys_release(struct keys *keys);

/* Returns NULL for an unknown id. */
const struct key_entry *keys_find(const struct keys *keys,
				  const char id[static DYNDNS_KEY_ID_SIZE]);

#endif
