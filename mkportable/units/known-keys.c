/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sections and keys of unit files that systemd knows. */
#include "units/known-keys.h"

#include "elements.h"
#include "units/facts.h"
#include "units/known-keys-table.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any section, dot and key. */
#define NAME_SIZE 128

bool known_section(const char *suffix, const char *section)
{
	const struct unit_type *type = unit_type_of(suffix);

	if (strcmp(section, "Unit") == 0 || strcmp(section, "Install") == 0)
		return true;
	return type && type->section && strcmp(section, type->section) == 0;
}

static int by_name(const void *name, const void *key)
{
	return strcmp(name, ((const struct known_key *)key)->name);
}

const struct known_key *known_key_find(const char *section, const char *key)
{
	char name[NAME_SIZE];

	if (snprintf(name, sizeof name, "%s.%s", section, key) >= (int)sizeof name)
		return NULL;
	return bsearch(name, keys, ELEMENTS(keys), sizeof *keys, by_name);
}

enum key_age known_key_age(const struct known_key *key, unsigned version, unsigned *ret_before)
{
	unsigned before = 0;

	if (version == 0)
		return KEY_KNOWN;
	for (size_t i = 0; i < ELEMENTS(asked); i++) {
		if (asked[i] < key->since)
			before = asked[i];
		/* The next version that was asked does not know it. */
		if (key->until && asked[i] > key->until && version >= asked[i])
			return KEY_GONE;
	}
	*ret_before = before;
	if (before == 0 || version >= key->since)
		return KEY_KNOWN;
	return version <= before ? KEY_TOO_NEW : KEY_UNSURE;
}

unsigned known_key_oldest(void)
{
	return asked[0];
}
