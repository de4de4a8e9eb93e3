/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits how many datagrams of a source are answered. */
#include "limiter.h"

#include "clock.h"

#include <assert.h>
#include <stddef.h>

/* The promise of limiter.h: never more than a quarter in use. */
static_assert(LIMITER_SLOTS >= 4 * (LIMITER_BUDGET + LIMITER_BUDGET_BURST), "");
static_assert((LIMITER_SLOTS & (LIMITER_SLOTS - 1)) == 0, "a power of two, for the mask");

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 (Aumasson, Bernstein 2012) of exactly eight bytes, the lowest first. */
static uint64_t sip_hash(const uint64_t key[static 2], uint64_t message)
{
	const uint64_t words[] = { message, UINT64_C(8) << 56 }; /* the length ends it */
	uint64_t v[] = { key[0] ^ UINT64_C(0x736f6d6570736575),
			 key[1] ^ UINT64_C(0x646f72616e646f6d),
			 key[0] ^ UINT64_C(0x6c7967656e657261),
			 key[1] ^ UINT64_C(0x7465646279746573) };

	for (unsigned i = 0; i < 2; i++) {
		v[3] ^= words[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void limiter_open(struct limiter *limiter, unsigned rate, const uint64_t key[static 2])
{
	assert(rate <= LIMITER_RATE_MAX);
	limiter->key[0] = key[0];
	limiter->key[1] = key[1];
	limiter->interval_us = rate > 0 ? USEC_PER_SEC / rate : 0;
}

/* The source's bucket, or the place for it: that of the bucket that is full first. */
static struct limiter_slot *find(struct limiter *limiter, uint64_t source)
{
	struct limiter_slot *slot, *first = NULL;

	for (unsigned i = 0; i < LIMITER_WINDOW; i++) {
		slot = &limiter->slots[(source + i) % LIMITER_SLOTS];
		if (slot->source == source)
			return slot;
		if (!first || slot->full_at_us < first->full_at_us)
			first = slot;
	}
	return first;
}

/*
 * A bucket is stored as the time when it is full again: each answer adds an interval,
 * from now on if that time has passed. A bucket that would be full more than burst
 * intervals from now is empty. Returns the new time, or 0 for an empty bucket.
 */
static uint64_t take(uint64_t full_at_us, uint64_t now_us, uint64_t interval_us, unsigned burst)
{
	uint64_t full_then = (full_at_us > now_us ? full_at_us : now_us) + interval_us;

	return full_then - now_us > burst * interval_us ? 0 : full_then;
}

bool limiter_allows(struct limiter *limiter, uint64_t source, uint64_t now_us)
{
	uint64_t own, budget;
	struct limiter_slot *slot;

	if (limiter->interval_us == 0)
		return true;

	/* The source first: refused datagrams cost the others nothing. */
	source = sip_hash(limiter->key, source);
	slot = find(limiter, source);
	own = take(slot->source == source ? slot->full_at_us : 0, now_us, limiter->interval_us,
		   LIMITER_BURST);
	if (own == 0)
		return false;
	budget = take(limiter->budget_full_us, now_us, USEC_PER_SEC / LIMITER_BUDGET,
		      LIMITER_BUDGET_BURST);
	if (budget == 0)
		return false;

	*slot = (struct limiter_slot){ .source = source, .full_at_us = own };
	limiter->budget_full_us = budget;
	return true;
}
