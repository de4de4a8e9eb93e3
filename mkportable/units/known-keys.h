/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sections and keys of unit files that systemd knows, and since when, by
 * `systemd --dump-configuration-items` of some versions.
 */
#ifndef KNOWN_KEYS_H
#define KNOWN_KEYS_H

#include <stdbool.h>

struct known_key {
	const char *name; /* "Service.ExecStart" */
	unsigned since;   /* the first of these versions that knows it */
	unsigned until;   /* the last one; 0: the newest knows it */
	const char *form; /* of its values, as tools/known-keys.forms describes it; "": any */
};

/* Whether units of this type (".service") have this section. */
bool known_section(const char *suffix, const char *section);

/* NULL for a key that no version knows in this section. */
const struct known_key *known_key_find(const char *section, const char *key);

enum key_age {
	KEY_KNOWN,
	KEY_TOO_NEW, /* for this version */
	KEY_GONE,    /* in this version */
	KEY_UNSURE,  /* it came or went between two of these versions */
};

/* version: 0 for any. *ret_before: for KEY_UNSURE, the last version that does not know it. */
enum key_age known_key_age(const struct known_key *key, unsigned version, unsigned *ret_before);

/* The oldest of the versions. */
unsigned known_key_oldest(void);

#endif
