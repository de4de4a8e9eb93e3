/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merges list settings as the config_parse_…() of systemd's load-fragment.c do. */
#include "units/merged-list.h"

#include "units/system-call-groups.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Groups are nested three deep; a cycle would be a mistake in our table. */
#define GROUP_DEPTH_MAX 8

static size_t find(const struct merged_list *list, const char *word)
{
	size_t i = 0;

	while (i < list->n && strcmp(list->words[i], word) != 0)
		i++;
	return i;
}

bool merged_list_has(const struct merged_list *list, const char *word)
{
	return find(list, word) < list->n;
}

bool merged_list_allows(const struct merged_list *list, const char *word)
{
	return list->mode == MERGED_UNSET ||
	       merged_list_has(list, word) == (list->mode == MERGED_ALLOWS);
}

static void put(struct merged_list *list, const char *word)
{
	if (list->n < MERGED_WORDS_MAX && !merged_list_has(list, word))
		list->words[list->n++] = word;
}

static void take(struct merged_list *list, const char *word)
{
	size_t i = find(list, word);

	if (i < list->n)
		memmove(&list->words[i], &list->words[i + 1],
			(--list->n - i) * sizeof list->words[0]);
}

/* Adds or removes a word, or each member of a group of system calls. */
static int merge_word(struct merged_list *list, struct pool *pool, const char *word, bool refuses,
		      unsigned depth)
{
	const char *members =
		word[0] == '@' && depth < GROUP_DEPTH_MAX ? system_call_group_members(word) : NULL;
	int r = 0;

	if (!members) {
		if (refuses == (list->mode == MERGED_REFUSES))
			put(list, word);
		else
			take(list, word);
		return 0;
	}
	while (*members && r == 0) {
		size_t length = strcspn(members, " ");
		const char *member = pool_copy_bytes(pool, members, length);

		r = member ? merge_word(list, pool, member, refuses, depth + 1) : -ENOMEM;
		members += length + (members[length] == ' ');
	}
	return r;
}

static bool is_capabilities(const char *key)
{
	return strcmp(key, "CapabilityBoundingSet") == 0 || strcmp(key, "AmbientCapabilities") == 0;
}

/* Merges a value that is not a list. Returns false for a list. */
static bool merge_whole(struct merged_list *list, const char *key, const char *value)
{
	bool restricts;

	if (value[0] == '\0') {
		/* For capabilities, empty allows none; for filters, empty is no filter. */
		*list = (struct merged_list){ .mode = is_capabilities(key) ? MERGED_ALLOWS
									   : MERGED_UNSET };
		return true;
	}
	if (strcmp(key, "RestrictAddressFamilies") == 0 && strcmp(value, "none") == 0) {
		*list = (struct merged_list){ .mode = MERGED_ALLOWS, .begins_anew = true };
		return true;
	}
	if (strcmp(key, "RestrictNamespaces") == 0 && parse_boolean(value, &restricts) == 0) {
		*list = (struct merged_list){ .mode = restricts ? MERGED_ALLOWS : MERGED_UNSET };
		return true;
	}
	return false;
}

static int merge(struct merged_list *list, struct pool *pool, const char *key, const char *value)
{
	bool refuses = value[0] == '~', is_addresses = strncmp(key, "IPAddress", 9) == 0;
	struct unit_words words;
	int r;

	if (merge_whole(list, key, value))
		return 0;
	r = unit_words_split(value + refuses, &words);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (list->mode == MERGED_UNSET || list->begins_anew)
		*list = (struct merged_list){ .mode = refuses ? MERGED_REFUSES : MERGED_ALLOWS };
	for (size_t i = 0; i < words.n && r >= 0; i++) {
		char *word;

		/* Without the errno after a system call. Capabilities may be in small letters. */
		word = pool_copy_bytes(pool, words.at[i],
				       strcspn(words.at[i], is_addresses ? "" : ":"));
		for (char *p = word; p && *p && is_capabilities(key); p++)
			*p = (char)toupper((unsigned char)*p);
		r = word ? merge_word(list, pool, word, refuses, 0) : -ENOMEM;
	}
	unit_words_release(&words);
	return r < 0 ? r : 0;
}

int merged_list_read(struct merged_list *list, struct pool *pool, const struct unit_file *file,
		     const char *key)
{
	int r = 0;

	for (size_t i = 0; i < file->n && r == 0; i++)
		if (strcmp(file->settings[i].section, "Service") == 0 &&
		    strcmp(file->settings[i].key, key) == 0)
			r = merge(list, pool, key, file->settings[i].value);
	return r;
}

bool merged_list_is_wider(const struct merged_list *with, const struct merged_list *alone,
			  const char **ret_word, size_t *ret_n)
{
	/* Look for words that are no longer refused, or that are newly allowed. */
	bool refused = alone->mode == MERGED_REFUSES;
	const struct merged_list *from = refused ? alone : with, *other = refused ? with : alone;
	const char *first = NULL;
	size_t n = 0;

	if (alone->mode == MERGED_UNSET)
		return false;
	if (with->mode == MERGED_UNSET || (with->mode == MERGED_REFUSES && !refused)) {
		*ret_word = NULL;
		*ret_n = 0;
		return true;
	}
	for (size_t i = 0; i < from->n; i++) {
		/* A refused word must be refused still; an allowed word must have been allowed. */
		if (merged_list_has(other, from->words[i]) ==
		    (refused && with->mode == MERGED_ALLOWS)) {
			first = first ? first : from->words[i];
			n++;
		}
	}
	if (n == 0)
		return false;
	*ret_word = first;
	*ret_n = n;
	return true;
}
