/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values that unit files have. */
#include "units/values.h"

#include "clock.h"
#include "number.h"
#include "unit-file.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/*
 * Lists of words are one string each, not arrays of pointers: in a program that
 * is loaded anywhere, each pointer costs 32 bytes.
 */
int word_find(const char *list, const char *word, size_t length)
{
	/* The analyzer takes the first NUL for the end of the list. */
	for (int i = 0; *list; i++, list += strlen(list) + 1) /* NOLINT(clang-analyzer-core.*) */
		if (strlen(list) == length && strncasecmp(list, word, length) == 0)
			return i;
	return -1;
}

int word_index(const char *list, const char *word)
{
	int index = word_find(list, word, strlen(word));

	return index < 0 || strcmp(word_at(list, index), word) != 0 ? -1 : index;
}

const char *word_at(const char *list, int index)
{
	for (; *list;
	     index--, list += strlen(list) + 1) /* NOLINT(clang-analyzer-core.*): as above */
		if (index == 0)
			return list;
	return "?";
}

/* How long one of a unit lasts; the length of its name is taken off the text. 0: there is none. */
static uint64_t unit_length(const char **text)
{
	static const char names[] = "seconds\0"
				    "second\0"
				    "sec\0"
				    "s\0"
				    "minutes\0"
				    "minute\0"
				    "min\0"
				    "m\0"
				    "hours\0"
				    "hour\0"
				    "hr\0"
				    "h\0"
				    "days\0"
				    "day\0"
				    "d\0"
				    "weeks\0"
				    "week\0"
				    "w\0"
				    "years\0"
				    "year\0"
				    "y\0"
				    "msec\0"
				    "ms\0"
				    "usec\0"
				    "us\0"
				    "months\0"
				    "month\0";
	static const uint8_t units[] = { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3,
					 3, 4, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 8 };
	/* A month is 30.44 days and a year 365.25, as systemd.time(7) has it. */
	static const uint64_t lengths[] = { USEC_PER_SEC,
					    USEC_PER_SEC * 60,
					    USEC_PER_SEC * 3600,
					    USEC_PER_SEC * 86400,
					    USEC_PER_SEC * 604800,
					    USEC_PER_SEC * 31557600,
					    1000,
					    1,
					    USEC_PER_SEC * 2629800 };
	size_t length = strcspn(*text, " \t0123456789.");
	int index;

	if (length == 0)
		return USEC_PER_SEC;
	/* Minutes and months differ in this only. */
	if (length == 1 && **text == 'M')
		index = sizeof units - 1;
	else
		index = word_find(names, *text, length);
	*text += length;
	return index < 0 ? 0 : lengths[units[index]];
}

int parse_time_span(const char *text, uint64_t *ret)
{
	uint64_t sum = 0, value, length, fraction, digit;
	size_t digits, decimals;

	if (strcmp(text, "infinity") == 0) {
		*ret = FOR_EVER;
		return 0;
	}
	if (*text == '\0')
		return -EINVAL;
	while (*text) {
		digits = strspn(text, "0123456789");
		if (parse_uint_bytes(text, digits, 0, INT64_MAX, &value) < 0)
			return -EINVAL;
		text += digits;
		fraction = 0;
		decimals = 0;
		if (*text == '.') {
			decimals = strspn(++text, "0123456789");
			if (decimals == 0)
				return -EINVAL;
		}
		const char *behind = text;

		text += decimals;
		text += strspn(text, " \t");
		length = unit_length(&text);
		if (length == 0)
			return -EINVAL;
		digit = length;
		for (size_t i = 0; i < decimals; i++) {
			digit /= 10;
			fraction += digit * (uint64_t)(behind[i] - '0');
		}
		if (__builtin_mul_overflow(value, length, &value) ||
		    __builtin_add_overflow(value, fraction, &value) ||
		    __builtin_add_overflow(sum, value, &sum) || sum > INT64_MAX)
			return -ERANGE;
		text += strspn(text, " \t");
	}
	*ret = sum;
	return 0;
}

int parse_mode(const char *text, mode_t *ret)
{
	mode_t mode = 0;

	if (*text == '\0' || strlen(text) > 5)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -EINVAL;
		mode = mode << 3 | (mode_t)(*text - '0');
	}
	if (mode > 07777)
		return -EINVAL;
	*ret = mode;
	return 0;
}

/* In the order of their numbers, from 1 on; the same on all of Linux' machines that we build for. */
static const char signals[] = "HUP\0"
			      "INT\0"
			      "QUIT\0"
			      "ILL\0"
			      "TRAP\0"
			      "ABRT\0"
			      "BUS\0"
			      "FPE\0"
			      "KILL\0"
			      "USR1\0"
			      "SEGV\0"
			      "USR2\0"
			      "PIPE\0"
			      "ALRM\0"
			      "TERM\0"
			      "STKFLT\0"
			      "CHLD\0"
			      "CONT\0"
			      "STOP\0"
			      "TSTP\0"
			      "TTIN\0"
			      "TTOU\0"
			      "URG\0"
			      "XCPU\0"
			      "XFSZ\0"
			      "VTALRM\0"
			      "PROF\0"
			      "WINCH\0"
			      "IO\0"
			      "PWR\0"
			      "SYS\0";

