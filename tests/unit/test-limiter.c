/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../services/qotd/limiter.c"
#include "../../services/qotd/source.c"
#include "check.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SECOND   USEC_PER_SEC

static const uint64_t key[] = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };

static struct limiter *new_limiter(unsigned rate)
{
	struct limiter *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	limiter_open(l, rate, key);
	return l;
}

/* How many of so many datagrams at one moment are answered. */
static unsigned answered(struct limiter *l, uint64_t source, uint64_t now, unsigned datagrams)
{
	unsigned n = 0;

	while (datagrams-- > 0)
		n += limiter_allows(l, source, now);
	return n;
}

static void the_hash_is_siphash(void)
{
	/* From the reference implementation's vectors: bytes 0 … 7 under the key 0 … 15. */
	CHECK(sip_hash(key, UINT64_C(0x0706050403020100)) == UINT64_C(0x93f5f5799a932462));
}

static void a_source_gets_its_burst_and_then_its_rate(void)
{
	struct limiter *l = new_limiter(1);
	uint64_t now = 1000 * SECOND;

	CHECK(answered(l, 1, now, 100) == LIMITER_BURST);
	CHECK(answered(l, 1, now + SECOND - 1, 100) == 0);
	CHECK(answered(l, 1, now + SECOND, 100) == 1);
	CHECK(answered(l, 1, now + 3 * SECOND + SECOND / 2, 100) == 2);
	CHECK(answered(l, 1, now + 4 * SECOND, 100) == 1);
	/* After a pause the whole burst again, and not more. */
	CHECK(answered(l, 1, now + 1000 * SECOND, 100) == LIMITER_BURST);
	free(l);
}

static void what_is_refused_costs_neither_the_source_nor_others(void)
{
	struct limiter *l = new_limiter(1);
	uint64_t now = SECOND;

	CHECK(answered(l, 1, now, LIMITER_BURST) == LIMITER_BURST);
	/* A flood of a million a second, for ten of them. */
	for (unsigned second = 1; second <= 10; second++) {
		now += SECOND;
		CHECK(answered(l, 1, now, 1000000) == 1);
		CHECK(answered(l, 2 + second, now, LIMITER_BURST) == LIMITER_BURST);
	}
	free(l);
}

static void a_rate_is_a_rate(void)
{
	static const unsigned rates[] = { 1, 3, 10, 100 };

	for (size_t i = 0; i < COUNT(rates); i++) {
		struct limiter *l = new_limiter(rates[i]);
		unsigned n = 0;

		for (uint64_t now = 0; now < 100 * SECOND; now += 1000)
			n += limiter_allows(l, 7, now);
		CHECK(n >= 100 * rates[i] && n <= 100 * rates[i] + LIMITER_BURST + 1);
		free(l);
	}
}

static void rate_0_takes_the_limit_off(void)
{
	struct limiter *l = new_limiter(0);

	CHECK(answered(l, 1, 5, 100000) == 100000);
	free(l);
}

static void all_together_get_the_budget(void)
{
	struct limiter *l = new_limiter(1);
	unsigned n = 0;

	for (uint64_t source = 0; source < 100000; source++)
		n += limiter_allows(l, source, SECOND);
	CHECK(n == LIMITER_BUDGET_BURST);
	for (uint64_t source = 0; source < 1000000; source++)
		n += limiter_allows(l, source, SECOND + source * 10);
	CHECK(n >= LIMITER_BUDGET_BURST + 10 * LIMITER_BUDGET - 20);
	CHECK(n <= LIMITER_BUDGET_BURST + 10 * LIMITER_BUDGET + 20);
	free(l);
}

static unsigned slots_in_use(const struct limiter *l, uint64_t now)
{
	unsigned n = 0;

	for (size_t i = 0; i < LIMITER_SLOTS; i++)
		n += l->slots[i].full_at_us > now;
	return n;
}

/*
 * As many sources as a flood can forge, each once or often: the table is never
 * more than a quarter full, and a victim's bucket, whose address is among those
 * forged, never gets its answers back early.
 */
static void forged_sources_neither_fill_the_table_nor_free_a_victims_bucket(void)
{
	for (unsigned each = 1; each <= LIMITER_BURST; each++) {
		struct limiter *l = new_limiter(1);
		uint64_t now = SECOND, source = 1000;
		unsigned victim = 0, most = 0;

		for (unsigned turn = 0; turn < 20000; turn++, now += 1000) {
			for (unsigned i = 0; i < 50; i++, source++)
				(void)answered(l, source, now, each);
			victim += answered(l, 1, now, 10);
			if (turn % 100 == 0 && slots_in_use(l, now) > most)
				most = slots_in_use(l, now);
		}
		CHECK(most <= LIMITER_SLOTS / 4);
		CHECK(victim <= 20 + LIMITER_BURST + 1);
		free(l);
	}
}

