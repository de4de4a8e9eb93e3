/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of settings. The checkers follow the parsers in systemd's load-fragment.c,
 * and were compared with what three versions of systemd-analyze(1) say of many values.
 */
#include "units/value-check.h"

#include "elements.h"
#include "units/facts.h"
#include "units/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define WHITE  " \t\n\r"

/* More than any 64-bit number. */
#define INFINITE 2e19

/* A value, or one word of a list. */
struct checked {
	const struct unit *unit;
	const struct known_key *key;
	struct pool *pool;
	bool negated; /* the value begins with '~' */
	bool no_memory;
};

typedef bool checker_fn(struct checked *c, const char *text);

static bool consists_of(const char *text, const char *characters)
{
	return text[0] && text[strspn(text, characters)] == '\0';
}

/* What follows a beginning; NULL if the text begins with something else. */
static const char *after(const char *text, const char *beginning)
{
	size_t length = strlen(beginning);

	return strncmp(text, beginning, length) == 0 ? text + length : NULL;
}

/*
 * The text before a separator, in the pool; *ret_rest: what follows, NULL without one. A
 * backslash takes its meaning from a ':'.
 */
static const char *cut(struct checked *c, const char *text, char separator, const char **ret_rest)
{
	const char *end = strchrnul(text, separator), *part;

	while (separator == ':' && *end && end > text && end[-1] == '\\')
		end = strchrnul(end + 1, separator);
	part = pool_copy_bytes(c->pool, text, (size_t)(end - text));
	*ret_rest = *end ? end + 1 : NULL;
	c->no_memory |= !part;
	return part ? part : "";
}

/* words: separated by spaces. */
static bool is_one_of(const char *text, const char *words)
{
	size_t length = strlen(text);

	for (; *words; words += strspn(words, " ")) {
		size_t word = strcspn(words, " ");

		if (word == length && strncmp(text, words, length) == 0)
			return true;
		words += word;
	}
	return false;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* --- numbers, as parse-util.c and time-util.c read them */

/* With the prefixes of C and "0b", "0o". */
static bool read_number(const char *text, int base, long long *ret)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	char *end;

	if (digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'o') && base == 0) {
		base = digits[1] == 'b' ? 2 : 8;
		digits += 2;
	}
	if (!isxdigit((unsigned char)digits[0]))
		return false;
	errno = 0;
	*ret = strtoll(digits, &end, base);
	if (text[0] == '-')
		*ret = -*ret;
	return *end == '\0' && errno == 0;
}

static bool is_number_within(const char *text, long long min, long long max)
{
	long long n;

	return read_number(text, 0, &n) && n >= min && n <= max;
}

/* Up to UINT64_MAX. */
static bool is_count(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;
	int base = 0;

	text += text[0] == '+';
	if (text[0] == '0' && (text[1] == 'b' || text[1] == 'o')) {
		base = text[1] == 'b' ? 2 : 8;
		text += 2;
	}
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	n = strtoull(text, &end, base);
	return *end == '\0' && errno == 0 && n >= min && n <= max;
}

/* "1h 30min", in microseconds or nanoseconds. */
static bool read_span(const char *p, double plain, double *ret)
{
	static const struct {
		const char *name;
		double us;
	} units[] = {
		{ "seconds", 1e6 },     { "second", 1e6 },
		{ "sec", 1e6 },         { "s", 1e6 },
		{ "minutes", 60e6 },    { "minute", 60e6 },
		{ "min", 60e6 },        { "months", 2629800e6 },
		{ "month", 2629800e6 }, { "M", 2629800e6 },
		{ "msec", 1e3 },        { "ms", 1e3 },
		{ "m", 60e6 },          { "hours", 3600e6 },
		{ "hour", 3600e6 },     { "hr", 3600e6 },
		{ "h", 3600e6 },        { "days", 86400e6 },
		{ "day", 86400e6 },     { "d", 86400e6 },
		{ "weeks", 604800e6 },  { "week", 604800e6 },
		{ "w", 604800e6 },      { "years", 31557600e6 },
		{ "year", 31557600e6 }, { "y", 31557600e6 },
		{ "usec", 1 },          { "us", 1 },
		{ "\xce\xbcs", 1 },     { "\xc2\xb5s", 1 },
		{ "nsec", 1e-3 },       { "ns", 1e-3 },
	};
	/* Of the type in which systemd counts. */
	const double max = plain < 1 ? 18446744073709551.0 : 18446744073709551615.0;
	double sum = 0, number, unit;

	if (strcmp(p, "infinity") == 0) {
		*ret = INFINITE;
		return true;
	}
	if (!p[strspn(p, WHITE)])
		return false;
	for (p += strspn(p, WHITE); *p; p += strspn(p, WHITE)) {
		const char *end = p + (*p == '+'), *s;

		if (!isdigit((unsigned char)*end) && *p != '.')
			return false;
		number = strtod(end, NULL);
		end += strspn(end, DIGITS);
		if (*end == '.') {
			if (!isdigit((unsigned char)end[1]))
				return false;
			end += 1 + strspn(end + 1, DIGITS);
		}
		s = end + strspn(end, WHITE);
		unit = plain;
		for (size_t i = 0; i < ELEMENTS(units); i++) {
			if (after(s, units[i].name) && (units[i].us >= 1 || plain < 1)) {
				unit = units[i].us;
				s += strlen(units[i].name);
				break;
			}
		}
		if (s == end && *s)
			return false;
		sum += number * unit;
		p = s;
	}
	*ret = sum;
	return sum < max;
}

static bool is_span(struct checked *c, const char *text)
{
	double span;

	return read_span(text, 1e6, &span) &&
	       (!strstr(c->key->name, "MemoryPressureDuration") || span >= 1e6);
}

static bool is_span_ns(struct checked *c, const char *text)
{
	double span;

	(void)c;
	return read_span(text, 1e-3, &span);
}

/* "1G 500M" */
static bool read_size(const char *p, double *ret)
{
	static const char suffixes[] = "EPTGMKB";
	int power = 7; /* units must get smaller */
	double sum = 0;

	do {
		double number;
		char *end;
		const char *suffix;

		p += strspn(p, WHITE);
		if (!isdigit((unsigned char)p[*p == '+']))
			return false;
		number = (double)strtoull(p, &end, 10);
		if (*end == '.' && isdigit((unsigned char)end[1])) {
			number += strtod(end, &end);
		} else if (*end == '.') {
			end++;
		}
		end += strspn(end, WHITE);
		suffix = *end ? strchr(suffixes, *end) : NULL;
		if (suffix && 6 - (suffix - suffixes) < power) {
			power = 6 - (int)(suffix - suffixes);
			end++;
			for (int i = 0; i < power; i++)
				number *= 1024;
		} else if (power >= 0) {
			power = -1; /* without a unit, it is the last */
		} else {
			return false;
		}
		sum += number;
		p = end;
	} while (*p);
	*ret = sum;
	return sum <= 18446744073709551615.0;
}

