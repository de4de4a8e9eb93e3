/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much of libsodium's own rate of verifications is left when dyndnsd judges the
 * packets: forged ones, that fail at the last test. tests/bench/dyndns.sh runs it.
 *
 *	dyndns-verify COUNT
 */
#include "../../services/dyndnsd/accept.c"
#include "../../services/dyndnsd/id-hash.c"
#include "../../services/dyndnsd/keys.c"
#include "../../services/dyndnsd/order.c"
#include "../../services/dyndnsd/state.c"
#include "../../services/dyndnsd/text.c"
#include "../../services/dyndnsd/zone.c"

#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static struct acceptor acceptor;

static double cpu_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct moment test_clock(void)
{
	struct timespec now;

	/* Both, as the server does it. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct moment){ CLOCK_FLOOR, (double)now.tv_sec + 1 };
}

int main(int argc, char *argv[])
{
	const struct accept_limits limits = { .max_ahead = 300,
					      .max_age = 3600,
					      .verify_rate = 1e9 };
	uint8_t seed[32] = { 1 }, public[32], secret[64], bytes[DYNDNS_V2_SIZE];
	uint8_t text[DYNDNS_SIGNED_MAX], source[16];
	char zone_text[128], key_text[BASE64_SIZE(32)];
	struct dyndns_request request = { .version = 1, .timestamp = CLOCK_FLOOR };
	struct zone zone = ZONE_NONE;
	struct keys keys = KEYS_NONE;
	struct state state = STATE_NONE;
	struct accepted accepted;
	size_t size, length, refused = 0;
	uint64_t rounds;
	double start, library, ours;

	if (argc != 2 || parse_uint(argv[1], 1, 1000000, &rounds) < 0)
		return 2;
	(void)crypto_sign_seed_keypair(public, secret, seed);
	base64_encode_url(public, sizeof public, key_text);
	(void)snprintf(zone_text, sizeof zone_text, "# dynamic: 0 %s\n+a:192.0.2.1\n", key_text);
	if (zone_parse(zone_text, strlen(zone_text), "+6", NULL, NULL, &zone) < 0 ||
	    keys_build(&zone, &keys) < 0 ||
	    acceptor_open(&acceptor, &limits, &state, test_clock) < 0)
		return 1; /* NOLINT(clang-analyzer-unix.Malloc): the program ends */
	acceptor.zone = &zone;
	acceptor.keys = &keys;
	memcpy(request.key_id, keys.entries[0].id, sizeof request.key_id);
	size = dyndns_request_write(&request, bytes);
	length = dyndns_signed_text(bytes, size, text);
	(void)crypto_sign_detached(request.signature, NULL, text, length, secret);
	(void)dyndns_request_write(&request, bytes);
	bytes[70] ^= 1;

	start = cpu_seconds();
	for (uint64_t i = 0; i < rounds; i++)
		refused += crypto_sign_verify_detached(bytes + 36, text, length, public) != 0;
	library = cpu_seconds() - start;
	start = cpu_seconds();
	for (uint64_t i = 0; i < rounds; i++) {
		uint8_t ipv4[4] = { 198, 51, (uint8_t)(i >> 8), (uint8_t)i };

		dyndns_map(ipv4, source);
		refused += accept_datagram(&acceptor, bytes, size, source, &accepted) ==
			   REFUSED_SIGNATURE;
	}
	ours = cpu_seconds() - start;
	(void)printf("library %.0f/s, dyndnsd %.0f/s, share %.3f, %zu of %" PRIu64 " refused\n",
		     (double)rounds / library, (double)rounds / ours, library / ours, refused,
		     2 * rounds);
	keys_release(&keys);
	zone_release(&zone);
	state_release(&state);
	return refused != 2 * rounds;
}
