/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of a zone by their ids, for a look-up that a flood cannot make slow. */
#include "keys.h"

#include <errno.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>

/* The first slot to look into. */
static size_t slot_of(const struct keys *keys, const char id[static DYNDNS_KEY_ID_SIZE])
{
	return id_hash(&keys->salt, id) & (keys->n_slots - 1);
}

static void insert_entry(struct keys *keys, uint32_t entry)
{
	size_t slot = slot_of(keys, keys->entries[entry].id);

	while (keys->slots[slot] != 0)
		slot = (slot + 1) & (keys->n_slots - 1);
	keys->slots[slot] = entry + 1;
}

int keys_build(const struct zone *zone, struct keys *ret)
{
	struct keys keys = { .n_slots = 16 };
	int r;

	r = id_salt_make(&keys.salt);
	if (r < 0)
		return r;
	while (keys.n_slots < zone->n_keys * 4)
		keys.n_slots *= 2;
	keys.entries = calloc(zone->n_keys + 1, sizeof *keys.entries);
	keys.of_key = calloc(zone->n_keys + 1, sizeof *keys.of_key);
	keys.slots = calloc(keys.n_slots, sizeof *keys.slots);
	if (!keys.entries || !keys.of_key || !keys.slots) {
		keys_release(&keys);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < zone->n_keys; i++) {
		const struct zone_key *key = &zone->keys[zone->by_key[i]];
		uint8_t hash[crypto_hash_sha256_BYTES];

		if (keys.n == 0 ||
		    memcmp(key->key, zone->keys[zone->by_key[i - 1]].key, sizeof key->key) != 0) {
			struct key_entry *entry = &keys.entries[keys.n];

			(void)crypto_hash_sha256(hash, key->key, sizeof key->key);
			dyndns_key_id(hash, entry->id);
			entry->first = i;
			insert_entry(&keys, (uint32_t)keys.n++);
		}
		keys.entries[keys.n - 1].n++;
		keys.of_key[zone->by_key[i]] = (uint32_t)keys.n - 1;
	}
	*ret = keys;
	return 0;
}

void keys_release(struct keys *keys)
{
	free(keys->entries);
	free(keys->of_key);
	free(keys->slots);
	*keys = KEYS_NONE;
}

const struct key_entry *keys_find(const struct keys *keys, const char id[static DYNDNS_KEY_ID_SIZE])
{
	size_t slot;

	if (keys->n == 0)
		return NULL;
	slot = slot_of(keys, id);
	for (; keys->slots[slot] != 0; slot = (slot + 1) & (keys->n_slots - 1)) {
		const struct key_entry *entry = &keys->entries[keys->slots[slot] - 1];

		if (memcmp(entry->id, id, DYNDNS_KEY_ID_SIZE) == 0)
			return entry;
	}
	return NULL;
}
