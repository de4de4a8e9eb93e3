/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reader and the splicer of tinydns' data file: what is a dynamic line, what
 * belongs to a block, and that nothing outside the replaced fields ever changes.
 */
#include "../../services/dyndnsd/order.c"
#include "../../services/dyndnsd/zone.c"

#include "check.h"

#define KEY   "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLY="
#define OTHER "zQk6cod3FNXvbmjV5g60jdE2899T1XAukbB34a7ymOk="
#define SIX   "20010db8000000000000000000000001"

static unsigned problems;

static void count_problem(void *userdata, unsigned line, const char *what)
{
	(void)userdata;
	(void)what;
	CHECK(line > 0);
	problems++;
}

static struct zone parse_bytes(const char *bytes, size_t size, const char *types)
{
	struct zone zone = ZONE_NONE;

	problems = 0;
	CHECK(zone_parse(bytes, size, types, count_problem, NULL, &zone) == 0);
	return zone;
}

static struct zone parse(const char *text)
{
	return parse_bytes(text, strlen(text), ZONE_TYPES_DEFAULT);
}

/* An update of KEY. */
static struct zone_update update_to(const char *address, double timestamp)
{
	struct zone_update u = {
		.prefix_length = 128, .version = 1, .confirmations = 1, .timestamp = timestamp
	};
	uint8_t ipv4[4];

	CHECK(base64_decode(KEY, strlen(KEY), u.key, sizeof u.key) == 0);
	if (inet_pton(AF_INET, address, ipv4) == 1) {
		dyndns_map(ipv4, u.address);
	} else {
		u.family = DYNDNS_IPV6;
		CHECK(inet_pton(AF_INET6, address, u.address) == 1);
	}
	return u;
}

/* Applies updates; returns the new text, malloc'd. */
static char *splice(const char *bytes, size_t size, const char *types, struct zone_update *updates,
		    size_t n, size_t *ret_size)
{
	const struct zone_policy policy = { 0 };
	struct zone_edits edits = ZONE_EDITS_NONE;
	struct zone zone = parse_bytes(bytes, size, types);
	char *text = NULL;

	CHECK(zone_plan(&zone, updates, n, &policy, &edits) == 0);
	CHECK(zone_splice(bytes, size, &zone, types, &edits, &text, ret_size) == 0);
	zone_edits_release(&edits);
	zone_release(&zone);
	return text;
}

static void expect_types(const char *types, const char *before, const char *address,
			 const char *after)
{
	struct zone_update u = update_to(address, 1405421540.03);
	size_t size = 0;
	char *text = splice(before, strlen(before), types, &u, 1, &size);

	CHECK(size == strlen(text));
	CHECK_TEXT(text, after);
	free(text);
}

static void expect(const char *before, const char *address, const char *after)
{
	expect_types(ZONE_TYPES_DEFAULT, before, address, after);
}

#define NOW    "1405421540.03"
#define HEAD   "# dynamic: 0 " KEY "\n"
#define HEADED "# dynamic: " NOW " " KEY "\n"

static void dynamic_lines_are_told_from_other_comments(void)
{
	static const struct {
		const char *line;
		size_t blocks;
	} cases[] = {
		{ "# dynamic: 0 " KEY, 1 },
		{ "#dynamic:0 " KEY, 1 },
		{ " \t#\t dynamic: \t12.5\t" KEY, 1 },
		{ "# dynamic: 0 ", 1 },
		{ "# dynamic: 0\n", 1 },
		{ "# dynamic: 0", 0 },
		{ "# dynamic:", 0 },
		{ "# Dynamic: 0 " KEY, 0 },
		{ "# dynamic : 0 " KEY, 0 },
		{ "# dynamic: 1e3 " KEY, 0 },
		{ "# dynamic: -1 " KEY, 0 },
		{ "# dynamic: 1. " KEY, 0 },
		{ "# dynamic: .5 " KEY, 0 },
		{ "# dynamic: inf " KEY, 0 },
		{ "# dynamic: " KEY, 0 },
		{ "## dynamic: 0 " KEY, 0 },
		{ "+# dynamic: 0 " KEY, 0 },
	};

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		struct zone zone = parse(cases[i].line);

		if (zone.n_blocks != cases[i].blocks)
			printf("# '%s'\n", cases[i].line);
		CHECK(zone.n_blocks == cases[i].blocks);
		zone_release(&zone);
	}
}

