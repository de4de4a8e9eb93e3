/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What format.h knows comes out as libc's snprintf(3) writes it. */
#include "address.h"
#include "check.h"
#include "format.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM 256

/* The same arguments for both, in buffers of each size up to one that is large enough. */
#define CHECK_SAME(...)                                                                  \
	do {                                                                             \
		for (size_t size_ = 0; size_ <= ROOM; size_++) {                         \
			char is_[ROOM + 1], wanted_[ROOM + 1];                           \
			size_t length_;                                                  \
                                                                                         \
			memset(is_, '#', sizeof is_);                                    \
			memset(wanted_, '#', sizeof wanted_);                            \
			length_ = format_text(is_, size_, __VA_ARGS__);                  \
			CHECK(length_ == (size_t)snprintf(wanted_, size_, __VA_ARGS__)); \
			CHECK(memcmp(is_, wanted_, sizeof is_) == 0);                    \
		}                                                                        \
	} while (0)

static void libc_says_the_same(void)
{
	const char *volatile empty = "";

	CHECK_SAME("plain");
	CHECK_SAME("100%%, %s", "and more");
	CHECK_SAME("'%s'%s%c", "text", empty, 'x');
	CHECK_SAME("%.*s|%.*s|%.*s|%.*s", 3, "abcdef", 9, "abc", 0, "abc", -1, "abc");
	CHECK_SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	CHECK_SAME("%u %u %x %x %o", 0u, UINT_MAX, UINT_MAX, 0u, UINT_MAX);
	CHECK_SAME("%ld %ld %lu %lx", LONG_MIN, LONG_MAX, ULONG_MAX, ULONG_MAX);
	CHECK_SAME("%lld %lld %llu %llx", LLONG_MIN, LLONG_MAX, ULLONG_MAX, ULLONG_MAX);
	CHECK_SAME("%jd %ju %jx %jo", INTMAX_MIN, UINTMAX_MAX, UINTMAX_MAX, UINTMAX_MAX);
	CHECK_SAME("%zd %zu %zx", (ssize_t)-1, SIZE_MAX, (size_t)255);
	CHECK_SAME("%02x %02x %04x %03o %09u", 1u, 0xabcu, 0x1fu, 7u, 1u);
	CHECK_SAME("%03d %03d %03d %01d", -1, -12, -123, 0);
	CHECK_SAME("%02ju %08lx", (uintmax_t)5, 0xffuL);
	CHECK_SAME("%016jx %099d %020ju", (uintmax_t)5, -7, UINTMAX_MAX);
}

static void bytes_after_the_last_one_are_not_read(void)
{
	static const char letters[3] = { 'a', 'b', 'c' };
	char *exact = malloc(sizeof letters), text[8];

	memcpy(exact, letters, sizeof letters); /* the sanitizer watches its end */
	(void)format_text(text, sizeof text, "%.*s", 3, exact);
	CHECK_TEXT(text, "abc");
	free(exact);
}

static void random_numbers_come_out_the_same(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		/* Of all lengths. */
		uint64_t bits =
			(uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();
		uint64_t n = bits >> (unsigned)(random() & 63);
		char is[ROOM], wanted[ROOM];

		(void)format_text(is, sizeof is, "%d %u %jd %ju %jx %08x %zu %03o", (int)n,
				  (unsigned)n, (intmax_t)n, (uintmax_t)n, (uintmax_t)n, (unsigned)n,
				  (size_t)n, (unsigned)n);
		(void)snprintf(wanted, sizeof wanted, "%d %u %jd %ju %jx %08x %zu %03o", (int)n,
			       (unsigned)n, (intmax_t)n, (uintmax_t)n, (uintmax_t)n, (unsigned)n,
			       (size_t)n, (unsigned)n);
		CHECK_TEXT(is, wanted);
	}
}

/* The compilers would warn of these, rightly. */
static const char *unknown(const char *format, ...)
{
	static char text[ROOM];
	va_list arguments;

	va_start(arguments, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)format_text_list(text, sizeof text, format, arguments);
#pragma GCC diagnostic pop
	va_end(arguments);
	return text;
}

static void the_unknown_is_seen(void)
{
	static const char *const formats[] = { "%f",     "%5d",  "%-3s", "%5s",  "%05s", "%lc",
					       "%i",     "%X",   "%p",   "%n",   "%hd",  "%+d",
					       "%#x",    "%.2s", "%.*d", "%10u", "%0x",  "%",
					       "%0",     "%l",   "%z",   "%lll", "%.*",  "%.",
					       "%0100u", "%l%" };

	for (size_t i = 0; i < ELEMENTS(formats); i++) {
		char format[ROOM], wanted[ROOM];

		(void)snprintf(format, sizeof format, "%%d and %s then %%s %%d", formats[i]);
		(void)snprintf(wanted, sizeof wanted, "7 and %s then %%s %%d", formats[i]);
		/* No text is among the values: to go on would be to read at 8. */
		CHECK_TEXT(unknown(format, 7, 8, 9, 10), wanted);
		CHECK_TEXT(unknown(formats[i], 7, 8), formats[i]);
	}
}

