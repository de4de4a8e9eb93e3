/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/values.h"

#include "clock.h"
#include "elements.h"
#include "number.h"
#include "unit-file.h"
#include "units/words.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define DIGITS "0123456789"

/* systemd.time(7): a month is 30.44 days, a year 365.25. */
static const struct {
	char names[28];
	uint64_t microseconds;
} time_units[] = {
	{ "usec\0us\0", 1 },
	{ "msec\0ms\0", 1000 },
	{ "seconds\0second\0sec\0s\0", USEC_PER_SEC },
	{ "minutes\0minute\0min\0m\0", USEC_PER_SEC * 60 },
	{ "hours\0hour\0hr\0h\0", USEC_PER_SEC * 3600 },
	{ "days\0day\0d\0", USEC_PER_SEC * 86400 },
	{ "weeks\0week\0w\0", USEC_PER_SEC * 604800 },
	{ "months\0month\0", USEC_PER_SEC * 2629800 },
	{ "years\0year\0y\0", USEC_PER_SEC * 31557600 },
};

/* Takes the name of a unit off the text. No name is a second; 0 for an unknown one. */
static uint64_t take_unit(const char **text)
{
	const char *name = *text;
	size_t length = strcspn(name, " \t." DIGITS);

	*text += length;
	if (length == 0)
		return USEC_PER_SEC;
	if (length == 1 && *name == 'M') { /* else it would be minutes */
		name = "month";
		length = strlen(name);
	}
	for (size_t i = 0; i < ELEMENTS(time_units); i++)
		if (word_find(time_units[i].names, name, length) >= 0)
			return time_units[i].microseconds;
	return 0;
}

/* Takes a number with its unit off the text: "1.5h". */
static int take_span(const char **text, uint64_t *ret)
{
	const char *number = *text, *decimals;
	size_t n_digits = strspn(number, DIGITS), n_decimals = 0;
	uint64_t whole, length, digit;

	decimals = number + n_digits;
	if (*decimals == '.') {
		n_decimals = strspn(++decimals, DIGITS);
		if (n_decimals == 0)
			return -EINVAL;
	}
	*text = decimals + n_decimals;
	*text += strspn(*text, " \t");
	length = take_unit(text);
	if (length == 0 || parse_uint_bytes(number, n_digits, 0, INT64_MAX, &whole) < 0)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, length, ret))
		return -ERANGE;
	digit = length;
	for (size_t i = 0; i < n_decimals; i++) {
		digit /= 10;
		if (__builtin_add_overflow(*ret, digit * (uint64_t)(decimals[i] - '0'), ret))
			return -ERANGE;
	}
	return 0;
}

int parse_time_span(const char *text, uint64_t *ret)
{
	uint64_t sum = 0, span;
	int r;

	if (strcmp(text, "infinity") == 0) {
		*ret = FOR_EVER;
		return 0;
	}
	do {
		r = take_span(&text, &span);
		if (r < 0)
			return r;
		if (__builtin_add_overflow(sum, span, &sum) || sum > INT64_MAX)
			return -ERANGE;
		text += strspn(text, " \t");
	} while (*text);
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

int parse_signal(const char *text, int *ret)
{
	/* In the order of their numbers, from 1; the same on all machines that there are images for. */
	static const char names[] = "HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0"
				    "USR2\0PIPE\0ALRM\0TERM\0STKFLT\0CHLD\0CONT\0STOP\0TSTP\0"
				    "TTIN\0TTOU\0URG\0XCPU\0XFSZ\0VTALRM\0PROF\0WINCH\0IO\0PWR\0"
				    "SYS\0";
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
	index = word_index(names, text);
	if (index < 0)
		return -EINVAL;
	*ret = index + 1;
	return 0;
}

int capability_number(const char *name)
{
	/* linux/capability.h, in the order of their numbers. */
	static const char names[] = "CHOWN\0DAC_OVERRIDE\0DAC_READ_SEARCH\0FOWNER\0FSETID\0KILL\0"
				    "SETGID\0SETUID\0SETPCAP\0LINUX_IMMUTABLE\0NET_BIND_SERVICE\0"
				    "NET_BROADCAST\0NET_ADMIN\0NET_RAW\0IPC_LOCK\0IPC_OWNER\0"
				    "SYS_MODULE\0SYS_RAWIO\0SYS_CHROOT\0SYS_PTRACE\0SYS_PACCT\0"
				    "SYS_ADMIN\0SYS_BOOT\0SYS_NICE\0SYS_RESOURCE\0SYS_TIME\0"
				    "SYS_TTY_CONFIG\0MKNOD\0LEASE\0AUDIT_WRITE\0AUDIT_CONTROL\0"
				    "SETFCAP\0MAC_OVERRIDE\0MAC_ADMIN\0SYSLOG\0WAKE_ALARM\0"
				    "BLOCK_SUSPEND\0AUDIT_READ\0PERFMON\0BPF\0CHECKPOINT_RESTORE\0";

	name += strncasecmp(name, "CAP_", 4) == 0 ? 4 : 0;
	return word_find(names, name, strlen(name));
}

int family_number(const char *name)
{
	/* The families that a service may ask for. */
	static const char names[] =
		"UNIX\0LOCAL\0INET\0INET6\0NETLINK\0PACKET\0VSOCK\0ALG\0CAN\0BLUETOOTH\0KEY\0TIPC\0"
		"PPPOX\0RDS\0NFC\0XDP\0";
	static const uint8_t numbers[] = { AF_UNIX,    AF_UNIX,      AF_INET,  AF_INET6,
					   AF_NETLINK, AF_PACKET,    AF_VSOCK, AF_ALG,
					   AF_CAN,     AF_BLUETOOTH, AF_KEY,   AF_TIPC,
					   AF_PPPOX,   AF_RDS,       AF_NFC,   AF_XDP };
	int index = strncmp(name, "AF_", 3) == 0 ? word_index(names, name + 3) : -1;

	return index < 0 ? -1 : numbers[index];
}

int limit_index(const char *name)
{
	/* sys/resource.h, in the order of their numbers. */
	static const char names[] = "CPU\0FSIZE\0DATA\0STACK\0CORE\0RSS\0NPROC\0NOFILE\0MEMLOCK\0"
				    "AS\0LOCKS\0SIGPENDING\0MSGQUEUE\0NICE\0RTPRIO\0RTTIME\0";

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
