/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/specifiers.h"

#include "file.h"
#include "format.h"
#include "units/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* The longest: "/run/credentials/", and two names. */
#define SPECIFIER_SIZE (2 * NAME_MAX + 32)

#if defined(__x86_64__)
#define ARCHITECTURE "x86-64"
#elif defined(__aarch64__)
#define ARCHITECTURE "arm64"
#else
#define ARCHITECTURE "riscv64"
#endif

/* systemd-escape(1), backwards and in place. */
static void unescape(char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	char *out = text;

	for (; *text; text++) {
		*out = *text == '-' ? '/' : *text;
		if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3] &&
		    (high = strchr(digits, text[2])) && (low = strchr(digits, text[3]))) {
			*out = (char)((high - digits) << 4 | (low - digits));
			text += 3;
		}
		out++;
	}
	*out = '\0';
}

/* 128 bits in hexadecimal. Without a file of its own a machine has the ID of its boot. */
static void read_id(const char *path, char ret[static SPECIFIER_SIZE])
{
	char *bytes = NULL;
	size_t size, used = 0;

	if (file_read(AT_FDCWD, path, 64, &bytes, &size) < 0 &&
	    file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &bytes, &size) < 0)
		size = 0;
	for (size_t i = 0; i < size; i++)
		if (strchr("0123456789abcdef", bytes[i]) && bytes[i])
			ret[used++] = bytes[i];
	ret[used] = '\0';
	free(bytes);
}

/* Returns 0, 1 for a letter that is no specifier, -EINVAL for one that is not supported. */
static int look_up(const struct boot_unit *unit, const char *instance, char letter,
		   char ret[static SPECIFIER_SIZE])
{
	/* systemd.unit(5): those of the system manager. */
	static const char letters[] = "aCDEghGLsStTuUV%";
	static const char texts[] = ARCHITECTURE "\0/var/cache\0/usr/share\0/etc\0root\0/root\0"
						 "0\0/var/log\0/bin/sh\0"
						 "/var/lib\0/run\0/tmp\0root\0"
						 "0\0/var/tmp\0%\0";
	const char *found = letter ? strchr(letters, letter) : NULL, *text = unit->name,
		   *after = "";
	size_t length = (size_t)(unit->suffix - unit->name), prefix = strcspn(text, "@");
	struct utsname host;

	if (prefix > length)
		prefix = length;
	if (found) {
		text = word_at(texts, (int)(found - letters));
		length = strlen(text);
	} else if (letter && strchr("pPjJ", letter)) {
		const char *dash = memrchr(text, '-', prefix);

		length = prefix;
		if ((letter == 'j' || letter == 'J') && dash) {
			length -= (size_t)(dash + 1 - text);
			text = dash + 1;
		}
	} else if (letter == 'i' || letter == 'I') {
		prefix += prefix < length;
		text = instance ? instance : text + prefix;
		length = instance ? strlen(instance) : length - prefix;
	} else if (letter == 'd') {
		text = "/run/credentials/";
		length = strlen(text);
		after = unit->name;
	} else if (letter == 'N' || letter == 'n') {
		(void)format_text(ret, SPECIFIER_SIZE, "%.*s%s%s", (int)length, text,
				  instance ? instance : "", letter == 'n' ? unit->suffix : "");
		return 0;
	} else if (letter && strchr("Hlqv", letter) && uname(&host) == 0) {
		text = letter == 'v' ? host.release : host.nodename;
		length = letter == 'l' ? strcspn(text, ".") : strlen(text);
	} else if (letter == 'b' || letter == 'm') {
		read_id(letter == 'm' ? "/etc/machine-id" : "", ret);
		return 0;
	} else {
		return letter && strchr("ABcfMorRwWyY", letter) ? -EINVAL : 1;
	}
	(void)format_text(ret, SPECIFIER_SIZE, "%.*s%s", (int)length, text, after);
	if (letter == 'P' || letter == 'J' || letter == 'I')
		unescape(ret);
	return 0;
}

/*
 * Returns the length of the expanded text, or -EINVAL, also above the room in out, NULL for
 * none: names of the host may change in between.
 */
static ssize_t expand(const struct boot_unit *unit, const char *instance, const char *text,
		      char *out, ssize_t room)
{
	char found[SPECIFIER_SIZE];
	ssize_t length = 0;

	for (const char *p = text; *p; p++) {
		int r = *p == '%' ? look_up(unit, instance, p[1], found) : 1;
		size_t n = r == 0 ? strlen(found) : 1;

		if (r < 0 || (out && (ssize_t)n > room - length))
			return -EINVAL;
		if (out)
			memcpy(out + length, r == 0 ? found : p, n);
		length += (ssize_t)n;
		p += r == 0;
	}
	return length;
}

int expand_specifiers(const struct boot_unit *unit, const char *instance, const char *text,
		      char **ret)
{
	ssize_t length = expand(unit, instance, text, NULL, 0);
	char *out;

	if (length < 0)
		return (int)length;
	out = calloc(1, (size_t)length + 1);
	if (!out)
		return -ENOMEM;
	length = expand(unit, instance, text, out, length);
	if (length < 0) {
		free(out);
		return (int)length;
	}
	*ret = out;
	return 0;
}