static void an_address_at_the_end_of_a_file_without_newline_is_replaced(void)
{
	expect(HEAD "+a:192.0.2.1", "198.51.100.7", HEADED "+a:198.51.100.7");
	expect(HEAD "6a:" SIX, "2001:db8::2", HEADED "6a:20010db8000000000000000000000002");
}

static void the_same_key_twice_is_one_key(void)
{
	expect("# dynamic: 0 " KEY " " KEY "\n+a:192.0.2.1\n", "198.51.100.7",
	       "# dynamic: " NOW " " KEY " " KEY "\n+a:198.51.100.7\n");
	CHECK(problems > 0);
}

static void words_that_are_no_keys_are_left_alone(void)
{
	expect("# dynamic: 0 my " KEY " laptop\n+a:192.0.2.1\n", "198.51.100.7",
	       "# dynamic: " NOW " my " KEY " laptop\n+a:198.51.100.7\n");
	CHECK(problems > 0);
}

static void lines_that_cannot_be_read_are_left_alone(void)
{
	static const char *const lines[] = {
		"+name",         "+name:",         "+",           "6",
		("6a:" SIX "f"), "6a:2001:db8::1", "6a:20010db8", "+a:1.2.3.4.5",
		"+a:1.2.3.256",  "+a:1..2.3",      "+a: 1.2.3.4", "+a:0x7f.1",
		"+a:99999999999"
	};
	char before[256], after[256];

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		(void)snprintf(before, sizeof before, HEAD "%s\n+b:192.0.2.1\n", lines[i]);
		(void)snprintf(after, sizeof after, HEADED "%s\n+b:198.51.100.7\n", lines[i]);
		expect(before, "198.51.100.7", after);
		CHECK(problems > 0);
	}
}

static void a_block_ends_where_it_should(void)
{
	expect(HEAD "+a:192.0.2.1\n\n+b:192.0.2.1\n", "198.51.100.7",
	       HEADED "+a:198.51.100.7\n\n+b:192.0.2.1\n");
	expect(HEAD "+a:192.0.2.1\n  # x\n+b:192.0.2.1\n", "198.51.100.7",
	       HEADED "+a:198.51.100.7\n  # x\n+b:192.0.2.1\n");
	expect(HEAD "-a:192.0.2.1\nCb:c\n+a:192.0.2.1\n", "198.51.100.7",
	       HEADED "-a:192.0.2.1\nCb:c\n+a:198.51.100.7\n");
	expect(HEAD "+a:192.0.2.1\r\n\r\n+b:192.0.2.1\r\n", "198.51.100.7",
	       HEADED "+a:198.51.100.7\r\n\r\n+b:192.0.2.1\r\n");
}

static void what_is_not_text_stays_byte_for_byte(void)
{
	static const char before[] = HEAD "+a\0b:192.0.2.1:300::\xff\xfe \t\r\n+\xc3\x28:192.0.2.1";
	static const char after[] =
		HEADED "+a\0b:198.51.100.7:300::\xff\xfe \t\r\n+\xc3\x28:198.51.100.7";
	struct zone_update u = update_to("198.51.100.7", 1405421540.03);
	size_t size = 0;
	char *text = splice(before, sizeof before - 1, ZONE_TYPES_DEFAULT, &u, 1, &size);

	CHECK(size == sizeof after - 1 && memcmp(text, after, size) == 0);
	free(text);
}

