/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of words: "one\0" "two\0" is a list of two, each with a NUL, and the list
 * with another one.
 *
 * They are strings, not arrays of pointers: a pointer costs 32 bytes in a
 * position-independent program.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* The index of the word of that length, in upper or lower case; -1: it is not in the list. */
int word_find(const char *list, const char *word, size_t length);

/* The index of a word in just this case; -1: it is not in the list. */
int word_index(const char *list, const char *word);

/* The word at that index, or "?". */
const char *word_at(const char *list, int index);

#endif
