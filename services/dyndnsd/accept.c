/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which datagrams are accepted, the cheapest test first. */
#include "accept.h"

#include <errno.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_sign.h>
#include <sodium/utils.h>
#include <string.h>
#include <sys/random.h>

/* Records of a key that are compared with the source; later ones have no reserve. */
#define OWNER_RECORDS_MAX 32

/* --- rates ------------------------------------------------------------------------- */

static bool take(double *tokens, double *at, double rate, double burst, double now)
{
	if (!(*at > 0) || now - *at > burst / rate)
		*tokens = burst;
	else
		*tokens += (now - *at) * rate;
	if (*tokens > burst)
		*tokens = burst;
	*at = now;
	if (*tokens < 1)
		return false;
	*tokens -= 1;
	return true;
}

static bool take_from(struct bucket *bucket, double rate, double burst, double now)
{
	double tokens = (double)bucket->tokens;
	bool taken = take(&tokens, &bucket->at, rate, burst, now);

	bucket->tokens = (float)tokens;
	return taken;
}

/* A source is an IPv4 address or an IPv6 /64, which has 2^64 addresses of one host. */
static size_t bucket_of(const struct acceptor *a, const uint8_t *source)
{
	uint64_t high, low = 0;

	memcpy(&high, source, sizeof high);
	if (dyndns_is_mapped(source))
		memcpy(&low, source + 8, sizeof low);
	high = (high ^ a->secret[0]) * UINT64_C(0x9e3779b97f4a7c15);
	low = (low ^ a->secret[1] ^ (high >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	low ^= low >> 32;
	return (low * UINT64_C(0x94d049bb133111eb)) >> 52;
}

_Static_assert(BUCKETS == 1 << (64 - 52), "bucket_of() takes that many bits");

/* --- addresses ----------------------------------------------------------------------- */

static bool ipv4_is_publishable(const uint8_t *a, bool public_only)
{
	if (a[0] == 0 || a[0] == 127 || a[0] >= 224 || (a[0] == 169 && a[1] == 254))
		return false; /* "this network", loopback, multicast and above, link-local */
	if (!public_only)
		return true;
	return !(a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
		 (a[0] == 192 && a[1] == 168) || (a[0] == 100 && (a[1] & 0xc0) == 64));
}

bool address_is_publishable(const uint8_t address[static DYNDNS_ADDRESS_SIZE], bool public_only)
{
	if (dyndns_is_mapped(address))
		return ipv4_is_publishable(address + 12, public_only);
	if (dyndns_is_zero(address, 15) && address[15] <= 1)
		return false; /* unspecified, loopback */
	if (address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80))
		return false; /* multicast, link-local */
	/* Unique local, and what was site-local. */
	return !public_only || !((address[0] & 0xfe) == 0xfc ||
				 (address[0] == 0xfe && (address[1] & 0xc0) == 0xc0));
}

/* --- cookies ------------------------------------------------------------------------- */

static int turn_epoch(struct acceptor *a, double now)
{
	if (a->epoch_at > 0 && now - a->epoch_at < COOKIE_SECONDS)
		return 0;
	/* After a long silence the previous one is too old as well. */
	if (a->epoch_at > 0 && now - a->epoch_at < 2 * COOKIE_SECONDS)
		memcpy(a->cookie_secret[1], a->cookie_secret[0], sizeof a->cookie_secret[1]);
	else if (getrandom(a->cookie_secret[1], sizeof a->cookie_secret[1], 0) < 0)
		return -errno;
	if (getrandom(a->cookie_secret[0], sizeof a->cookie_secret[0], 0) < 0)
		return -errno;
	a->epoch_at = now;
	return 0;
}

/* A keyed BLAKE2b-128; each epoch has its own key. */
static void make_cookie(const struct acceptor *a, size_t epoch, const uint8_t *source,
			const struct dyndns_request *request, uint8_t *ret)
{
	struct {
		uint8_t source[DYNDNS_ADDRESS_SIZE];
		char key_id[DYNDNS_KEY_ID_SIZE];
		uint8_t nonce[DYNDNS_NONCE_SIZE];
	} text;

	memcpy(text.source, source, sizeof text.source);
	memcpy(text.key_id, request->key_id, sizeof text.key_id);
	memcpy(text.nonce, request->nonce, sizeof text.nonce);
	(void)crypto_generichash(ret, DYNDNS_COOKIE_SIZE, (const uint8_t *)&text, sizeof text,
				 a->cookie_secret[epoch], sizeof a->cookie_secret[epoch]);
}

static bool cookie_is_good(const struct acceptor *a, const uint8_t *source,
			   const struct dyndns_request *request)
{
	uint8_t cookie[DYNDNS_COOKIE_SIZE];

	for (size_t epoch = 0; epoch < 2; epoch++) {
		make_cookie(a, epoch, source, request, cookie);
		if (sodium_memcmp(cookie, request->cookie, sizeof cookie) == 0)
			return true;
	}
	return false;
}

static void make_challenge(const struct acceptor *a, const uint8_t *source, double real,
			   struct accepted *ret)
{
	ret->challenge = (struct dyndns_answer){ .type = DYNDNS_CHALLENGE, .server_time = real };
	memcpy(ret->challenge.nonce, ret->request.nonce, sizeof ret->challenge.nonce);
	memcpy(ret->challenge.observed, source, sizeof ret->challenge.observed);
	make_cookie(a, 0, source, &ret->request, ret->challenge.cookie);
}

/* --- the steps ----------------------------------------------------------------------- */

/* Whether it lies within the window. */
static bool in_window(struct acceptor *a, double timestamp, double now)
{
	a->window_suspended = now < a->clock_floor || now < a->newest - CLOCK_BEHIND_SECONDS;
	if (a->window_suspended)
		return timestamp < CLOCK_FLOOR + CLOCK_SPAN_SECONDS;
	return !(a->limits.max_ahead > 0 && timestamp > now + a->limits.max_ahead) &&
	       !(a->limits.max_age > 0 && timestamp < now - a->limits.max_age);
}

/* Lists an update for each address that the request states, or for its source. */
static void list_updates(const struct zone *zone, const uint8_t *source, struct accepted *c)
{
	const struct dyndns_request *request = &c->request;
	const uint8_t *key = zone->keys[zone->by_key[c->entry->first]].key;

	c->n_updates = 0;
	for (size_t f = 0; f < DYNDNS_FAMILIES; f++) {
		struct zone_update *u = &c->updates[c->n_updates];
		bool stated = !dyndns_is_zero(request->address[f], DYNDNS_ADDRESS_SIZE);
		bool own = dyndns_is_zero(request->address, sizeof request->address) &&
			   f == (dyndns_is_mapped(source) ? DYNDNS_IPV4 : DYNDNS_IPV6);

		if (!stated && !own)
			continue;
		*u = (struct zone_update){ .family = (uint8_t)f,
					   .version = (uint8_t)request->version,
					   .prefix_length = 128,
					   .timestamp = request->timestamp };
		memcpy(u->key, key, sizeof u->key);
		memcpy(u->address, stated ? request->address[f] : source, sizeof u->address);
		if (request->version == 2)
			u->prefix_length =
				(uint8_t)(request->prefix_length[f] + (f == DYNDNS_IPV4 ? 96 : 0));
		c->n_updates++;
	}
}

/*
 * Whether it is newer than the state of both families: a packet that was seen on IPv4
 * must not come again from an IPv6 address.
 */
static bool is_newer(const struct accepted *c)
{
	for (size_t f = 0; f < DYNDNS_FAMILIES && c->key; f++) {
		if (c->request.timestamp <= c->key->family[f].seen)
			return false;
	}
	return true;
}

/* REFUSED_SOURCE when no block of the key allows it, REFUSED_OLD when all are newer. */
static enum verdict judge_blocks(struct acceptor *a, const struct accepted *c)
{
	const struct zone *zone = a->zone;
	enum verdict verdict = REFUSED_SOURCE;

	for (size_t i = 0; i < c->n_updates; i++) {
		const struct zone_update *u = &c->updates[i];

		if (!address_is_publishable(u->address, a->limits.public_only))
			return REFUSED_SOURCE;
		for (uint32_t k = c->entry->first; k < c->entry->first + c->entry->n; k++) {
			const struct zone_key *key = &zone->keys[zone->by_key[k]];
			const struct zone_block *block = &zone->blocks[key->block];

			if (!zone_options_allow(&zone->options[key->options], u))
				continue;
			if (dyndns_timestamp_hundredths(u->timestamp) > block->timestamp ||
			    accept_is_ours(a, zone, block, u))
				return ACCEPTED;
			verdict = REFUSED_OLD;
		}
	}
	return verdict;
}

/* Whether the zone has the source as the address of one of the key's names. */
static bool is_owner(const struct zone *zone, const struct key_entry *entry, const uint8_t *source)
{
	unsigned seen = 0;

	for (uint32_t k = entry->first; k < entry->first + entry->n; k++) {
		const struct zone_block *block = &zone->blocks[zone->keys[zone->by_key[k]].block];

		for (uint32_t i = 0; i < block->n_records && seen < OWNER_RECORDS_MAX;
		     i++, seen++) {
			if (memcmp(zone->records[block->first_record + i].address, source,
				   DYNDNS_ADDRESS_SIZE) == 0)
				return true;
		}
	}
	return false;
}

static bool verify(const struct zone_update *update, const uint8_t *bytes, size_t size,
		   const struct dyndns_request *request)
{
	uint8_t text[DYNDNS_SIGNED_MAX];
	size_t length = dyndns_signed_text(bytes, size, text);

	return crypto_sign_verify_detached(request->signature, text, length, update->key) == 0;
}

/*
 * Version 2 without addresses: the client must receive at its source. Nothing here
 * depends on the key, or a challenge would tell which keys exist.
 */
static enum verdict judge_cookie(struct acceptor *a, const uint8_t *source,
				 const struct moment *now, struct accepted *c)
{
	if (!address_is_publishable(source, a->limits.public_only))
		return REFUSED_SOURCE;
	if (turn_epoch(a, now->monotonic) < 0)
		return REFUSED_MEMORY;
	if (cookie_is_good(a, source, &c->request))
		return ACCEPTED;
	if (!take_from(&a->challenges[bucket_of(a, source)], SOURCE_RATE, SOURCE_BURST,
		       now->monotonic))
		return REFUSED_RATE_SOURCE;
	make_challenge(a, source, now->real, c);
	return CHALLENGED;
}

static enum verdict judge(struct acceptor *a, const uint8_t *bytes, size_t size,
			  const uint8_t *source, struct accepted *c)
{
	const char *id = dyndns_request_key_id(bytes, size);
	struct moment now;
	enum verdict verdict;
	bool owner;

	/* 1: the size. The kernel's filter has done this, where it is attached. */
	if (!id)
		return REFUSED_SIZE;
	/* 2: the key; of version 2 only later. */
	c->entry = keys_find(a->keys, id);
	if (!c->entry && size == DYNDNS_V1_SIZE)
		return REFUSED_KEY;
	if (dyndns_request_read(bytes, size, &c->request) < 0 ||
	    (c->request.version == 2 && !a->limits.v2))
		return REFUSED_FORM;
	/* 3: the time. */
	if (!dyndns_timestamp_is_sane(c->request.timestamp))
		return REFUSED_TIMESTAMP;
	now = a->now();
	if (!in_window(a, c->request.timestamp, now.real))
		return REFUSED_WINDOW;
	/* 4: the source can be reached. */
	if (c->request.version == 2 &&
	    dyndns_is_zero(c->request.address, sizeof c->request.address)) {
		verdict = judge_cookie(a, source, &now, c);
		if (verdict != ACCEPTED)
			return verdict;
	}
	if (!c->entry)
		return REFUSED_KEY;
	/* 5: newer than the state. */
	c->key = state_find(a->state, id);
	if (!is_newer(c))
		return REFUSED_OLD;
	/* 6: the source, and whether any block takes it. */
	list_updates(a->zone, source, c);
	verdict = judge_blocks(a, c);
	if (verdict != ACCEPTED)
		return verdict;
	/* 7: the rate of the source. */
	owner = is_owner(a->zone, c->entry, source);
	if (!(owner && c->key &&
	      take(&c->key->owner_tokens, &c->key->owner_at, OWNER_RATE, OWNER_BURST,
		   now.monotonic)) &&
	    !take_from(&a->sources[bucket_of(a, source)], SOURCE_RATE, SOURCE_BURST, now.monotonic))
		return REFUSED_RATE_SOURCE;
	/* 8: the total rate. */
	if (!take_from(&a->budget, a->limits.verify_rate, a->limits.verify_rate, now.monotonic) &&
	    !(owner && take_from(&a->reserve, a->limits.verify_rate / RESERVE_SHARE,
				 a->limits.verify_rate / RESERVE_SHARE + 1, now.monotonic)))
		return REFUSED_RATE;
	/* 9: the signature, a thousand times the cost of the rest. */
	if (!verify(&c->updates[0], bytes, size, &c->request))
		return REFUSED_SIGNATURE;
	return ACCEPTED;
}

enum verdict accept_datagram(struct acceptor *a, const uint8_t *bytes, size_t size,
			     const uint8_t source[static DYNDNS_ADDRESS_SIZE], struct accepted *ret)
{
	enum verdict verdict = judge(a, bytes, size, source, ret);

	if (verdict == ACCEPTED) {
		ret->key = state_get(a->state, ret->request.key_id);
		if (ret->key) {
			for (size_t i = 0; i < ret->n_updates; i++)
				state_remember(a->state, ret->key, &ret->updates[i]);
		} else {
			verdict = REFUSED_MEMORY;
		}
	}
	a->counts[verdict]++;
	return verdict;
}

static bool wrote(const struct acceptor *a, const struct zone *zone, const struct zone_block *block,
		  const struct zone_update *but)
{
	for (uint32_t i = block->first_key; i < block->first_key + block->n_keys; i++) {
		const struct key_entry *entry = &a->keys->entries[a->keys->of_key[i]];
		const struct state_key *key = state_find(a->state, entry->id);
		bool own = but && memcmp(zone->keys[i].key, but->key, DYNDNS_KEY_SIZE) == 0;

		for (size_t f = 0; key && f < DYNDNS_FAMILIES; f++) {
			double written = key->family[f].written;

			if ((but && own && f == but->family) || !dyndns_timestamp_is_sane(written))
				continue;
			if (dyndns_timestamp_hundredths(written) == block->timestamp)
				return true;
		}
	}
	return false;
}

bool accept_wrote(const struct acceptor *a, const struct zone *zone, const struct zone_block *block)
{
	return wrote(a, zone, block, NULL);
}

bool accept_is_ours(void *userdata, const struct zone *zone, const struct zone_block *block,
		    const struct zone_update *update)
{
	return wrote(userdata, zone, block, update);
}

int acceptor_open(struct acceptor *a, const struct accept_limits *limits, struct state *state,
		  struct moment (*now)(void))
{
	memset(a, 0, sizeof *a);
	a->limits = *limits;
	a->state = state;
	a->now = now;
	a->newest = state_newest(state, CLOCK_FLOOR + CLOCK_SPAN_SECONDS);
	a->clock_floor = CLOCK_FLOOR;
	if (getrandom(a->secret, sizeof a->secret, 0) < 0)
		return -errno;
	return 0;
}