static void other_types_change_only_when_asked_for(void)
{
#define OCTAL_1 "\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001"
#define OCTAL_2 "\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002"
	static const char lines[] = HEAD "=a:192.0.2.1\n.a:192.0.2.1:ns\n.a::ns\n&a:192.0.2.1:ns\n"
					 "@a:192.0.2.1:mx:10\n3a:" SIX "\n:a:28:" OCTAL_1
					 ":300\n:a:16:x\nCa:b\n'a:x\nZa:b:c\n%in:192.0.2\n^a:b\n";

	expect(lines, "198.51.100.7", lines);
	expect(lines, "2001:db8::2", lines);
	expect_types("+6=.&@3:", lines, "198.51.100.7",
		     HEADED "=a:198.51.100.7\n.a:198.51.100.7:ns\n.a::ns\n&a:198.51.100.7:ns\n"
			    "@a:198.51.100.7:mx:10\n3a:" SIX "\n:a:28:" OCTAL_1
			    ":300\n:a:16:x\nCa:b\n'a:x\nZa:b:c\n%in:192.0.2\n^a:b\n");
	expect_types("+6=.&@3:", lines, "2001:db8::2",
		     HEADED
		     "=a:192.0.2.1\n.a:192.0.2.1:ns\n.a::ns\n&a:192.0.2.1:ns\n"
		     "@a:192.0.2.1:mx:10\n3a:20010db8000000000000000000000002\n:a:28:" OCTAL_2
		     ":300\n:a:16:x\nCa:b\n'a:x\nZa:b:c\n%in:192.0.2\n^a:b\n");
}

static void only_a_line_of_options_right_before_the_block_counts(void)
{
	struct zone zone = parse("# dynamic-options: require=v2\n\n" HEAD);

	CHECK(problems == 1);
	CHECK(zone.keys[0].options == 0);
	zone_release(&zone);
	zone = parse("# dynamic-options: require=v2\n# dynamic-options: family=4 key=" OTHER "\n"
		     "# dynamic: 0 " KEY " " OTHER "\n");
	CHECK(problems == 0);
	CHECK(zone.options[zone.keys[0].options].require_v2);
	CHECK(zone.options[zone.keys[0].options].families == 3);
	CHECK(zone.options[zone.keys[1].options].families == 1);
	zone_release(&zone);
}

static void many_updates_one_after_the_other_leave_a_file_that_can_be_read(void)
{
	char *text = strdup(HEAD "+a:192.0.2.1\n6a:" SIX "\n"), *next;
	size_t size = strlen(text);

	for (unsigned i = 1; i <= 1000; i++) {
		char address[INET_ADDRSTRLEN];
		struct zone_update u;
		struct zone zone;

		(void)snprintf(address, sizeof address, "198.51.%u.%u", i / 200, i % 200);
		u = update_to(address, 1405421540.03 + i * 0.01);
		next = splice(text, size, ZONE_TYPES_DEFAULT, &u, 1, &size);
		free(text);
		text = next;
		zone = parse_bytes(text, size, ZONE_TYPES_DEFAULT);
		CHECK(zone.n_blocks == 1 && zone.n_keys == 1 && zone.n_records == 2);
		CHECK(memcmp(zone.records[0].address, u.address, sizeof u.address) == 0);
		zone_release(&zone);
	}
	CHECK(strncmp(text, "# dynamic: 1405421550.03 " KEY "\n", strlen(HEADED)) == 0);
	free(text);
}

/* --- the property -------------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252ULL;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

static size_t random_zone(char *text, size_t room)
{
	static const char *const pieces[] = {
		HEAD,
		"# dynamic: 1405421549.99 " OTHER " " KEY "\n",
		"# dynamic: 9999999999999999999 " KEY "\n",
		" # dynamic: 1.5 " KEY " x\r\n",
		"+a.example:192.0.2.1\n",
		"+b:198.51.100.7:86400::ex  \n",
		"6a.example:" SIX "\n",
		"6b:20010DB8000000000000000000000001:60\n",
		"\n",
		"# note\n",
		"-x:1.2.3.4\n",
		"=c:192.0.2.1\n",
		"+1.2.3.4:1.2.3.4:1.2.3.4\n",
		"+broken\n",
		"\xff\xfe\n",
		"+a:127.1",
		"# dynamic-options: family=6\n",
	};
	size_t used = 0;

	for (unsigned n = random_below(24); n > 0; n--) {
		const char *piece = pieces[random_below((unsigned)ELEMENTS(pieces))];

		if (used + strlen(piece) >= room)
			break;
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, no string */
		memcpy(text + used, piece, strlen(piece));
		used += strlen(piece);
		if (random_below(40) == 0)
			text[random_below((unsigned)used)] = (char)random_below(256);
	}
	return used;
}

