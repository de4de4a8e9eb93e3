/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A salted hash of key ids. */
#include "id-hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

_Static_assert(DYNDNS_KEY_ID_SIZE % sizeof(uint32_t) == 0, "id_hash() takes whole words");

int id_salt_make(struct id_salt *ret)
{
	/* The kernel gives so few bytes whole. */
	return getrandom(ret, sizeof *ret, 0) < 0 ? -errno : 0;
}

/*
 * Multilinear hashing: for a random salt two different ids share a hash with a
 * probability of 2^-32 (Lemire and Kaser, "Strongly universal string hashing is fast").
 */
uint32_t id_hash(const struct id_salt *salt, const char id[static DYNDNS_KEY_ID_SIZE])
{
	uint64_t sum = salt->at[0];

	for (size_t i = 0; i < DYNDNS_KEY_ID_SIZE / sizeof(uint32_t); i++) {
		uint32_t word;

		memcpy(&word, id + i * sizeof word, sizeof word);
		sum += salt->at[i + 1] * word;
	}
	return (uint32_t)(sum >> 32);
}
