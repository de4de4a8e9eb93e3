/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log of a program: one line per event on standard error.
 *
 * Under the journal each line starts with its priority as in sd-daemon(3)
 * ("<3>"); elsewhere with the program's name. Only programs log, and in lib/ only
 * arguments.h, dispatch.h and service.h, which do so for a program at its start or end.
 * Lines are lower case, without a full stop; foreign text is in 'ticks' and went
 * through log_escape(). Formats are those of format.h.
 */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>

/* One line is one write(2), cut here; journald itself cuts at 48 KiB (LineMax=). */
#define LOG_LINE_MAX 1024

/* The most that log_escape() writes, NUL included; longer text ends in "...". */
#define LOG_ESCAPED_SIZE 256

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An error with a negative errno: "…: No space left on device". */
void log_failure(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Escapes foreign text for the log: control characters, backslashes, ticks and bytes
 * that are not ASCII become \xNN.
 *
 * Returns buffer. Never fails; text that does not fit is cut and ends in "...".
 */
const char *log_escape(const char *text, char buffer[static LOG_ESCAPED_SIZE]);

#endif