/* The lines of both texts, each with its fields that may differ taken out. */
static bool rest_of_line_is_same(const char *old, size_t old_size, const char *new, size_t new_size)
{
	size_t same = 0, tail = 0;

	while (same < old_size && same < new_size && old[same] == new[same])
		same++;
	while (tail < old_size - same && tail < new_size - same &&
	       old[old_size - 1 - tail] == new[new_size - 1 - tail])
		tail++;
	/* What is left is digits and points only, in the old and in the new. */
	for (size_t i = same; i < old_size - tail; i++) {
		if (!strchr("0123456789.abcdefABCDEF", old[i]) || old[i] == '\0')
			return false;
	}
	for (size_t i = same; i < new_size - tail; i++) {
		if (!strchr("0123456789.abcdef", new[i]) || new[i] == '\0')
			return false;
	}
	return true;
}

static void what_is_outside_of_the_fields_never_changes(void)
{
	char text[4096];

	for (unsigned round = 0; round < 20000; round++) {
		size_t size = random_zone(text, sizeof text), new_size = 0, i = 0, k = 0;
		struct zone_update updates[2] = {
			update_to("203.0.113.200", 1405421540.0 + random_below(20)),
			update_to("2001:db8:ffff::9", 1405421540.0 + random_below(20)),
		};
		struct zone before = parse_bytes(text, size, ZONE_TYPES_DEFAULT), after;
		char *new = splice(text, size, ZONE_TYPES_DEFAULT, updates, 1 + random_below(2),
				   &new_size);

		after = parse_bytes(new, new_size, ZONE_TYPES_DEFAULT);
		CHECK(before.n_blocks == after.n_blocks && before.n_keys == after.n_keys &&
		      before.n_records == after.n_records);
		while (i < size && k < new_size) {
			const char *old_end = memchr(text + i, '\n', size - i);
			const char *new_end = memchr(new + k, '\n', new_size - k);
			size_t old_line = old_end ? (size_t)(old_end - text) - i : size - i;
			size_t new_line = new_end ? (size_t)(new_end - new) - k : new_size - k;

			CHECK(rest_of_line_is_same(text + i, old_line, new + k, new_line));
			i += old_line + 1;
			k += new_line + 1;
		}
		CHECK((i >= size) == (k >= new_size));
		zone_release(&before);
		zone_release(&after);
		free(new);
		if (check_failed_)
			return;
	}
}

static void a_splice_that_would_change_more_is_refused(void)
{
	static const char text[] = HEAD "+a:192.0.2.1\n";
	struct zone zone = parse(text);
	struct zone_edit edit = { .span = zone.records[0].field, .is_record = true, .length = 9 };
	struct zone_edits edits = { 1, &edit };
	size_t size;
	char *new;

	/* An address that is not the one that was wanted; one that begins another line. */
	memcpy(edit.text, "192.0.2.9", 9);
	CHECK(zone_splice(text, sizeof text - 1, &zone, ZONE_TYPES_DEFAULT, &edits, &new, &size) ==
	      -EBADMSG);
	memcpy(edit.text, "1.2.3.4\n+", 9);
	CHECK(zone_splice(text, sizeof text - 1, &zone, ZONE_TYPES_DEFAULT, &edits, &new, &size) ==
	      -EBADMSG);
	zone_release(&zone);
}

int main(void)
{
	RUN(dynamic_lines_are_told_from_other_comments);
	RUN(an_address_at_the_end_of_a_file_without_newline_is_replaced);
	RUN(the_same_key_twice_is_one_key);
	RUN(words_that_are_no_keys_are_left_alone);
	RUN(lines_that_cannot_be_read_are_left_alone);
	RUN(a_block_ends_where_it_should);
	RUN(what_is_not_text_stays_byte_for_byte);
	RUN(other_types_change_only_when_asked_for);
	RUN(only_a_line_of_options_right_before_the_block_counts);
	RUN(many_updates_one_after_the_other_leave_a_file_that_can_be_read);
	RUN(what_is_outside_of_the_fields_never_changes);
	RUN(a_splice_that_would_change_more_is_refused);
	return CHECK_STATUS();
}
