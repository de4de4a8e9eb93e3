/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values that unit files have: systemd.syntax(7), systemd.time(7), signal(7),
 * capabilities(7). Pure. Each returns 0 or a negative errno, and leaves its output
 * alone on failure.
 */
#ifndef VALUES_H
#define VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FOR_EVER UINT64_MAX /* "infinity": of times in microseconds */

/*
 * Where in a list of words that each end in a NUL, and the list in another one, a word
 * stands, or -1. The first takes so many bytes, in any case of letters.
 */
int word_find(const char *list, const char *word, size_t length);
int word_index(const char *list, const char *word);

/* The word of that number, or "?". */
const char *word_at(const char *list, int index);

/*
 * A time span in microseconds: "90", "1.5s", "1h 30min", "infinity" (FOR_EVER). A
 * number alone means seconds. -EINVAL; -ERANGE above 2^63 microseconds.
 */
int parse_time_span(const char *text, uint64_t *ret);

/* An octal file mode up to 07777. -EINVAL. */
int parse_mode(const char *text, mode_t *ret);

/*
 * The first real-time signal, as systemd and most programs count (glibc); musl takes
 * one more for itself.
 */
#define SIGNAL_RTMIN 34

/* "SIGTERM", "TERM", "SIGRTMIN+3", "15". -EINVAL. */
int parse_signal(const char *text, int *ret);

/* "TERM" for SIGTERM; "?" for none that has a name. */
const char *signal_name(int signal);

/*
 * Adds the capabilities of a line to a set, as CapabilityBoundingSet= does: names
 * with or without "CAP_"; "~" in front takes them off, from all when the set was
 * not stated before. -EINVAL for a name that does not exist.
 */
#define CAPABILITIES_ALL ((UINT64_C(1) << 41) - 1) /* up to CAP_CHECKPOINT_RESTORE */
int parse_capabilities(const char *text, bool stated, uint64_t *set);

/* Which limit "NOFILE" and so on names, for setrlimit(2), or -1. */
int limit_index(const char *name);

/* "N", "N:N", "infinity", with K, M, G, T: soft and hard, RLIM_INFINITY as it is. -EINVAL. */
int parse_limit(const char *text, uint64_t *ret_soft, uint64_t *ret_hard);

#endif
