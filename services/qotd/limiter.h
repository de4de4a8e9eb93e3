/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits how many datagrams of a source are answered.
 *
 * Each source has a token bucket (LIMITER_BURST answers at once, then so many a
 * second), and all together have one, the budget. Buckets lie in a table of fixed
 * size; a bucket that is full again is not needed, and its place is free.
 *
 * Can the table be flooded? Sources of datagrams are easily forged, so anybody may
 * send from a million of them. But only an answer takes a place, only until the
 * bucket is full again, and the budget bounds the answers: with at most
 * LIMITER_BUDGET * 1 s + LIMITER_BUDGET_BURST buckets in use, at most a quarter of
 * the table ever is. Where buckets crowd in one part of it all the same, the one
 * that would be full first is replaced: its source gets a few answers more, and
 * nobody gets fewer. Which part a source belongs to depends on a secret key, so
 * nobody can crowd one on purpose.
 *
 * What remains: somebody who forges many sources can use up the budget, and then
 * other datagrams compete with theirs. Any limit has this cost; TCP is not affected.
 *
 * Pure: the clock is an argument.
 */
#ifndef LIMITER_H
#define LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* Answers that a source may get at once after a pause: a few retries. */
#define LIMITER_BURST 5

/* No reader needs more; --rate=0 removes the limit. */
#define LIMITER_RATE_MAX 1000

/* Answers to all sources together, per second and at once: at most 2 Mbit/s of text. */
#define LIMITER_BUDGET       512
#define LIMITER_BUDGET_BURST 512

/* 64 KiB. */
#define LIMITER_SLOTS 4096

/* How far from its own place a bucket may lie. */
#define LIMITER_WINDOW 16

struct limiter_slot {
	uint64_t source;     /* hashed */
	uint64_t full_at_us; /* when the bucket is full again: in the past for a free place */
};

struct limiter {
	uint64_t key[2];
	uint64_t interval_us;    /* between two answers to a source; 0: no limit at all */
	uint64_t budget_full_us; /* as full_at_us */
	struct limiter_slot slots[LIMITER_SLOTS];
};

/*
 * limiter: all zeros, as from calloc(3), so that pages which no source needs are
 * never touched. rate: answers per second to one source, 0 … LIMITER_RATE_MAX; 0
 * means no limit, nor a budget. key: secret and random.
 */
void limiter_open(struct limiter *limiter, unsigned rate, const uint64_t key[static 2]);

/*
 * Whether a source may be answered now; if so, that answer counts.
 *
 * source: as from source_identify(). now_us: microseconds of any clock that does
 * not go back.
 */
bool limiter_allows(struct limiter *limiter, uint64_t source, uint64_t now_us);

#endif
