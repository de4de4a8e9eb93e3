/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "units/known-keys.c" /* for the table itself */

static void table_is_in_byte_order(void)
{
	for (size_t i = 1; i < ELEMENTS(keys); i++)
		CHECK(strcmp(keys[i - 1].name, keys[i].name) < 0);
}

static void keys_belong_to_sections_and_these_to_types(void)
{
	CHECK(known_key_find("Service", "ExecStart") != NULL);
	CHECK(known_key_find("Socket", "ExecStart") == NULL);
	CHECK(known_key_find("Service", "execstart") == NULL);
	CHECK(known_key_find("", "") == NULL);
	CHECK(known_section(".service", "Service") && known_section(".service", "Install"));
	CHECK(!known_section(".service", "Socket") && !known_section(".target", "Target"));
	CHECK(!known_section(".service", "service"));
}

static void what_is_newer_than_a_version_is_told_from_what_may_be(void)
{
	const struct known_key *key = known_key_find("Service", "BindLogSockets");
	unsigned before = 0;

	CHECK(key != NULL && key->since == 257);
	if (!key)
		return;
	CHECK(known_key_age(key, 0, &before) == KEY_KNOWN);
	CHECK(known_key_age(key, 252, &before) == KEY_TOO_NEW);
	CHECK(known_key_age(key, 255, &before) == KEY_UNSURE && before == 252);
	CHECK(known_key_age(key, 257, &before) == KEY_KNOWN);
	CHECK(known_key_age(key, 999, &before) == KEY_KNOWN);
	key = known_key_find("Service", "MemoryLimit");
	CHECK(key && known_key_age(key, 257, &before) == KEY_KNOWN);
	CHECK(key && known_key_age(key, 262, &before) == KEY_GONE);
}

int main(void)
{
	RUN(table_is_in_byte_order);
	RUN(keys_belong_to_sections_and_these_to_types);
	RUN(what_is_newer_than_a_version_is_told_from_what_may_be);
	return CHECK_STATUS();
}
