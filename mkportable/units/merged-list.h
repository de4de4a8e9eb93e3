/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a list setting of a service comes to, as systemd merges it: over all of its
 * lines in a unit, and then over those of the profile, which is read behind it.
 *
 * The settings that are understood: CapabilityBoundingSet=, AmbientCapabilities=,
 * RestrictAddressFamilies=, RestrictNamespaces=, SystemCallFilter= (its groups are
 * taken apart), and those that are lists of words without '~'.
 */
#ifndef MERGED_LIST_H
#define MERGED_LIST_H

#include "base/pool.h"
#include "unit-file.h"

#include <stdbool.h>

/* There are about 500 system calls, and far less of anything else. What is beyond is left out. */
#define MERGED_WORDS_MAX 1024

enum merged_mode {
	MERGED_UNSET,   /* everything is allowed */
	MERGED_ALLOWS,  /* nothing but the words */
	MERGED_REFUSES, /* everything but the words */
};

struct merged_list {
	enum merged_mode mode;
	bool begins_anew; /* it allows nothing, and systemd forgets that at the next line */
	size_t n;
	const char *words[MERGED_WORDS_MAX]; /* the pool's, each once */
};

#define MERGED_LIST_UNSET ((struct merged_list){ .mode = MERGED_UNSET })

/*
 * Merges the lines of this key in [Service] into the list, in their order; lines that
 * systemd would skip are skipped. Returns 0 or -ENOMEM.
 */
int merged_list_read(struct merged_list *list, struct pool *pool, const struct unit_file *file,
		     const char *key);

bool merged_list_has(const struct merged_list *list, const char *word);

/*
 * Whether a list allows what the one before it did not. *ret_word: the first such
 * word, NULL for "everything but what it refuses"; *ret_n: how many words.
 */
bool merged_list_is_wider(const struct merged_list *with, const struct merged_list *alone,
			  const char **ret_word, size_t *ret_n);

#endif
