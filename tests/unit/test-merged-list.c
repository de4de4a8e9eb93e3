/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "elements.h"
#include "units/merged-list.h"

#include "check.h"

/* What a profile adds to a unit: the first word, "*" for all but what is refused, "" for nothing. */
static const char *gain(struct pool *pool, const char *key, const char *unit, const char *profile)
{
	struct merged_list alone = MERGED_LIST_UNSET, with;
	const char *texts[] = { unit, profile }, *word;
	struct unit_file files[2];
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		const char *text = pool_format(pool, "[Service]\n%s=%s\n", key, texts[i]);

		CHECK(text && unit_file_parse(text, strlen(text), NULL, NULL, &files[i]) == 0);
	}
	CHECK(merged_list_read(&alone, pool, &files[0], key) == 0);
	with = alone;
	CHECK(merged_list_read(&with, pool, &files[1], key) == 0);
	unit_file_release(&files[0]);
	unit_file_release(&files[1]);
	if (!merged_list_is_wider(&with, &alone, &word, &n))
		return "";
	return word ? word : "*";
}

static void lists_merge_as_systemd_merges_them(void)
{
	static const struct {
		const char *key, *unit, *profile, *gain;
	} cases[] = {
		{ "CapabilityBoundingSet", "", "CAP_CHOWN", "CAP_CHOWN" },
		{ "CapabilityBoundingSet", "CAP_CHOWN", "CAP_CHOWN", "" },
		{ "CapabilityBoundingSet", "CAP_CHOWN", "", "" },
		{ "CapabilityBoundingSet", "~CAP_KILL CAP_CHOWN", "CAP_KILL", "CAP_KILL" },
		{ "CapabilityBoundingSet", "~CAP_KILL", "CAP_CHOWN", "" },
		{ "CapabilityBoundingSet", "CAP_CHOWN CAP_KILL", "~CAP_KILL", "" },
		{ "CapabilityBoundingSet", "", "~CAP_KILL", "" },
		{ "RestrictAddressFamilies", "none", "~AF_PACKET", "*" },
		{ "RestrictAddressFamilies", "none", "AF_UNIX", "AF_UNIX" },
		{ "RestrictAddressFamilies", "none", "none", "" },
		{ "RestrictAddressFamilies", "AF_UNIX", "none", "" },
		{ "RestrictAddressFamilies", "AF_UNIX", "", "*" },
		{ "RestrictAddressFamilies", "~AF_PACKET", "AF_PACKET AF_UNIX", "AF_PACKET" },
		{ "RestrictAddressFamilies", "~AF_PACKET", "~AF_UNIX", "" },
		{ "RestrictNamespaces", "yes", "user", "user" },
		{ "RestrictNamespaces", "yes", "no", "*" },
		{ "RestrictNamespaces", "user", "yes", "" },
		{ "SystemCallFilter", "@system-service", "@clock", "adjtimex" },
		{ "SystemCallFilter", "@system-service", "@chown mmap:EPERM", "" },
		{ "SystemCallFilter", "@system-service", "~@chown", "" },
		{ "SystemCallFilter", "~@mount", "@system-service", "" },
		{ "SystemCallFilter", "~@mount", "mount:EPERM", "mount" },
		{ "SystemCallFilter", "@nowhere", "@nowhere", "" },
		{ "SystemCallFilter", "@nowhere", "@elsewhere", "@elsewhere" },
	};
	struct pool pool = POOL_EMPTY;

	for (size_t i = 0; i < ELEMENTS(cases); i++)
		CHECK_TEXT(gain(&pool, cases[i].key, cases[i].unit, cases[i].profile),
			   cases[i].gain);
	pool_release(&pool);
}

static void what_nobody_restricts_cannot_be_widened(void)
{
	struct merged_list unset = MERGED_LIST_UNSET, some = { .mode = MERGED_ALLOWS };
	const char *word;
	size_t n;

	CHECK(!merged_list_is_wider(&some, &unset, &word, &n));
	CHECK(merged_list_is_wider(&unset, &some, &word, &n) && !word);
}

int main(void)
{
	RUN(lists_merge_as_systemd_merges_them);
	RUN(what_nobody_restricts_cannot_be_widened);
	return CHECK_STATUS();
}
