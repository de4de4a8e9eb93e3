/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepted updates on their way from the state to the zone. */
#include "pending.h"

#include "order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
	struct state_key *key;
	size_t family;
};

bool state_has_pending(const struct state *state)
{
	for (size_t i = 0; i < state->n_slots; i++) {
		for (size_t f = 0; state->slots[i] && f < DYNDNS_FAMILIES; f++) {
			if (state->slots[i]->family[f].pending)
				return true;
		}
	}
	return false;
}

static bool is_older(const void *userdata, uint32_t a, uint32_t b)
{
	const struct candidate *list = userdata;

	return list[a].key->family[list[a].family].wanted <
	       list[b].key->family[list[b].family].wanted;
}

static size_t list_candidates(struct state *state, const struct keys *keys, struct candidate *list)
{
	size_t n = 0;

	for (size_t i = 0; i < state->n_slots; i++) {
		for (size_t f = 0; state->slots[i] && f < DYNDNS_FAMILIES; f++) {
			struct state_entry *entry = &state->slots[i]->family[f];

			if (!entry->pending)
				continue;
			entry->pending = keys_find(keys, state->slots[i]->id);
			if (entry->pending)
				list[n++] = (struct candidate){ state->slots[i], f };
		}
	}
	return n;
}

static void make_update(const struct zone *zone, const struct keys *keys, const struct candidate *c,
			struct zone_update *ret)
{
	const struct state_entry *entry = &c->key->family[c->family];
	const struct key_entry *key = keys_find(keys, c->key->id);

	*ret = (struct zone_update){ .family = (uint8_t)c->family,
				     .prefix_length = entry->prefix_length,
				     .version = entry->version,
				     .confirmations = entry->confirmations,
				     .timestamp = entry->wanted };
	memcpy(ret->key, zone->keys[zone->by_key[key->first]].key, sizeof ret->key);
	memcpy(ret->address, entry->address, sizeof ret->address);
}

int pending_collect(struct state *state, const struct zone *zone, const struct keys *keys,
		    struct pending *ret)
{
	size_t room = state->n * DYNDNS_FAMILIES + 1;
	struct candidate *list = calloc(room, sizeof *list);
	uint32_t *indices = calloc(room, sizeof *indices);
	struct pending p = { .updates = calloc(room, sizeof *p.updates) };
	int r = -ENOMEM;

	p.keys = calloc(room, sizeof(struct state_key *));
	if (list && indices && p.updates && p.keys) {
		p.n = list_candidates(state, keys, list);
		for (size_t i = 0; i < p.n; i++)
			indices[i] = (uint32_t)i;
		order(indices, p.n, is_older, list);
		for (size_t i = 0; i < p.n; i++) {
			p.keys[i] = list[indices[i]].key;
			make_update(zone, keys, &list[indices[i]], &p.updates[i]);
		}
		*ret = p;
		p = PENDING_NONE;
		r = 0;
	}
	free(list);
	free(indices);
	pending_release(&p);
	return r;
}

void pending_release(struct pending *pending)
{
	free(pending->updates);
	free(pending->keys);
	*pending = PENDING_NONE;
}

void pending_settle(const struct pending *pending, struct state *state, bool timestamps)
{
	for (size_t i = 0; i < pending->n; i++) {
		const struct zone_update *u = &pending->updates[i];
		struct state_entry *entry = &pending->keys[i]->family[u->family];

		if (u->changed || (u->reached && timestamps))
			entry->written = u->timestamp;
		entry->pending = false;
		state->differs = true;
	}
}