/* What a descriptor got of printing, in a child: it may end as it likes. */
static size_t printed(void (*print)(int fd), char *buffer, size_t size, int *ret_status)
{
	size_t used = 0;
	int pipes[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return 0;
	if (pid == 0) {
		print(pipes[1]);
		_exit(0);
	}
	(void)close(pipes[1]);
	while (used < size && (n = read(pipes[0], buffer + used, size - used)) > 0)
		used += (size_t)n;
	(void)close(pipes[0]);
	(void)waitpid(pid, ret_status, 0);
	return used;
}

#define LONG_TEXT (3 * FORMAT_PORTION + 100)

static void print_much(int fd)
{
	static char text[LONG_TEXT + 1];

	memset(text, 'x', LONG_TEXT);
	if (format_print(fd, "<%s%u>", text, 42u) < 0)
		_exit(1);
}

static void a_descriptor_gets_all_of_it(void)
{
	static char text[2 * LONG_TEXT];
	int status = -1;
	size_t n;

	n = printed(print_much, text, sizeof text, &status);
	CHECK(status == 0);
	CHECK(n == LONG_TEXT + 4);
	CHECK(text[0] == '<' && text[LONG_TEXT] == 'x' && memcmp(text + n - 3, "42>", 3) == 0);
	CHECK(format_print(-1, "x") == -EBADF);
	CHECK(format_print(-1, "%s", "") == 0); /* nothing to write */
}

/* lib/assertion.c */
void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
	__attribute__((noreturn));

static void fail(int fd)
{
	(void)dup2(fd, STDERR_FILENO);
	__assert_fail("1 > 2", "x.c", 17, "f");
}

static void an_assertion_that_fails_says_so_and_aborts(void)
{
	char text[ROOM] = "";
	int status = 0;

	text[printed(fail, text, sizeof text - 1, &status)] = '\0';
	CHECK_TEXT(text, "Assertion failed: 1 > 2 (x.c: f: 17)\n");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void addresses_of_rfc_5952(void)
{
	static const char *const texts[] = {
		"::",
		"::1",
		"1::",
		"::ffff:192.0.2.1",
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1",
		"2001:db8::1:0:0:1",
		"1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7:0",
		"0:2:3:4:5:6:7:8",
		"1:2:3:4:5:6::",
		"::3:4:5:6:7:8",
		"fe80::ff:fe00:1",
		"::1:0:0:0:1",
		"1:0:0:2::3",
	};
	char text[ADDRESS_TEXT_SIZE];
	uint8_t bytes[16];

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		CHECK(inet_pton(AF_INET6, texts[i], bytes) == 1);
		CHECK_TEXT(address_text(AF_INET6, bytes, text), texts[i]);
	}
	CHECK(inet_pton(AF_INET, "255.0.10.1", bytes) == 1);
	CHECK_TEXT(address_text(AF_INET, bytes, text), "255.0.10.1");
}

static void random_addresses_come_out_as_inet_ntop_has_them(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		char is[ADDRESS_TEXT_SIZE], wanted[ADDRESS_TEXT_SIZE];
		uint8_t bytes[16];

		for (size_t j = 0; j < sizeof bytes; j++)
			bytes[j] = random() & 1 ? 0 : (uint8_t)(random() & 0xff);
		bytes[0] |= 1; /* glibc still writes ::1.2.3.4 */
		(void)inet_ntop(AF_INET6, bytes, wanted, sizeof wanted);
		CHECK_TEXT(address_text(AF_INET6, bytes, is), wanted);
		(void)inet_ntop(AF_INET, bytes, wanted, sizeof wanted);
		CHECK_TEXT(address_text(AF_INET, bytes, is), wanted);
	}
}

int main(void)
{
	RUN(libc_says_the_same);
	RUN(bytes_after_the_last_one_are_not_read);
	RUN(random_numbers_come_out_the_same);
	RUN(the_unknown_is_seen);
	RUN(a_descriptor_gets_all_of_it);
	RUN(an_assertion_that_fails_says_so_and_aborts);
	RUN(addresses_of_rfc_5952);
	RUN(random_addresses_come_out_as_inet_ntop_has_them);
	return CHECK_STATUS();
}
