/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of a program: one line per event on standard error. */
#include "log.h"

#include "fd.h"
#include "format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/*
 * $JOURNAL_STREAM alone is not enough: a child whose standard error was
 * redirected inherits the variable too. systemd.exec(5) asks to compare.
 */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)format_text(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

/* The length of a text after it was cut to the room. */
static size_t kept(size_t length, size_t room)
{
	return length < room ? length : room - 1;
}

__attribute__((format(printf, 3, 0))) static void say(int priority, int r, const char *format,
						      va_list arguments)
{
	char line[LOG_LINE_MAX];
	size_t used, room = sizeof line - 1; /* one byte stays free for the newline */

	if (stderr_is_journal())
		used = format_text(line, room, "<%d>", priority);
	else
		used = format_text(line, room, "%s: ", program_invocation_short_name);
	used = kept(used, room);
	used += kept(format_text_list(line + used, room - used, format, arguments), room - used);
	if (r < 0)
		used += kept(format_text(line + used, room - used, ": %s", strerror(-r)),
			     room - used);
	line[used++] = '\n';

	/* There is nowhere to report a failure of this. */
	(void)fd_write_all(STDERR_FILENO, line, used);
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LOG_ERR, 0, format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LOG_WARNING, 0, format, arguments);
	va_end(arguments);
}

void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LOG_INFO, 0, format, arguments);
	va_end(arguments);
}

void log_failure(int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LOG_ERR, r, format, arguments);
	va_end(arguments);
}

const char *log_escape(const char *text, char buffer[static LOG_ESCAPED_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	const size_t room = LOG_ESCAPED_SIZE - sizeof "...";
	size_t used = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = c >= ' ' && c < 0x7f && c != '\\' && c != '\'';

		if (used + (plain ? 1 : 4) > room) {
			memcpy(buffer + used, "...", sizeof "...");
			return buffer;
		}
		if (plain) {
			buffer[used++] = (char)c;
		} else {
			buffer[used++] = '\\';
			buffer[used++] = 'x';
			buffer[used++] = digits[c >> 4];
			buffer[used++] = digits[c & 15];
		}
	}
	buffer[used] = '\0';
	return buffer;
}