static bool is_size(struct checked *c, const char *text)
{
	double size;

	(void)c;
	return read_size(text, &size);
}

/* "12.34%", "12.3‰" or "1‱"; *ret in parts of ten thousand. */
static bool read_percentage(const char *text, long long *ret)
{
	static const struct {
		const char *sign;
		size_t digits;
	} kinds[] = { { "%", 2 }, { "\xe2\x80\xb0", 1 }, { "\xe2\x80\xb1", 0 } };
	size_t n = strspn(text, DIGITS), decimals = 0;

	if (n == 0 || n > 9)
		return false;
	*ret = strtoll(text, NULL, 10);
	text += n;
	if (*text == '.') {
		decimals = strspn(text + 1, DIGITS);
		if (decimals == 0)
			return false;
	}
	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		const char *digits = text + (decimals > 0);

		if (strcmp(digits + decimals, kinds[i].sign) != 0)
			continue;
		for (size_t j = 0; j < kinds[i].digits; j++)
			*ret = *ret * 10 + (j < decimals ? digits[j] - '0' : 0);
		return decimals <= kinds[i].digits;
	}
	return false;
}

static bool is_percentage(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	return read_percentage(text, &parts) && parts <= 10000;
}

static bool is_cpu_percentage(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	return read_percentage(text, &parts) && parts > 0 && parts <= INT_MAX;
}

static bool is_memory(struct checked *c, const char *text)
{
	/* Where 0 is refused: MemoryHigh=, MemoryMax=, MemoryLimit=. */
	bool zero = !strstr(c->key->name, "High") && !strstr(c->key->name, "MemoryMax") &&
		    !strstr(c->key->name, "MemoryLimit");
	long long parts;
	double size;

	if (strcmp(text, "infinity") == 0)
		return true;
	if (read_percentage(text, &parts))
		return parts <= 10000 && (zero || parts > 0);
	return read_size(text, &size) && (zero || size > 0);
}

static bool is_quota(struct checked *c, const char *text)
{
	return is_percentage(c, text) || is_size(c, text);
}

static bool is_tasks(struct checked *c, const char *text)
{
	long long parts;

	(void)c;
	if (read_percentage(text, &parts))
		return parts > 0 && parts <= 10000;
	return is_count(text, 1, UINT64_MAX - 1);
}

static bool is_mode(struct checked *c, const char *text)
{
	(void)c;
	if (after(text, "0o"))
		text += 2;
	return consists_of(text, "01234567") && strtoul(text, NULL, 8) <= 07777;
}

static bool is_hexadecimal(struct checked *c, const char *text)
{
	char *end;

	(void)c;
	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	(void)strtoull(text, &end, 16);
	return *end == '\0' && errno == 0;
}

/* A limit's soft or hard value. */
typedef bool limit_fn(const char *text, double *ret);

static bool limit_count(const char *text, double *ret)
{
	*ret = strcmp(text, "infinity") == 0 ? INFINITE : strtod(text, NULL);
	return *ret == INFINITE || is_count(text, 0, UINT64_MAX);
}

static bool limit_bytes(const char *text, double *ret)
{
	if (strcmp(text, "infinity") != 0)
		return read_size(text, ret);
	*ret = INFINITE;
	return true;
}

static bool limit_seconds(const char *text, double *ret)
{
	return read_span(text, 1e6, ret);
}

static bool limit_us(const char *text, double *ret)
{
	return read_span(text, 1, ret);
}

static bool limit_nice(const char *text, double *ret)
{
	bool is_nice = text[0] == '+' || text[0] == '-';
	long long n;

	if (strcmp(text, "infinity") == 0 || !read_number(text, 0, &n) || n < (is_nice ? -20 : 0) ||
	    n > (is_nice ? 19 : 40))
		return false;
	*ret = (double)(is_nice ? 20 - n : n);
	return true;
}

static bool is_limit_of(struct checked *c, const char *text, limit_fn *read)
{
	const char *rest, *soft = cut(c, text, ':', &rest);
	double first, second;

	if (!read(soft, &first))
		return false;
	return !rest || (read(rest, &second) && first <= second);
}

static bool is_limit(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_count);
}

static bool is_limit_bytes(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_bytes);
}

static bool is_limit_seconds(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_seconds);
}

static bool is_limit_us(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_us);
}

static bool is_limit_nice(struct checked *c, const char *text)
{
	return is_limit_of(c, text, limit_nice);
}

/* "0-3,5" */
static bool is_cpus(struct checked *c, const char *text)
{
	static const char separators[] = WHITE ",";

	(void)c;
	for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
		char *end;
		unsigned long first, last;

		if (!isdigit((unsigned char)text[text[0] == '+']))
			return false;
		first = last = strtoul(text, &end, 0);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return false;
			last = strtoul(end + 1, &end, 0);
		}
		if ((*end && !strchr(separators, *end)) || first > last || last > 8191)
			return false;
		text = end;
	}
	return true;
}

/* --- names */

static bool is_boolean(struct checked *c, const char *text)
{
	bool yes;

	(void)c;
	return parse_boolean(text, &yes) == 0;
}

/* Names of file systems are the kernel's, groups of them systemd's. */
static bool is_file_system(struct checked *c, const char *text)
{
	(void)c;
	return text[0] != '@' ||
	       is_one_of(text, "@anonymous @application @auxiliary-api @basic-api @common-block "
			       "@historical-block @known @network @privileged-api @security "
			       "@temporary");
}

static bool is_file_name(const char *text)
{
	return text[0] && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
	       strlen(text) <= 255;
}

static bool is_descriptor_name(struct checked *c, const char *text)
{
	(void)c;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' - 1 || *p >= 0x7f || *p == ':')
			return false;
	return text[0] && strlen(text) <= 255;
}

static bool is_credential_name(struct checked *c, const char *text)
{
	return is_file_name(text) && is_descriptor_name(c, text);
}

static bool is_log_namespace(struct checked *c, const char *text)
{
	(void)c;
	return is_file_name(text) && consists_of(text, UPPER LOWER DIGITS ":-_.@") &&
	       strlen(text) < 200;
}

/* Not one that the kernel or systemd uses itself. */
static bool is_control_group(struct checked *c, const char *text)
{
	(void)c;
	return is_file_name(text) && !strchr("._", text[0]) && !after(text, "cgroup.") &&
	       strcmp(text, "tasks") != 0 && strcmp(text, "notify_on_release") != 0 &&
	       strcmp(text, "release_agent") != 0;
}

static bool is_host_name(struct checked *c, const char *text)
{
	const char *rest, *word = cut(c, text, ':', &rest);

	return rest && (is_boolean(c, word) || strcmp(word, "private") == 0) &&
	       consists_of(rest, UPPER LOWER DIGITS "-._?%");
}