static void where_buckets_crowd_nobody_is_refused_for_it(void)
{
	struct limiter *l = new_limiter(1);
	uint64_t now = SECOND;

	/* Worse than any budget allows: all places taken, and far from being full again. */
	for (size_t i = 0; i < LIMITER_SLOTS; i++)
		l->slots[i] =
			(struct limiter_slot){ .source = i, .full_at_us = now + 5 * SECOND + i };
	for (uint64_t source = 0; source < 100; source++)
		CHECK(answered(l, source, now, 10) == LIMITER_BURST);
	free(l);
}

static bool identify(const char *text, uint16_t port, uint16_t own_port, uint64_t *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return source_identify(&in, sizeof in, own_port, ret);
	CHECK(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
	return source_identify(&in6, sizeof in6, own_port, ret);
}

static void harmful_addresses_are_never_answered(void)
{
	static const struct {
		const char *address;
		bool answered;
	} cases[] = {
		{ "192.0.2.1", true },
		{ "127.0.0.1", true },
		{ "10.1.2.255", true }, /* who knows how large the network is */
		{ "223.255.255.254", true },
		{ "0.0.0.0", false },
		{ "0.1.2.3", false },
		{ "224.0.0.1", false },
		{ "239.255.255.250", false },
		{ "240.0.0.1", false },
		{ "255.255.255.255", false },
		{ "2001:db8::1", true },
		{ "fe80::1", true },
		{ "::1", true },
		{ "::", false },
		{ "ff02::1", false },
		{ "ff0e::1234", false },
		{ "::ffff:192.0.2.1", true },
		{ "::ffff:224.0.0.1", false },
		{ "::ffff:255.255.255.255", false },
		{ "::ffff:0.0.0.0", false },
	};
	uint64_t source;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is = identify(cases[i].address, 40000, 17, &source);

		if (is != cases[i].answered)
			printf("# %s\n", cases[i].address);
		CHECK(is == cases[i].answered);
	}
}

static void ports_that_talk_back_are_never_answered(void)
{
	static const uint16_t harmful[] = { 0, 7, 13, 17, 19, 37, 53, 69, 123, 4217 };
	unsigned refused = 0;
	uint64_t source;

	for (size_t i = 0; i < COUNT(harmful); i++) {
		CHECK(!identify("192.0.2.1", harmful[i], 4217, &source));
		CHECK(!identify("2001:db8::1", harmful[i], 4217, &source));
		CHECK(!identify("::ffff:192.0.2.1", harmful[i], 4217, &source));
	}
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		refused += !identify("192.0.2.1", (uint16_t)port, 4217, &source);
	CHECK(refused == COUNT(harmful));
}

static bool same_source(const char *a, const char *b)
{
	uint64_t source_a = 0, source_b = 0;

	CHECK(identify(a, 40000, 17, &source_a) && identify(b, 40001, 17, &source_b));
	return source_a == source_b;
}

static void a_source_is_an_ipv4_address_or_an_ipv6_56(void)
{
	CHECK(same_source("192.0.2.1", "192.0.2.1"));
	CHECK(!same_source("192.0.2.1", "192.0.2.2"));
	CHECK(same_source("192.0.2.1", "::ffff:192.0.2.1"));
	CHECK(same_source("2001:db8:1:200::1", "2001:db8:1:2ff:ffff::2"));
	CHECK(!same_source("2001:db8:1:200::1", "2001:db8:1:300::1"));
	CHECK(!same_source("0:0:c000:201::1", "192.0.2.1"));
}

static void what_is_no_internet_address_is_never_answered(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(40000),
				  .sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(40000) };
	uint64_t source;

	CHECK(source_identify(&in, sizeof in, 17, &source));
	CHECK(!source_identify(&in, sizeof in - 1, 17, &source));
	CHECK(!source_identify(&in, 0, 17, &source));
	in6.sin6_addr.s6_addr[0] = 0x20;
	CHECK(source_identify(&in6, sizeof in6, 17, &source));
	CHECK(!source_identify(&in6, sizeof in6 - 1, 17, &source));
	in.sin_family = AF_UNIX;
	CHECK(!source_identify(&in, sizeof in, 17, &source));
}

int main(void)
{
	RUN(the_hash_is_siphash);
	RUN(a_source_gets_its_burst_and_then_its_rate);
	RUN(what_is_refused_costs_neither_the_source_nor_others);
	RUN(a_rate_is_a_rate);
	RUN(rate_0_takes_the_limit_off);
	RUN(all_together_get_the_budget);
	RUN(forged_sources_neither_fill_the_table_nor_free_a_victims_bucket);
	RUN(where_buckets_crowd_nobody_is_refused_for_it);
	RUN(harmful_addresses_are_never_answered);
	RUN(ports_that_talk_back_are_never_answered);
	RUN(a_source_is_an_ipv4_address_or_an_ipv6_56);
	RUN(what_is_no_internet_address_is_never_answered);
	return CHECK_STATUS();
}
