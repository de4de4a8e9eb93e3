/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merges a list setting of a service as systemd does: all of its lines in the unit, then
 * those of the profile, which is read later.
 *
 * It knows CapabilityBoundingSet=, AmbientCapabilities=, RestrictAddressFamilies=,
 * RestrictNamespaces=, SystemCallFilter= (member by member of its groups), and lists of
 * words without '~'.
 */
#ifndef MERGED_LIST_H
#define MERGED_LIST_H

#include "pool.h"
#include "unit-file.h"

#include <stdbool.h>

/* There are about 500 system calls, and less of anything else. Further words are ignored. */
#define MERGED_WORDS_MAX 1024

enum merged_mode {
	MERGED_UNSET,   /* everything is allowed */
	MERGED_ALLOWS,  /* only the words */
	MERGED_REFUSES, /* all but the words */
};

struct merged_list {
	enum merged_mode mode;
	bool begins_anew; /* "none": the next line replaces it */
	size_t n;
	const char *words[MERGED_WORDS_MAX]; /* in the pool, without duplicates */
};

#define MERGED_LIST_UNSET ((struct merged_list){ .mode = MERGED_UNSET })

/*
 * Merges the lines of this key in [Service] into the list; ignores lines that systemd
 * would ignore. Returns 0 or -ENOMEM.
 */
int merged_list_read(struct merged_list *list, struct pool *pool, const struct unit_file *file,
		     const char *key);

bool merged_list_has(const struct merged_list *list, const char *word);
bool merged_list_allows(const struct merged_list *list, const char *word);

/*
 * Whether a list allows what the earlier one did not. *ret_word: the first such word,
 * NULL for "all but what it refuses"; *ret_n: how many words.
 */
bool merged_list_is_wider(const struct merged_list *with, const struct merged_list *alone,
			  const char **ret_word, size_t *ret_n);

#endif
