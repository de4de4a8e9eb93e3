/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parsers of the values in unit files: systemd.syntax(7), systemd.time(7), signal(7),
 * capabilities(7). Pure. Each returns 0 or a negative errno, and leaves its output
 * untouched on failure.
 */
#ifndef VALUES_H
#define VALUES_H

#include <stdint.h>
#include <sys/types.h>

#define FOR_EVER UINT64_MAX /* "infinity": of times in microseconds */

/*
 * A time span in microseconds: "90", "1.5s", "1h 30min", "infinity" (FOR_EVER). A
 * number alone means seconds. -EINVAL; -ERANGE above 2^63 microseconds.
 */
int parse_time_span(const char *text, uint64_t *ret);

/* An octal file mode up to 07777. -EINVAL. */
int parse_mode(const char *text, mode_t *ret);

/* The first real-time signal for systemd and glibc; musl's own SIGRTMIN is 35. */
#define SIGNAL_RTMIN 34

/* "SIGTERM", "TERM", "SIGRTMIN+3", "15". -EINVAL. */
int parse_signal(const char *text, int *ret);

#define CAPABILITIES_ALL ((UINT64_C(1) << 41) - 1) /* up to CAP_CHECKPOINT_RESTORE */

/* The number of a capability ("CAP_CHOWN", "chown") or address family ("AF_UNIX"), or -1. */
int capability_number(const char *name);
int family_number(const char *name);

/* The number of "NOFILE" and so on, for setrlimit(2), or -1. */
int limit_index(const char *name);

/* "N", "SOFT:HARD", each with K, M, G or T; "infinity" is RLIM_INFINITY. -EINVAL. */
int parse_limit(const char *text, uint64_t *ret_soft, uint64_t *ret_hard);

#endif