static bool is_user(struct checked *c, const char *text)
{
	size_t length = strlen(text);

	(void)c;
	if (consists_of(text, DIGITS))
		return (text[0] != '0' || !text[1]) && is_count(text, 0, UINT32_MAX - 1) &&
		       strcmp(text, "65535") != 0;
	if (text[0] == '-' && text[strspn(text + 1, DIGITS) + 1] == '\0')
		return false;
	return length > 0 && !strpbrk(text, ":/") && !has_control(text) && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0 && !strchr(WHITE, text[0]) &&
	       !strchr(WHITE, text[length - 1]);
}

static bool is_variable(struct checked *c, const char *text)
{
	(void)c;
	return consists_of(text, UPPER LOWER DIGITS "_") && !isdigit((unsigned char)text[0]);
}

static bool is_assignment(struct checked *c, const char *text)
{
	const char *value, *name = cut(c, text, '=', &value);

	/* A value may hold control characters: env_value_is_valid(). */
	return value && is_variable(c, name);
}

static bool is_variable_or_assignment(struct checked *c, const char *text)
{
	return is_variable(c, text) || is_assignment(c, text);
}

static bool is_journal_field(struct checked *c, const char *text)
{
	const char *value, *name = cut(c, text, '=', &value);

	return value && consists_of(name, UPPER DIGITS "_") && name[0] != '_' &&
	       !isdigit((unsigned char)name[0]) && strlen(name) <= 64;
}

static bool is_bus_name(struct checked *c, const char *text)
{
	const char *rest = text;
	size_t dots = 0;

	if (text[0] == ':')
		return consists_of(text + 1, UPPER LOWER DIGITS "_-.");
	if (strlen(text) > 255)
		return false;
	while (rest) {
		const char *part = cut(c, rest, '.', &rest);

		if (!consists_of(part, UPPER LOWER DIGITS "_-") || isdigit((unsigned char)part[0]))
			return false;
		dots += rest != NULL;
	}
	return dots > 0;
}

static bool is_url(struct checked *c, const char *text)
{
	static const char *const schemes[] = { "http://", "https://", "file:/", "info:", "man:" };

	(void)c;
	for (size_t i = 0; i < ELEMENTS(schemes); i++) {
		const char *rest = after(text, schemes[i]);

		if (rest && rest[0])
			return true;
	}
	return false;
}

static bool is_unit_name(struct checked *c, const char *text)
{
	(void)c;
	return unit_name_is_valid(text) && unit_type_of(text);
}

static bool is_unit_of(const char *text, const char *suffix)
{
	const char *end = unit_suffix(text);

	return unit_name_is_valid(text) && strcmp(end, suffix) == 0 && end[-1] != '@';
}

static bool is_slice(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".slice");
}

static bool is_socket(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".socket");
}

static bool is_service(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".service");
}

static bool is_triggered(struct checked *c, const char *text)
{
	return is_unit_name(c, text) && unit_suffix(text)[-1] != '@' &&
	       strcmp(text, c->unit->name) != 0;
}

static bool is_signal(struct checked *c, const char *text)
{
	static const char names[] =
		"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM "
		"STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ PROF IO VTALRM PWR "
		"SYS WINCH";
	const char *name = after(text, "SIG"), *number;

	if (is_number_within(text, 1, 64))
		return true;
	name = name ? name : text;
	if (is_one_of(name, names))
		return true;
	number = after(name, "RTMIN");
	if (number)
		return !*number || (*number == '+' && is_count(number + 1, 0, 30));
	number = after(name, "RTMAX");
	(void)c;
	return number && (!*number || (*number == '-' && is_count(number + 1, 0, 30)));
}