int parse_signal(const char *text, int *ret)
{
	uint64_t number;
	int index;

	if (parse_uint(text, 1, 64, &number) == 0) {
		*ret = (int)number;
		return 0;
	}
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	if (strncmp(text, "RTMIN+", 6) == 0 && parse_uint(text + 6, 0, 30, &number) == 0) {
		*ret = SIGNAL_RTMIN + (int)number;
		return 0;
	}
	index = word_index(signals, text);
	if (index < 0)
		return -EINVAL;
	*ret = index + 1;
	return 0;
}

const char *signal_name(int signal)
{
	return word_at(signals, signal - 1);
}

int parse_capabilities(const char *text, bool stated, uint64_t *set)
{
	/* capability.h, in the order of their numbers. */
	static const char names[] = "CHOWN\0"
				    "DAC_OVERRIDE\0"
				    "DAC_READ_SEARCH\0"
				    "FOWNER\0"
				    "FSETID\0"
				    "KILL\0"
				    "SETGID\0"
				    "SETUID\0"
				    "SETPCAP\0"
				    "LINUX_IMMUTABLE\0"
				    "NET_BIND_SERVICE\0"
				    "NET_BROADCAST\0"
				    "NET_ADMIN\0"
				    "NET_RAW\0"
				    "IPC_LOCK\0"
				    "IPC_OWNER\0"
				    "SYS_MODULE\0"
				    "SYS_RAWIO\0"
				    "SYS_CHROOT\0"
				    "SYS_PTRACE\0"
				    "SYS_PACCT\0"
				    "SYS_ADMIN\0"
				    "SYS_BOOT\0"
				    "SYS_NICE\0"
				    "SYS_RESOURCE\0"
				    "SYS_TIME\0"
				    "SYS_TTY_CONFIG\0"
				    "MKNOD\0"
				    "LEASE\0"
				    "AUDIT_WRITE\0"
				    "AUDIT_CONTROL\0"
				    "SETFCAP\0"
				    "MAC_OVERRIDE\0"
				    "MAC_ADMIN\0"
				    "SYSLOG\0"
				    "WAKE_ALARM\0"
				    "BLOCK_SUSPEND\0"
				    "AUDIT_READ\0"
				    "PERFMON\0"
				    "BPF\0"
				    "CHECKPOINT_RESTORE\0";
	struct unit_words words;
	bool off = *text == '~';
	uint64_t named = 0;
	int r, index = 0;

	r = unit_words_split(off ? text + 1 : text, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < words.n && index >= 0; i++) {
		const char *name = words.at[i];

		index = word_index(names, strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name);
		if (index >= 0)
			named |= UINT64_C(1) << index;
	}
	unit_words_release(&words);
	if (index < 0)
		return -EINVAL;
	if (!off)
		*set |= named;
	else
		*set = (stated ? *set : CAPABILITIES_ALL) & ~named;
	return 0;
}

int limit_index(const char *name)
{
	/* resource.h, in the order of their numbers. */
	static const char names[] = "CPU\0"
				    "FSIZE\0"
				    "DATA\0"
				    "STACK\0"
				    "CORE\0"
				    "RSS\0"
				    "NPROC\0"
				    "NOFILE\0"
				    "MEMLOCK\0"
				    "AS\0"
				    "LOCKS\0"
				    "SIGPENDING\0"
				    "MSGQUEUE\0"
				    "NICE\0"
				    "RTPRIO\0"
				    "RTTIME\0";

	return word_index(names, name);
}

static int parse_size(const char *text, size_t length, uint64_t *ret)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	unsigned shift = 0;
	uint64_t value;

	if (length == strlen("infinity") && memcmp(text, "infinity", length) == 0) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	if (length > 1) {
		suffix = strchr(suffixes, text[length - 1]);
		if (suffix) {
			shift = 10 * (unsigned)(suffix - suffixes + 1);
			length--;
		}
	}
	if (parse_uint_bytes(text, length, 0, UINT64_MAX >> (shift + 1), &value) < 0)
		return -EINVAL;
	*ret = value << shift;
	return 0;
}

int parse_limit(const char *text, uint64_t *ret_soft, uint64_t *ret_hard)
{
	size_t length = strcspn(text, ":");
	uint64_t soft, hard;

	if (parse_size(text, length, &soft) < 0)
		return -EINVAL;
	hard = soft;
	if (text[length] == ':' &&
	    parse_size(text + length + 1, strlen(text + length + 1), &hard) < 0)
		return -EINVAL;
	if (soft > hard)
		return -EINVAL;
	*ret_soft = soft;
	*ret_hard = hard;
	return 0;
}
