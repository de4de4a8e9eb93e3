/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls and their groups that SystemCallFilter= names. Pure. */
#ifndef SYSTEM_CALLS_H
#define SYSTEM_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* Their numbers are below it. */
#define SYSTEM_CALLS_MAX 512

/* What becomes of a call. A number between them is an errno that it returns. */
enum {
	CALL_ALLOWED = 0,
	CALL_ERRNO_MAX = 133,
	CALL_KILLS = 254,  /* the process */
	CALL_REFUSED = 255 /* as SystemCallErrorNumber= says */
};

/*
 * Says what becomes of a call, or of those of a group ("@clock").
 *
 * Returns whether there is one of that name, on this machine or, of a group, on any.
 */
bool system_calls_set(const char *name, uint8_t verdict, uint8_t verdicts[static SYSTEM_CALLS_MAX]);

/* "EPERM", "1": the errno; "kill": CALL_KILLS. Returns 0 or -EINVAL. */
int parse_call_error(const char *text, uint8_t *ret);

#endif