static bool is_capability(struct checked *c, const char *text)
{
	static const char names[] =
		"chown dac_override dac_read_search fowner fsetid kill setgid setuid "
		"setpcap linux_immutable net_bind_service net_broadcast net_admin "
		"net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace "
		"sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time "
		"sys_tty_config mknod lease audit_write audit_control setfcap "
		"mac_override mac_admin syslog wake_alarm block_suspend audit_read "
		"perfmon bpf checkpoint_restore";

	char lower[sizeof "cap_checkpoint_restore" + 1] = "";
	const char *name;

	(void)c;
	if (is_count(text, 0, 62))
		return true;
	for (size_t i = 0; i < sizeof lower - 1 && text[i]; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	name = after(lower, "cap_");
	return name && is_one_of(name, names);
}

/* --- paths and addresses */

static bool is_path_text(const char *text)
{
	const char *p = text;

	if (strlen(text) >= PATH_MAX)
		return false;
	while (*p) {
		size_t length;

		p += strspn(p, "/");
		length = strcspn(p, "/");
		if (length > 255 || (length == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += length;
	}
	return text[0] != '\0';
}

static bool is_path(struct checked *c, const char *text)
{
	(void)c;
	return text[0] == '/' && is_path_text(text);
}

static bool is_minus_path(struct checked *c, const char *text)
{
	return is_path(c, text + (text[0] == '-'));
}

static bool is_minus_plus_path(struct checked *c, const char *text)
{
	text += text[0] == '-';
	return is_path(c, text + (text[0] == '+'));
}

static bool is_condition_path(struct checked *c, const char *text)
{
	text += text[0] == '|';
	return is_path(c, text + (text[0] == '!'));
}

static bool is_relative(const char *text)
{
	return text[0] && text[0] != '/' && strcmp(text, ".") != 0 && is_path_text(text);
}

static bool is_paths(struct checked *c, const char *text)
{
	const char *rest = text;

	while (rest) {
		const char *path = cut(c, rest, ':', &rest);

		if (path[0] && !is_path(c, path))
			return false;
	}
	return true;
}

static bool is_path_options(struct checked *c, const char *text)
{
	const char *rest;

	return is_minus_path(c, cut(c, text, ':', &rest));
}

static bool is_mount_image(struct checked *c, const char *text)
{
	const char *rest, *image = cut(c, text, ':', &rest);

	return rest && is_minus_path(c, image) && is_path(c, cut(c, rest, ':', &rest));
}

/* UAPI.2, and systemd.image-policy(7). Returns the position of a kind of partition; or -1. */
static int find_partition(const char *text)
{
	static const char *const names[] = {
		"root",       "usr",  "home",           "srv", "esp",
		"xbootldr",   "swap", "root-verity",    "tmp", "root-verity-sig",
		"usr-verity", "var",  "usr-verity-sig",
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(text, names[i]) == 0)
			return (int)i;
	return -1;
}

static const char *stripped(struct checked *c, const char *text)
{
	size_t length;

	text += strspn(text, WHITE);
	length = strlen(text);
	while (length > 0 && strchr(WHITE, text[length - 1]))
		length--;
	text = pool_copy_bytes(c->pool, text, length);
	c->no_memory |= !text;
	return text ? text : "";
}

static bool are_policy_flags(struct checked *c, const char *text)
{
	static const char names[] = "verity signed encrypted encryptedwithintegrity unprotected "
				    "unused absent open ignore read-only-on read-only-off "
				    "growfs-on growfs-off";

	if (!text[0] || strcmp(text, "-") == 0)
		return true;
	while (text)
		if (!is_one_of(stripped(c, cut(c, text, '+', &text)), names))
			return false;
	return true;
}

/* "PARTITION=FLAG+FLAG:…", each partition once; without a name, for all others. */
static bool is_policy(struct checked *c, const char *text, bool later)
{
	const char *rest = text;
	unsigned seen = 0;

	if (is_one_of(text, "* - ~"))
		return true;
	while (rest) {
		const char *flags, *name = cut(c, cut(c, rest, ':', &rest), '=', &flags);
		int i;

		name = stripped(c, name);
		i = name[0] ? find_partition(name) : 31;
		if (!flags || (i >= 0 && seen & 1U << i))
			return false;
		if (!later && (i < 0 || !are_policy_flags(c, stripped(c, flags))))
			return false;
		seen |= i >= 0 ? 1U << i : 0;
	}
	return true;
}

static bool is_image_policy(struct checked *c, const char *text)
{
	return is_policy(c, text, false);
}

/* To 262, names and flags that it does not know have no effect. */
static bool is_later_image_policy(struct checked *c, const char *text)
{
	return is_policy(c, text, true);
}

/* "OPTIONS" of the root, or "PARTITION:OPTIONS" */
static bool is_image_options(struct checked *c, const char *text)
{
	const char *options, *name = cut(c, text, ':', &options);

	return !options ||
	       (!strchr(options, ':') && (!options[0] || !name[0] || find_partition(name) >= 0));
}

static bool is_interface(struct checked *c, const char *text)
{
	/* BindToDevice= takes no alternative names. */
	size_t max = strstr(c->key->name, "BindToDevice") ? 15 : 127;

	return text[0] && strlen(text) <= max && !strpbrk(text, "/:" WHITE) && !has_control(text) &&
	       strcmp(text, ".") != 0 && strcmp(text, "..") != 0 && !consists_of(text, DIGITS) &&
	       strcmp(text, "all") != 0 && strcmp(text, "default") != 0;
}

/* SOURCE:FAMILY:TABLE:SET */
static bool is_nft_set(struct checked *c, const char *text)
{
	static const char sources[] = "cgroup user group";
	const char *rest, *source = cut(c, text, ':', &rest);
	bool known = is_one_of(source, sources);
	unsigned parts = 1;

	for (; known && rest; parts++)
		known = cut(c, rest, ':', &rest)[0] != '\0';
	return known && parts == 4;
}

static bool is_tmpfs(struct checked *c, const char *text)
{
	/* tmpfs(5), mount(8), and what systemd takes itself. */
	static const char options[] =
		"size nr_blocks nr_inodes mode uid gid mpol huge ro rw suid nosuid dev "
		"nodev exec noexec sync async dirsync remount mand nomand atime "
		"noatime diratime nodiratime relatime norelatime strictatime "
		"nostrictatime lazytime nolazytime silent loud defaults bind inode32 "
		"inode64 noswap context fscontext defcontext rootcontext nofail "
		"usrquota grpquota usrquota_block_hardlimit usrquota_inode_hardlimit "
		"grpquota_block_hardlimit grpquota_inode_hardlimit quota casefold "
		"strict_encoding iversion noiversion nosymfollow symfollow private "
		"slave shared";
	const char *rest, *value, *path = cut(c, text, ':', &rest);

	if (!is_path(c, path))
		return false;
	while (rest) {
		const char *name = cut(c, cut(c, rest, ',', &rest), '=', &value);

		if (name[0] && !after(name, "x-") && !is_one_of(name, options))
			return false;
	}
	return true;
}

static bool is_bind(struct checked *c, const char *text)
{
	const char *rest, *source = cut(c, text, ':', &rest), *target = NULL;

	if (rest)
		target = cut(c, rest, ':', &rest);
	if (!is_minus_path(c, source) || (target && !is_path(c, target)))
		return false;
	return !rest || !rest[0] || strcmp(rest, "rbind") == 0 || strcmp(rest, "norbind") == 0 ||
	       strcmp(rest, "idmap") == 0 || strcmp(rest, "noidmap") == 0;
}

static bool is_private(const char *path)
{
	const char *rest = after(path, "private");

	return rest && (!*rest || *rest == '/');
}

static bool is_directory(struct checked *c, const char *text)
{
	const char *rest, *name = cut(c, text, ':', &rest), *link;

	if (!is_relative(name) || is_private(name))
		return false;
	if (!rest)
		return true;
	if (strstr(c->key->name, "Configuration"))
		return !rest[0];
	link = cut(c, rest, ':', &rest);
	if (link[0] && !is_relative(link))
		return false;
	return !rest || !rest[0] || strcmp(rest, "ro") == 0;
}

static bool is_file_in_run(struct checked *c, const char *text)
{
	(void)c;
	return is_path_text(text);
}

static bool is_stream(struct checked *c, const char *text)
{
	static const char *const kinds[] = { "file:", "append:", "truncate:" };
	const char *rest = after(text, "fd:");

	if (rest)
		return !rest[0] || is_descriptor_name(c, rest);
	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		rest = after(text, kinds[i]);
		if (rest)
			return is_path(c, rest) &&
			       (i == 0 || !strstr(c->key->name, "StandardInput"));
	}
	return false;
}

static bool is_root_hash(struct checked *c, const char *text)
{
	size_t length = strlen(text);

	(void)c;
	return text[0] == '/' ? true
			      : length >= 32 && length % 2 == 0 &&
					consists_of(text, DIGITS "abcdefABCDEF");
}

static bool is_base64(const char *text)
{
	size_t n = 0, padding = 0;

	for (; *text; text++) {
		if (strchr(WHITE, *text))
			continue;
		if (*text == '=')
			padding++;
		else if (padding || !strchr(UPPER LOWER DIGITS "+/-_", *text))
			return false;
		n++;
	}
	return n > 0 && n % 4 == 0 && padding <= 2;
}

static bool is_base64_value(struct checked *c, const char *text)
{
	(void)c;
	return is_base64(text);
}

static bool is_signature(struct checked *c, const char *text)
{
	const char *data = after(text, "base64:");

	return data ? is_base64(data) : is_path(c, text);
}

static bool is_load_credential(struct checked *c, const char *text)
{
	const char *rest, *name = cut(c, text, ':', &rest);

	if (!is_credential_name(c, name))
		return false;
	return !rest || !rest[0] || is_path(c, rest) || is_credential_name(c, rest);
}

static bool is_set_credential(struct checked *c, const char *text)
{
	const char *rest, *name = cut(c, text, ':', &rest);

	return rest && rest[0] && is_credential_name(c, name);
}

static bool is_encrypted_credential(struct checked *c, const char *text)
{
	const char *rest, *name = cut(c, text, ':', &rest);

	return rest && is_credential_name(c, name) && is_base64(rest);
}

static bool is_credential_pattern(struct checked *c, const char *text)
{
	const char *rest, *pattern = cut(c, text, ':', &rest);
	const char *star = strchr(pattern, '*');

	/* A '*' at the end only. */
	return pattern[0] && !strpbrk(pattern, "?[/") && (!star || star[1] == '\0') &&
	       strcmp(pattern, ".") != 0 && strcmp(pattern, "..") != 0 && strlen(pattern) <= 255 &&
	       !has_control(pattern) && (!rest || !rest[0] || is_credential_name(c, rest));
}

static bool is_open_file(struct checked *c, const char *text)
{
	static const char options[] = "read-only append truncate graceful";
	const char *rest, *path = cut(c, text, ':', &rest), *name = NULL;

	if (rest)
		name = cut(c, rest, ':', &rest);
	if (!is_path(c, path) || (name && name[0] && !is_descriptor_name(c, name)))
		return false;
	while (rest && rest[0]) {
		if (!is_one_of(cut(c, rest, ',', &rest), options))
			return false;
	}
	return true;
}

static bool is_bpf_program(struct checked *c, const char *text)
{
	const char *rest;

	(void)cut(c, text, ':', &rest);
	return rest && is_path(c, rest);
}

static bool is_path_value(struct checked *c, const char *text)
{
	const char *rest, *path = cut(c, text, ' ', &rest);
	const char *name = c->key->name;
	double span;

	if (!rest || !is_path_text(path))
		return false;
	rest += strspn(rest, WHITE);
	if (strstr(name, "LatencyTargetSec"))
		return read_span(rest, 1e6, &span);
	if (strstr(name, "BlockIODeviceWeight"))
		return is_count(rest, 10, 1000);
	if (strstr(name, "DeviceWeight"))
		return is_count(rest, 1, 10000);
	return strcmp(rest, "infinity") == 0 || is_size(c, rest);
}

static bool is_device(struct checked *c, const char *text)
{
	const char *rest, *node = cut(c, text, ' ', &rest);

	if (!after(node, "char-") && !after(node, "block-") &&
	    !((after(node, "/dev/") || after(node, "/run/systemd/inaccessible/")) &&
	      is_path_text(node)))
		return false;
	if (!rest)
		return true;
	rest += strspn(rest, WHITE);
	return rest[strspn(rest, "rwm")] == '\0';
}

static bool is_port(const char *text)
{
	return is_count(text, 1, 65535);
}

/* [family:][protocol:]port or [family:][protocol:]from-to */
static bool is_port_to_bind(struct checked *c, const char *text)
{
	const char *rest, *word = cut(c, text, ':', &rest), *last;

	if (strcmp(word, "ipv4") == 0 || strcmp(word, "ipv6") == 0) {
		if (!rest)
			return true;
		word = cut(c, rest, ':', &rest);
	}
	if (strcmp(word, "tcp") == 0 || strcmp(word, "udp") == 0) {
		if (!rest)
			return true;
		word = cut(c, rest, ':', &rest);
	}
	if (rest)
		return false;
	if (strcmp(word, "any") == 0)
		return true;
	word = cut(c, word, '-', &last);
	return is_count(word, 0, 65535) &&
	       (!last ||
		(is_count(last, 1, 65535) && strtoul(word, NULL, 0) <= strtoul(last, NULL, 0)));
}

static bool is_address_prefix(struct checked *c, const char *text)
{
	const char *length, *address = cut(c, text, '/', &length);
	unsigned char bytes[16];
	bool is_v6 = inet_pton(AF_INET6, address, bytes) == 1;

	if (!is_v6 && inet_pton(AF_INET, address, bytes) != 1)
		return false;
	return !length || is_count(length, 0, is_v6 ? 128 : 32);
}

static bool is_vsock(struct checked *c, const char *text)
{
	const char *port, *cid = cut(c, text, ':', &port);

	return port && is_count(port, 0, UINT32_MAX) &&
	       (cid[0] == '\0' || is_count(cid, 0, UINT32_MAX));
}

static bool is_listen_address(struct checked *c, const char *text)
{
	static const char *const vsock[] = { "vsock:", "vsock-stream:", "vsock-dgram:",
					     "vsock-seqpacket:" };
	const char *colon = strrchr(text, ':'), *address, *rest;
	unsigned char bytes[16];

	if (text[0] == '/')
		return strlen(text) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	if (text[0] == '@')
		return text[1] && strlen(text) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	for (size_t i = 0; i < ELEMENTS(vsock); i++)
		if (after(text, vsock[i]))
			return is_vsock(c, after(text, vsock[i]));
	if (is_port(text))
		return true;
	if (!colon || !is_port(colon + 1))
		return false;
	if (text[0] == '[') {
		address = cut(c, text + 1, ']', &rest);
		if (!rest)
			return false;
		/* "[fe80::1]:80%eth0" is refused above; "[fe80::1%eth0]:80" is read. */
		address = cut(c, address, '%', &rest);
		return strstr(text, "]:") && strstr(text, "]:") + 1 == colon &&
		       inet_pton(AF_INET6, address, bytes) == 1;
	}
	address = pool_copy_bytes(c->pool, text, (size_t)(colon - text));
	c->no_memory |= !address;
	return address && inet_pton(AF_INET, address, bytes) == 1;
}

static bool is_unix_address(struct checked *c, const char *text)
{
	return strchr("/@", text[0]) && is_listen_address(c, text);
}

static bool is_netlink(struct checked *c, const char *text)
{
	static const char families[] =
		"route firewall inet-diag nflog xfrm selinux iscsi audit fib-lookup "
		"connector netfilter ip6-fw dnrtmsg kobject-uevent generic "
		"scsitransport ecryptfs rdma";
	const char *rest, *family = cut(c, text, ' ', &rest);

	return (is_one_of(family, families) || is_count(family, 0, INT_MAX)) &&
	       (!rest || is_count(rest + strspn(rest, WHITE), 0, UINT32_MAX));
}

/* --- command lines: systemd.service(5) */

static bool is_program(const char *word, const char *next)
{
	const char *path = word + strspn(word, "-@:+!|");
	unsigned n[128] = { 0 };

	/* "!!" is one prefix; '+' and the two with '!' exclude each other. */
	for (const char *p = word; p < path; p++)
		if (++n[(unsigned char)*p] > (*p == '!' ? 2 : 1))
			return false;
	if ((n['+'] && n['!']) || (n['@'] && (!next || next == unit_separator)))
		return false;
	return path[0] == '/' ? path[strlen(path) - 1] != '/'
			      : path[0] && !strchr(path, '/') && strcmp(path, ".") != 0 &&
					strcmp(path, "..") != 0;
}

static bool is_command(struct checked *c, const char *text)
{
	struct unit_words words;
	bool result = true;

	(void)c;
	if (unit_words_split(text, &words) < 0)
		return false;
	for (size_t i = 0; i < words.n; i++)
		if (words.at[i] != unit_separator && (i == 0 || words.at[i - 1] == unit_separator))
			result &= is_program(words.at[i], words.at[i + 1]);
	unit_words_release(&words);
	return result;
}

/* --- calendar events: systemd.time(7) */

/* Numbers and ranges of one field: "*", "1..5/2,10". */
static bool read_field(const char **p, unsigned min, unsigned max, bool decimals)
{
	unsigned long n;

	if (**p == '*') {
		(*p)++;
		if (**p != '/')
			return true;
		(*p)++;
		if (!isdigit((unsigned char)**p))
			return false;
		n = strtoul(*p, NULL, 10);
		*p += strspn(*p, decimals ? DIGITS "." : DIGITS);
		return n <= max - min;
	}
	do {
		unsigned long first = 0;
		bool is_range = false;

		for (int part = 0; part < 3; part++) {
			char *end;

			if (!isdigit((unsigned char)**p))
				return false;
			n = strtoul(*p, &end, 10);
			if (decimals && *end == '.' && isdigit((unsigned char)end[1]))
				end += 1 + strspn(end + 1, DIGITS);
			if (part < 2 ? n < min || n > max : n == 0 && !decimals)
				return false;
			if (part == 1 && n < first)
				return false;
			/* chain_valid(): the first repetition is one of the field. */
			if (part == 2 && (n > max - min || (!is_range && first + n > max)))
				return false;
			if (part == 0)
				first = n;
			is_range |= part == 1;
			*p = end;
			if (part == 0 && after(*p, ".."))
				*p += 2;
			else if (part < 2 && **p == '/') {
				(*p)++;
				part = 1;
			} else
				break;
		}
	} while (**p == ',' && (*p)++);
	return true;
}

static bool read_weekdays(const char **p)
{
	static const char *const days[] = { "Monday",   "Mon", "Tuesday", "Tue", "Wednesday", "Wed",
					    "Thursday", "Thu", "Friday",  "Fri", "Saturday",  "Sat",
					    "Sunday",   "Sun" };
	const char *q = *p;

	for (;;) {
		bool found = false;

		for (size_t i = 0; i < ELEMENTS(days) && !found; i++) {
			if (strncasecmp(q, days[i], strlen(days[i])) == 0) {
				q += strlen(days[i]);
				found = true;
			}
		}
		if (!found)
			return false;
		if (after(q, ".."))
			q += 2;
		else if (*q == ',' || *q == '-')
			q++;
		else if (*q == ' ' || *q == '\0')
			break;
		else
			return false;
		if (*q == ' ' || *q == '\0') /* "Mon, Tue" */
			break;
	}
	*p = q + strspn(q, " ");
	return true;
}

static bool read_date(const char **p)
{
	const char *q = *p;

	if (*q == '@') {
		q++;
		if (!isdigit((unsigned char)*q))
			return false;
		*p = q + strspn(q, DIGITS ".");
		return true;
	}
	/* The year may be left out. */
	if (!read_field(&q, 0, 9999, false))
		return false;
	if (*q == '-') {
		const char *day = q + 1, *month = *p;

		/* "MONTH-DAY" */
		if (read_field(&day, 1, 31, false) && (!*day || strchr(" T", *day)) &&
		    !read_field(&month, 1, 12, false))
			return false;
	}
	if (*q != '-' && *q != '~')
		return false;
	if (*q++ == '~') {
		q = *p;
		if (!read_field(&q, 1, 12, false))
			return false;
		q++;
		if (!read_field(&q, 1, 31, false))
			return false;
	} else {
		const char *month = q;

		if (!read_field(&q, 1, 31, false))
			return false;
		if (*q == '-' || *q == '~') {
			if (!read_field(&month, 1, 12, false))
				return false;
			q++;
			if (!read_field(&q, 1, 31, false))
				return false;
		}
	}
	if (*q && *q != ' ' && *q != 'T')
		return false;
	*p = q + (*q == 'T') + strspn(q, " ");
	return true;
}

static bool read_time(const char **p)
{
	const char *q = *p;

	if (!read_field(&q, 0, 23, false) || *q != ':')
		return false;
	q++;
	if (!read_field(&q, 0, 59, false))
		return false;
	if (*q == ':') {
		q++;
		if (!read_field(&q, 0, 60, true))
			return false;
	}
	if (*q && *q != ' ')
		return false;
	*p = q + strspn(q, " ");
	return true;
}

static bool is_calendar_event(struct checked *c, const char *text)
{
	static const char *const words[] = {
		"minutely",    "hourly",       "daily",         "monthly",   "anually",
		"annually",    "yearly",       "weekly",        "quarterly", "biannually",
		"bi-annually", "semiannually", "semi-annually",
	};
	const char *p = text;
	bool something = false;

	for (size_t i = 0; i < ELEMENTS(words); i++) {
		size_t length = strlen(words[i]);

		if (strncasecmp(text, words[i], length) == 0 && (!p[length] || p[length] == ' ')) {
			p += length + strspn(p + length, " ");
			something = true;
		}
	}
	(void)c;
	if (!something) {
		something |= read_weekdays(&p);
		something |= read_date(&p);
		something |= read_time(&p);
	}
	/* A time zone, by the files of the host. */
	return something && (!*p || (isupper((unsigned char)*p) && !strchr(p, ' ')));
}

/* --- the forms */

static bool is_system_call(struct checked *c, const char *text);

static const struct {
	const char *name;
	checker_fn *check;
	bool expands; /* specifiers */
} checkers[] = {
	{ "a boolean", is_boolean, false },
	{ "a time span", is_span, false },
	{ "a time span in nanoseconds", is_span_ns, false },
	{ "a size", is_size, false },
	{ "a quota", is_quota, false },
	{ "an amount of memory", is_memory, false },
	{ "a number of tasks", is_tasks, false },
	{ "a percentage", is_percentage, false },
	{ "a percentage of CPUs", is_cpu_percentage, false },
	{ "a list of CPUs", is_cpus, false },
	{ "a mode", is_mode, false },
	{ "a hexadecimal number", is_hexadecimal, false },
	{ "a limit", is_limit, false },
	{ "a limit of bytes", is_limit_bytes, false },
	{ "a limit of seconds", is_limit_seconds, false },
	{ "a limit of microseconds", is_limit_us, false },
	{ "a limit of nice levels", is_limit_nice, false },
	{ "a signal", is_signal, false },
	{ "a capability", is_capability, false },
	{ "a system call", is_system_call, false },
	{ "a file system", is_file_system, false },
	{ "a host name", is_host_name, true },
	{ "a user name", is_user, true },
	{ "an assignment", is_assignment, true },
	{ "a variable", is_variable, true },
	{ "a variable or assignment", is_variable_or_assignment, true },
	{ "a journal field", is_journal_field, true },
	{ "a name", is_log_namespace, true },
	{ "a descriptor name", is_descriptor_name, true },
	{ "a bus name", is_bus_name, true },
	{ "a URL", is_url, true },
	{ "a unit name", is_unit_name, true },
	{ "a slice", is_slice, true },
	{ "a socket", is_socket, true },
	{ "a service", is_service, true },
	{ "a unit that can be triggered", is_triggered, true },
	{ "a path", is_path, true },
	{ "-a path", is_minus_path, true },
	{ "-+a path", is_minus_plus_path, true },
	{ "|!a path", is_condition_path, true },
	{ "paths", is_paths, true },
	{ "-a path with options", is_path_options, true },
	{ "a path with options", is_tmpfs, true },
	{ "a path and a value", is_path_value, true },
	{ "an image and a path", is_mount_image, true },
	{ "an image policy", is_image_policy, false },
	{ "a later image policy", is_later_image_policy, false },
	{ "image options", is_image_options, true },
	{ "an NFT set", is_nft_set, false },
	{ "an interface", is_interface, true },
	{ "base64", is_base64_value, false },
	{ "a UNIX address to listen at", is_unix_address, true },
	{ "a bind", is_bind, true },
	{ "a directory", is_directory, true },
	{ "a file name", is_file_in_run, true },
	{ "a stream", is_stream, true },
	{ "a root hash", is_root_hash, false },
	{ "a signature", is_signature, false },
	{ "a credential and a path", is_load_credential, true },
	{ "a credential and a value", is_set_credential, true },
	{ "a credential and base64", is_encrypted_credential, true },
	{ "a credential pattern", is_credential_pattern, true },
	{ "a file to open", is_open_file, false },
	{ "a BPF program", is_bpf_program, true },
	{ "a device", is_device, true },
	{ "a port to bind", is_port_to_bind, false },
	{ "an address", is_address_prefix, false },
	{ "an address to listen at", is_listen_address, true },
	{ "a netlink family", is_netlink, true },
	{ "a message queue", is_path, true },
	{ "a calendar event", is_calendar_event, false },
	{ "a command", is_command, true },
	{ "a control group", is_control_group, true },
};

/*
 * Resolves specifiers. What is none stays as it is, and in a unit without an instance, %i is
 * empty. Returns NULL when the result is known only at start.
 */
static const char *expand(struct checked *c, const char *text)
{
	char *escaped = pool_take(c->pool, 2 * strlen(text) + 1), *out = escaped;
	const char *result = NULL;
	char letter;

	c->no_memory |= !escaped;
	for (; escaped && *text; text++) {
		if (*text == '%' && !strchr(c->unit->name, '@') && text[1] &&
		    strchr("iI", text[1])) {
			text++;
			continue;
		}
		*out++ = *text;
		if (*text == '%' && (isalnum((unsigned char)text[1]) || text[1] == '%'))
			*out++ = *++text;
		else if (*text == '%')
			*out++ = '%';
	}
	if (escaped && unit_expand(c->unit, escaped, c->pool, &result, &letter) == -ENOMEM)
		c->no_memory = true;
	return result;
}

static bool matches_checker(struct checked *c, const char *name, size_t length, const char *text)
{
	for (size_t i = 0; i < ELEMENTS(checkers); i++) {
		if (strlen(checkers[i].name) != length ||
		    strncmp(checkers[i].name, name, length) != 0)
			continue;
		if (checkers[i].expands && strchr(text, '%'))
			text = expand(c, text);
		return !text || checkers[i].check(c, text);
	}
	return true;
}

/* "A..B" */
static bool matches_range(const char *alternative, const char *text, bool *ret_matches)
{
	char *end;
	long long min = strtoll(alternative, &end, 10);

	if (end == alternative || !after(end, ".."))
		return false;
	*ret_matches = is_number_within(text, min, strtoll(end + 2, NULL, 10));
	return true;
}

/*
 * The alternatives of a form, one after the other: what stands in <…>, or a word. Returns
 * the next one and moves *form behind it; NULL at the end.
 */
static const char *next_alternative(const char **form, size_t *ret_length, bool *ret_is_checker)
{
	const char *p = *form + strspn(*form, " ");

	if (!*p)
		return NULL;
	*ret_is_checker = *p == '<';
	p += *ret_is_checker;
	*ret_length = strcspn(p, *ret_is_checker ? ">" : " ");
	*form = p + *ret_length + *ret_is_checker;
	return p;
}

/* "since[-until]", the versions of systemd that know an alternative */
static void read_ages(const char *text, struct known_key *ages)
{
	char *end;

	ages->since = (unsigned)strtoul(text, &end, 10);
	if (*end == '-')
		ages->until = (unsigned)strtoul(end + 1, NULL, 10);
}

/* Whether a text is one of the alternatives. *ret_ages: of an alternative that has its own. */
static bool matches(struct checked *c, const char *form, const char *text,
		    struct known_key *ret_ages)
{
	const char *alternative;
	size_t length;
	bool is_checker, result = false;
	/* af_from_name() takes "af_inet" as well. */
	bool folds =
		strcmp(c->key->name + strcspn(c->key->name, "."), ".RestrictAddressFamilies") == 0;

	*ret_ages = *c->key;
	while ((alternative = next_alternative(&form, &length, &is_checker))) {
		const char *ages = memchr(alternative, ':', length);
		size_t word = ages ? (size_t)(ages - alternative) : length;

		if (is_checker)
			result = matches_checker(c, alternative, word, text);
		else if (!matches_range(alternative, text, &result))
			result = strlen(text) == word &&
				 (folds ? strncasecmp : strncmp)(alternative, text, word) == 0;
		if (result && ages)
			read_ages(ages + 1, ret_ages);
		if (result)
			return true;
	}
	return false;
}

static const char *flags_end(const char *form)
{
	form += strspn(form, "+~*?!%^");
	return form + (*form == ' ');
}

/* "NAME:ERRNO" or a number: of a call that is refused. Without '~', it is allowed. */
static bool is_system_call(struct checked *c, const char *text)
{
	const struct known_key *errors = known_key_find("Service", "SystemCallErrorNumber");
	const char *error, *name = cut(c, text, ':', &error);
	struct known_key ages;
	struct checked number = *c;

	if (!error || !errors || !c->negated)
		return false;
	number.key = errors;
	return (matches(&number, errors->form, error, &ages) || is_number_within(error, 0, 0)) &&
	       matches(c, flags_end(c->key->form), name, &ages);
}

/* Alternatives as a message shows them. */
static const char *describe(struct pool *pool, const char *form)
{
	const char *alternative;
	char text[200] = "";
	size_t length, used = 0;
	bool is_checker;

	form = flags_end(form);
	while ((alternative = next_alternative(&form, &length, &is_checker))) {
		size_t skipped = is_checker ? strspn(alternative, "-+|!") : 0;
		size_t shown = strcspn(alternative, is_checker ? ":>" : ": ");
		int n = snprintf(text + used, sizeof text - used, "%s%.*s", used ? ", " : "",
				 (int)(shown - skipped), alternative + skipped);

		if ((size_t)n >= sizeof text - used - 5) {
			(void)snprintf(text + used, sizeof text - used, " …");
			break;
		}
		used += (size_t)n;
	}
	return pool_copy(pool, text);
}

/* Judges a word; returns whether it is right, else what it is. */
static enum value_verdict judge(struct checked *c, const char *word, struct value_problem *ret)
{
	struct known_key ages;

	if (matches(c, flags_end(c->key->form), word, &ages)) {
		if (ages.since == c->key->since && ages.until == c->key->until)
			return VALUE_RIGHT;
		ret->ages = ages;
		ret->word = pool_copy(c->pool, word);
		c->no_memory |= !ret->word;
		return VALUE_NEWER;
	}
	ret->word = pool_copy(c->pool, word);
	ret->expected = describe(c->pool, c->key->form);
	c->no_memory |= !ret->word || !ret->expected;
	return memchr(c->key->form, '!', (size_t)(flags_end(c->key->form) - c->key->form))
		       ? VALUE_REFUSED
	       : memchr(c->key->form, '?', (size_t)(flags_end(c->key->form) - c->key->form))
		       ? VALUE_SILENT
		       : VALUE_WRONG;
}

static enum value_verdict judge_list(struct checked *c, const char *value,
				     struct value_problem *ret)
{
	enum value_verdict verdict = VALUE_RIGHT;
	struct unit_words words;
	int r = unit_words_split(value, &words);

	/* config_parse_unit_deps() takes no quotes away. */
	if (r == 0 && strncmp(c->key->name, "Unit.", 5) == 0 && strpbrk(value, "\"'") &&
	    strcmp(flags_end(c->key->form), "<a unit name>") == 0) {
		unit_words_release(&words);
		return judge(c, value, ret);
	}
	if (r < 0) {
		c->no_memory |= r == -ENOMEM;
		ret->word = pool_copy(c->pool, value);
		ret->expected = "quotes and escapes that end";
		return VALUE_WRONG;
	}
	for (size_t i = 0; i < words.n && verdict == VALUE_RIGHT; i++) {
		/* A colon in quotes separates nothing: needs_places() knows which those are. */
		if (strpbrk(value, "\"'") && strchr(words.at[i], ':'))
			continue;
		verdict = judge(c, words.at[i] == unit_separator ? ";" : words.at[i], ret);
	}
	unit_words_release(&words);
	return verdict;
}

/* The specifiers of systemd.unit(5); a letter or digit that is none spoils the value. */
static enum value_verdict judge_specifiers(struct checked *c, const char *value,
					   struct value_problem *ret)
{
	static const char letters[] = "abcdfghijlmnopqrstuvwyABCEGHIJLMNPRSTUVWY";
	const char *flags = c->key->form, *p = value;
	size_t flags_n = (size_t)(flags_end(flags) - flags);

	if (!memchr(flags, '%', flags_n))
		return VALUE_RIGHT;
	for (; (p = strchr(p, '%')); p += 1 + (p[1] != '\0')) {
		if (!isalnum((unsigned char)p[1]) || strchr(letters, p[1]))
			continue;
		ret->word = pool_copy_bytes(c->pool, p, 2);
		ret->expected = "the specifiers, with %% for a percent sign";
		c->no_memory |= !ret->word;
		if (p[1] == 'D') {
			ret->ages = *c->key;
			ret->ages.since = 257;
			return c->key->since < 257 ? VALUE_NEWER : VALUE_RIGHT;
		}
		return memchr(flags, '!', flags_n) ? VALUE_REFUSED : VALUE_WRONG;
	}
	return VALUE_RIGHT;
}

/* Prefixes of commands that came or went. */
static enum value_verdict judge_prefixes(struct checked *c, const char *value,
					 struct value_problem *ret)
{
	size_t n = strspn(value, "-@:+!|");

	ret->ages = *c->key;
	if (memmem(value, n, "!!", 2)) {
		ret->word = "!!";
		ret->ages.until = 257;
	} else if (memchr(value, '|', n)) {
		ret->word = "|";
		ret->ages.since = 262;
	} else {
		return VALUE_RIGHT;
	}
	return c->key->since < ret->ages.since || !c->key->until ? VALUE_NEWER : VALUE_RIGHT;
}

/* What follows a backslash: cunescape_one(). */
static bool is_escape(const char *text)
{
	static const char hexadecimal[] = DIGITS "abcdefABCDEF", octal[] = "01234567";

	switch (text[0]) {
	case 'x':
		return strspn(text + 1, hexadecimal) >= 2 && strncmp(text + 1, "00", 2) != 0;
	case 'u':
		return strspn(text + 1, hexadecimal) >= 4 && strncmp(text + 1, "0000", 4) != 0;
	case 'U':
		return strspn(text + 1, hexadecimal) >= 8 && strncmp(text + 1, "00000000", 8) != 0;
	default:
		return strspn(text, octal) >= 3 ? strncmp(text, "000", 3) != 0 && text[0] <= '3'
						: strchr("abfnrtvs\\\"'", text[0]) != NULL;
	}
}

/*
 * extract_first_word() and cunescape() refuse an escape that they do not know. In a command
 * systemd keeps the backslash, and says at each load that it ignores the escape. There, "\\;"
 * is a semicolon.
 */
static enum value_verdict judge_escapes(struct checked *c, const char *value,
					struct value_problem *ret)
{
	const char *flags = c->key->form;
	bool is_command;

	if (!memchr(flags, '^', (size_t)(flags_end(flags) - flags)))
		return VALUE_RIGHT;
	is_command = strcmp(flags_end(flags), "<a command>") == 0;
	for (; (value = strchr(value, '\\')) && value[1]; value += 2)
		if (!is_escape(value + 1) && !(is_command && value[1] == ';')) {
			ret->word = pool_copy_bytes(c->pool, value, 2);
			c->no_memory |= !ret->word;
			ret->expected = "a known escape";
			return VALUE_WRONG;
		}
	return VALUE_RIGHT;
}

int value_check(const struct unit *unit, const struct known_key *key, const char *value,
		struct pool *pool, struct value_problem *ret)
{
	struct checked c = { .unit = unit, .key = key, .pool = pool };
	const char *flags = key->form, *form = flags_end(flags);
	size_t flags_n = (size_t)(form - flags);
	struct value_problem problem = { .word = "", .expected = "" };
	enum value_verdict verdict;

	verdict = judge_specifiers(&c, value, &problem);
	if (verdict != VALUE_RIGHT || !*form) {
		/* judged */
	} else if (!*value) {
		if (memchr(flags, '+', flags_n))
			verdict = judge(&c, value, &problem);
	} else {
		c.negated = value[0] == '~' && memchr(flags, '~', flags_n);
		value += c.negated;
		verdict = memchr(flags, '*', flags_n) ? judge_list(&c, value, &problem)
						      : judge(&c, value, &problem);
	}
	if (verdict == VALUE_RIGHT)
		verdict = judge_escapes(&c, value, &problem);
	if (verdict == VALUE_RIGHT && strcmp(form, "<a command>") == 0)
		verdict = judge_prefixes(&c, value, &problem);
	if (c.no_memory)
		return -ENOMEM;
	if (verdict != VALUE_RIGHT)
		*ret = problem;
	return (int)verdict;
}
