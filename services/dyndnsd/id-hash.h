/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash of key ids for tables. It is salted: whoever chooses key ids cannot make many
 * of them share a slot.
 */
#ifndef ID_HASH_H
#define ID_HASH_H

#include "dyndns.h"

#include <stdint.h>

/* A factor for each four bytes of an id, and a summand. */
struct id_salt {
	uint64_t at[DYNDNS_KEY_ID_SIZE / sizeof(uint32_t) + 1];
};

/* Makes a random salt. Returns 0 or the errno of getrandom(2). */
int id_salt_make(struct id_salt *ret);

uint32_t id_hash(const struct id_salt *salt, const char id[static DYNDNS_KEY_ID_SIZE]);

#endif
