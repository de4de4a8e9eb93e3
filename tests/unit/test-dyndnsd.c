/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What dyndnsd takes and what it writes, with real signatures: each packet that
 * tinydns-dynamic-dns-updater was given, and the rules that it did not have.
 */
/*
 * A CHECK() that fails goes on, and the analyzer follows it into a test that has failed.
 * NOLINTBEGIN(clang-analyzer-unix.Malloc,clang-analyzer-core.*)
 */
#include "../../services/dyndnsd/accept.c"
#include "../../services/dyndnsd/id-hash.c"
#include "../../services/dyndnsd/keys.c"
#include "../../services/dyndnsd/order.c"
#include "../../services/dyndnsd/outputs.c"
#include "../../services/dyndnsd/state.c"
#include "../../services/dyndnsd/text.c"
#include "../../services/dyndnsd/zone.c"

#include "check.h"
#include "file.h"

#include <fcntl.h>
#include <math.h>

#define FIXTURES "tests/fixtures/dyndns/"

static double now_real = 1405421540.0, now_monotonic = 1000;

static struct moment test_clock(void)
{
	return (struct moment){ now_real, now_monotonic };
}

static const struct accept_limits usual = {
	.v2 = true, .max_ahead = 300, .max_age = 3600, .verify_rate = 2000
};

/* The receiver without its descriptors. */
struct world {
	char *text;
	size_t size;
	struct zone zone;
	struct keys keys;
	struct state state;
	struct acceptor *acceptor;
};

static void load(struct world *w, char *text, size_t size)
{
	zone_release(&w->zone);
	keys_release(&w->keys);
	free(w->text);
	w->text = text;
	w->size = size;
	CHECK(zone_parse(text, size, ZONE_TYPES_DEFAULT, NULL, NULL, &w->zone) == 0);
	CHECK(keys_build(&w->zone, &w->keys) == 0);
}

static void load_text(struct world *w, const char *text)
{
	load(w, strdup(text), strlen(text));
}

static void open_world(struct world *w, const struct accept_limits *limits)
{
	*w = (struct world){ .acceptor = calloc(1, sizeof *w->acceptor) };
	if (!w->acceptor)
		abort();
	CHECK(acceptor_open(w->acceptor, limits, &w->state, test_clock) == 0);
	w->acceptor->zone = &w->zone;
	w->acceptor->keys = &w->keys;
	w->acceptor->clock_floor = 0;
}

static void close_world(struct world *w)
{
	free(w->acceptor);
	free(w->text);
	zone_release(&w->zone);
	keys_release(&w->keys);
	state_release(&w->state);
}

/* What an end and a new start leave: the file, exact or as a crash leaves it. */
static void restart(struct world *w, bool exact)
{
	struct accept_limits limits = w->acceptor->limits;
	char *text = NULL;
	size_t size = 0;
	unsigned line;

	CHECK(state_format(&w->state, exact, now_monotonic, &text, &size) == 0);
	state_release(&w->state);
	CHECK(state_parse(&w->state, text, size, &line) == 0);
	free(text);
	CHECK(acceptor_open(w->acceptor, &limits, &w->state, test_clock) == 0);
	w->acceptor->zone = &w->zone;
	w->acceptor->keys = &w->keys;
	w->acceptor->clock_floor = 0;
}

static void address_of(const char *text, uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	uint8_t ipv4[4];

	if (inet_pton(AF_INET, text, ipv4) == 1)
		dyndns_map(ipv4, ret);
	else
		CHECK(inet_pton(AF_INET6, text, ret) == 1);
}

/* As the server does it: what was accepted goes to the zone. */
static void apply(struct world *w, struct zone_update *updates, size_t n)
{
	const struct zone_policy policy = { .is_ours = accept_is_ours, .userdata = w->acceptor };
	struct zone_edits edits = ZONE_EDITS_NONE;
	char *text = NULL;
	size_t size = 0;

	CHECK(zone_plan(&w->zone, updates, n, &policy, &edits) == 0);
	if (edits.n > 0) {
		CHECK(zone_splice(w->text, w->size, &w->zone, ZONE_TYPES_DEFAULT, &edits, &text,
				  &size) == 0);
		load(w, text, size);
	}
	for (size_t i = 0; i < n && updates[i].changed; i++) {
		const struct key_entry *entry = NULL;

		for (size_t k = 0; k < w->keys.n; k++) {
			if (memcmp(w->zone.keys[w->zone.by_key[w->keys.entries[k].first]].key,
				   updates[i].key, DYNDNS_KEY_SIZE) == 0)
				entry = &w->keys.entries[k];
		}
		CHECK(entry != NULL);
		if (!entry)
			continue;
		state_find(&w->state, entry->id)->family[updates[i].family].written =
			updates[i].timestamp;
	}
	zone_edits_release(&edits);
}

static enum verdict give(struct world *w, const uint8_t *bytes, size_t size, const char *source)
{
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	struct accepted accepted;
	enum verdict verdict;

	if (!w->acceptor)
		abort();
	address_of(source, address);
	verdict = accept_datagram(w->acceptor, bytes, size, address, &accepted);
	if (verdict == ACCEPTED)
		apply(w, accepted.updates, accepted.n_updates);
	return verdict;
}

static size_t bytes_of(const char *text, uint8_t *ret, size_t room)
{
	size_t n = strlen(text) / 2;

	CHECK(n <= room);
	for (size_t i = 0; i < n && i < room; i++) {
		unsigned byte = 0;

		CHECK(sscanf(text + 2 * i, "%2x", &byte) == 1); /* NOLINT(cert-err34-c) */
		ret[i] = (uint8_t)byte;
	}
	return n;
}

/* --- the vectors --------------------------------------------------------------------- */

static void run_case(char *line)
{
	char *rest = NULL, path[256];
	const char *name = strtok_r(line, " ", &rest), *class = strtok_r(NULL, " ", &rest);
	const char *source = strtok_r(NULL, " ", &rest), *now = strtok_r(NULL, " ", &rest);
	const char *packet = strtok_r(NULL, " ", &rest), *outcome = strtok_r(NULL, " ", &rest);
	uint8_t bytes[256];
	struct world w = { 0 };
	char *before = NULL, *wanted = NULL;
	size_t size = 0, wanted_size = 0, length;

	open_world(&w, &usual);
	/* The file says what the outcome is one second after the packet was made. */
	now_real = strtod(now, NULL);
	(void)snprintf(path, sizeof path, FIXTURES "zones/%s.before", name);
	CHECK(file_read(AT_FDCWD, path, ZONE_SIZE_MAX, &before, &size) == 0);
	(void)snprintf(path, sizeof path, FIXTURES "zones/%s.%s", name,
		       strcmp(outcome, "changed") == 0 ? "after" : "before");
	/* The specification is stricter than the original here: exactly 32 digits. */
	if (strcmp(name, "quirk-6-33digits") == 0)
		(void)snprintf(path, sizeof path, FIXTURES "zones/%s.before", name);
	CHECK(file_read(AT_FDCWD, path, ZONE_SIZE_MAX, &wanted, &wanted_size) == 0);
	load(&w, before, size);
	length = bytes_of(packet, bytes, sizeof bytes);
	(void)give(&w, bytes, length, source);
	if (w.size != wanted_size || memcmp(w.text, wanted, wanted_size) != 0) {
		printf("# %s (%s): is\n%s# wanted\n%s\n", name, class, w.text, wanted);
		check_failed_ = true;
	}
	free(wanted);
	close_world(&w);
}

static void each_packet_of_the_vectors_changes_what_it_should(void)
{
	char *text = NULL, *rest = NULL;
	size_t size = 0, n = 0;

	CHECK(file_read(AT_FDCWD, FIXTURES "cases", 1 << 20, &text, &size) == 0);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		run_case(line);
		n++;
	}
	CHECK(n == 58);
	free(text);
}

/* "\n" for a line's end, in place. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* Compares; a '*' in wanted stands for digits and points. */
static bool matches(const char *is, const char *wanted)
{
	for (; *wanted; wanted++) {
		if (*wanted == '*')
			is += strspn(is, "0123456789.");
		else if (*is++ != *wanted)
			return false;
	}
	return *is == '\0';
}

static void run_step(struct world *w, char *line, const char **name)
{
	char *text = strchr(line, ' '), *rest = NULL;
	uint8_t bytes[256];
	const char *source;
	size_t length;

	if (strcmp(line, "restart") == 0) {
		restart(w, true);
		return;
	}
	*text++ = '\0';
	if (strcmp(line, "sequence") == 0) {
		*name = strtok_r(text, " ", &rest);
		now_real = strtod(rest, NULL);
		open_world(w, &usual);
	} else if (strcmp(line, "zone") == 0 || strcmp(line, "edit") == 0) {
		load_text(w, unescape(text));
	} else if (strcmp(line, "packet") == 0) {
		source = strtok_r(text, " ", &rest);
		length = bytes_of(rest, bytes, sizeof bytes);
		(void)give(w, bytes, length, source);
	} else {
		CHECK(strcmp(line, "wanted") == 0);
		if (!matches(w->text, unescape(text))) {
			printf("# %s: is\n%s# wanted\n%s\n", *name, w->text, text);
			check_failed_ = true;
		}
		close_world(w);
	}
}

static void each_sequence_of_the_vectors_ends_as_it_should(void)
{
	char *text = NULL, *rest = NULL;
	const char *name = NULL;
	struct world w = { 0 };
	size_t size = 0, n = 0;

	CHECK(file_read(AT_FDCWD, FIXTURES "sequences", 1 << 20, &text, &size) == 0);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		n += strncmp(line, "wanted", 6) == 0;
		if (line[0] != '#')
			run_step(&w, line, &name);
	}
	CHECK(n == 10);
	free(text);
}

/* --- packets of our own ---------------------------------------------------------------- */

struct signer {
	uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	char text[BASE64_SIZE(DYNDNS_KEY_SIZE)]; /* of the public one */
	char id[DYNDNS_KEY_ID_SIZE];
};

static void make_signer(struct signer *s, uint8_t seed)
{
	uint8_t seeds[crypto_sign_SEEDBYTES];
	struct world w = { 0 };
	char zone[128];

	memset(seeds, seed, sizeof seeds);
	(void)crypto_sign_seed_keypair(s->public, s->secret, seeds);
	base64_encode_url(s->public, sizeof s->public, s->text);
	(void)snprintf(zone, sizeof zone, "# dynamic: 0 %s\n", s->text);
	open_world(&w, &usual);
	load_text(&w, zone);
	memcpy(s->id, w.keys.entries[0].id, sizeof s->id);
	close_world(&w);
}

static size_t sign(const struct signer *s, struct dyndns_request *request,
		   uint8_t bytes[static DYNDNS_V2_SIZE])
{
	uint8_t text[DYNDNS_SIGNED_MAX];
	size_t size, length;

	memcpy(request->key_id, s->id, sizeof request->key_id);
	if (request->prefix_length[0] == 0) {
		request->prefix_length[0] = 32;
		request->prefix_length[1] =
			request->prefix_length[1] ? request->prefix_length[1] : 128;
	}
	size = dyndns_request_write(request, bytes);
	length = dyndns_signed_text(bytes, size, text);
	(void)crypto_sign_detached(request->signature, NULL, text, length, s->secret);
	return dyndns_request_write(request, bytes);
}

/* A packet of version 1 from a source at a time. */
static enum verdict give_v1(struct world *w, const struct signer *s, double timestamp,
			    const char *source)
{
	struct dyndns_request request = { .version = 1, .timestamp = timestamp };
	uint8_t bytes[DYNDNS_V2_SIZE];
	size_t size = sign(s, &request, bytes);

	return give(w, bytes, size, source);
}

#define T 1795300000.0

/* rest: the lines of the only block. */
static void open_with(struct world *w, const struct accept_limits *limits, const struct signer *s,
		      const char *time, const char *rest)
{
	char zone[1024];

	now_real = T;
	open_world(w, limits);
	(void)snprintf(zone, sizeof zone, "# dynamic: %s %s\n%s", time, s->text, rest);
	load_text(w, zone);
}

static void a_time_serves_once_whichever_family_it_comes_by(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n6a:20010db8000000000000000000000001\n");
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	/* Captured, and sent again by a host with IPv6. */
	CHECK(give_v1(&w, &s, T, "2001:db8::66") == REFUSED_OLD);
	CHECK(strstr(w.text, "+a:198.51.100.7\n6a:20010db8000000000000000000000001\n") != NULL);
	restart(&w, true);
	CHECK(give_v1(&w, &s, T, "198.51.100.66") == REFUSED_OLD);
	CHECK(give_v1(&w, &s, T, "2001:db8::66") == REFUSED_OLD);
	/* A later time serves the other family, and then not the first, even within a hundredth. */
	CHECK(give_v1(&w, &s, T + 0.001, "2001:db8::7") == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.7\n6a:20010db8000000000000000000000007\n") != NULL);
	CHECK(give_v1(&w, &s, T + 0.001, "198.51.100.66") == REFUSED_OLD);
	restart(&w, false);
	CHECK(give_v1(&w, &s, T + 0.001, "198.51.100.66") == REFUSED_OLD);
	close_world(&w);
}

/* What is left to the clients of the original that send one time from both. */
static void a_key_for_each_family_serves_one_time_twice(void)
{
	struct signer four, six;
	struct world w = { 0 };
	char zone[512];

	make_signer(&four, 1);
	make_signer(&six, 2);
	now_real = T;
	open_world(&w, &usual);
	(void)snprintf(zone, sizeof zone,
		       "# dynamic-options: key=%s family=4\n# dynamic-options: key=%s family=6\n"
		       "# dynamic: 0 %s %s\n+a:192.0.2.1\n6a:20010db8000000000000000000000001\n",
		       four.text, six.text, four.text, six.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &four, T, "198.51.100.7") == ACCEPTED);
	CHECK(give_v1(&w, &six, T, "2001:db8::7") == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.7\n6a:20010db8000000000000000000000007\n") != NULL);
	CHECK(give_v1(&w, &four, T + 1, "2001:db8::66") == REFUSED_SOURCE);
	CHECK(give_v1(&w, &six, T + 1, "198.51.100.66") == REFUSED_SOURCE);
	close_world(&w);
}

static void a_packet_that_changes_nothing_cannot_be_replayed_from_elsewhere(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:198.51.100.7\n");
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	CHECK(strstr(w.text, "# dynamic: 0 ") != NULL);
	CHECK(give_v1(&w, &s, T, "203.0.113.66") == REFUSED_OLD);
	restart(&w, false);
	CHECK(give_v1(&w, &s, T, "203.0.113.66") == REFUSED_OLD);
	CHECK(strstr(w.text, "+a:198.51.100.7\n") != NULL);
	close_world(&w);
}

static void a_time_that_was_rounded_down_is_not_taken_twice(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	CHECK(give_v1(&w, &s, T + 0.893, "198.51.100.7") == ACCEPTED);
	CHECK(strstr(w.text, "# dynamic: 1795300000.89 ") != NULL);
	restart(&w, true);
	CHECK(give_v1(&w, &s, T + 0.893, "203.0.113.66") == REFUSED_OLD);
	/* Not even without the state: the zone's own time is compared as it is written. */
	state_release(&w.state);
	CHECK(give_v1(&w, &s, T + 0.893, "203.0.113.66") == REFUSED_OLD);
	close_world(&w);
}

static void one_bad_clock_does_not_lock_out_the_other_keys_of_a_block(void)
{
	struct signer fast, slow;
	struct world w = { 0 };
	char zone[256];

	make_signer(&fast, 1);
	make_signer(&slow, 2);
	now_real = T;
	open_world(&w, &usual);
	(void)snprintf(zone, sizeof zone, "# dynamic: 0 %s %s\n+a:192.0.2.1\n", fast.text,
		       slow.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &fast, T + 200, "198.51.100.7") == ACCEPTED);
	CHECK(strstr(w.text, "# dynamic: 1795300200.00 ") != NULL);
	CHECK(give_v1(&w, &slow, T + 1, "198.51.100.8") == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.8\n") != NULL);
	/* The file's time never goes back: a return to the original stays safe. */
	CHECK(strstr(w.text, "# dynamic: 1795300200.00 ") != NULL);
	CHECK(give_v1(&w, &slow, T + 1, "203.0.113.66") == REFUSED_OLD);
	close_world(&w);
}

static void times_outside_the_window_and_no_times_are_refused(void)
{
	const struct {
		double timestamp;
		enum verdict wanted;
	} cases[] = {
		{ T + 299, ACCEPTED },
		{ T + 301, REFUSED_WINDOW },
		{ T - 3601, REFUSED_WINDOW },
		{ T - 3599, ACCEPTED },
		{ 1e18, REFUSED_TIMESTAMP },
		{ 1e308, REFUSED_TIMESTAMP },
		{ (double)INFINITY, REFUSED_TIMESTAMP },
		{ -(double)INFINITY, REFUSED_TIMESTAMP },
		{ (double)NAN, REFUSED_TIMESTAMP },
		{ -1, REFUSED_TIMESTAMP },
		{ 0, REFUSED_TIMESTAMP },
		{ 5e-324, REFUSED_TIMESTAMP },
		{ DYNDNS_TIMESTAMP_MAX, REFUSED_WINDOW },
	};
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
		CHECK(give_v1(&w, &s, cases[i].timestamp, "198.51.100.7") == cases[i].wanted);
		close_world(&w);
	}
}

static void without_a_window_only_real_times_are_taken(void)
{
	const struct accept_limits open = { .v2 = true, .verify_rate = 2000 };
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &open, &s, "0", "+a:192.0.2.1\n");
	CHECK(give_v1(&w, &s, 1e18, "198.51.100.7") == REFUSED_TIMESTAMP);
	CHECK(give_v1(&w, &s, 1000, "198.51.100.7") == ACCEPTED);
	CHECK(give_v1(&w, &s, DYNDNS_TIMESTAMP_MAX, "198.51.100.8") == ACCEPTED);
	CHECK(strstr(w.text, "# dynamic: 253402300799.00 ") != NULL);
	close_world(&w);
}

static void a_clock_that_is_plainly_wrong_suspends_the_window(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	w.acceptor->clock_floor = CLOCK_FLOOR;
	now_real = 1000; /* no battery */
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	CHECK(w.acceptor->window_suspended);
	CHECK(give_v1(&w, &s, T + CLOCK_SPAN_SECONDS, "198.51.100.8") == REFUSED_WINDOW);
	restart(&w, true);
	w.acceptor->clock_floor = CLOCK_FLOOR;
	now_real = T - 2 * CLOCK_BEHIND_SECONDS;
	CHECK(give_v1(&w, &s, T + 1, "198.51.100.8") ==
	      (T - 2 * CLOCK_BEHIND_SECONDS < CLOCK_FLOOR ? ACCEPTED : ACCEPTED));
	CHECK(w.acceptor->window_suspended);
	now_real = T;
	CHECK(give_v1(&w, &s, T + 400, "198.51.100.9") == REFUSED_WINDOW);
	CHECK(!w.acceptor->window_suspended);
	close_world(&w);
}

static void addresses_that_lead_nowhere_are_never_published(void)
{
	static const char *const never[] = { "127.0.0.1", "169.254.1.1",     "224.0.0.1",
					     "0.0.0.0",   "255.255.255.255", "::1",
					     "::",        "fe80::1",         "febf::1",
					     "ff02::1" };
	static const char *const private[] = { "10.0.0.1",    "172.16.0.1", "172.31.255.255",
					       "192.168.1.1", "100.64.0.1", "fc00::1",
					       "fd00::1" };
	static const char *const public[] = {
		"172.32.0.1",  "100.128.0.1",    "8.8.8.8",
		"2001:db8::1", "::198.51.100.7", "2002:c633:6407::1"
	};
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	struct signer s;
	struct world w = { 0 };

	for (size_t i = 0; i < ELEMENTS(never); i++) {
		address_of(never[i], address);
		CHECK(!address_is_publishable(address, false));
	}
	for (size_t i = 0; i < ELEMENTS(private); i++) {
		address_of(private[i], address);
		CHECK(address_is_publishable(address, false));
		CHECK(!address_is_publishable(address, true));
	}
	for (size_t i = 0; i < ELEMENTS(public); i++) {
		address_of(public[i], address);
		CHECK(address_is_publishable(address, true));
	}
	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "6a:20010db8000000000000000000000001\n");
	CHECK(give_v1(&w, &s, T, "fe80::1") == REFUSED_SOURCE);
	close_world(&w);
}

static void a_flood_cannot_starve_the_owner(void)
{
	struct signer s;
	struct world w = { 0 };
	unsigned refused = 0;

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	w.acceptor->limits.verify_rate = 100;
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	/* Bad signatures with good times, from a thousand sources, at one moment. */
	for (unsigned i = 0; i < 5000; i++) {
		struct dyndns_request request = { .version = 1, .timestamp = T + 10 };
		uint8_t bytes[DYNDNS_V2_SIZE];
		char source[INET_ADDRSTRLEN];
		size_t size = sign(&s, &request, bytes);

		bytes[size - 1] ^= 1;
		(void)snprintf(source, sizeof source, "203.0.%u.%u", i % 4, i / 4 % 250);
		refused += give(&w, bytes, size, source) == REFUSED_RATE;
	}
	CHECK(refused > 4000);
	CHECK(give_v1(&w, &s, T + 10, "198.51.100.7") == ACCEPTED);
	CHECK(give_v1(&w, &s, T + 11, "203.0.9.9") == REFUSED_RATE);
	now_monotonic += 1;
	CHECK(give_v1(&w, &s, T + 11, "203.0.9.9") == ACCEPTED);
	close_world(&w);
}

static void one_source_has_a_limit_and_a_64_is_one_source(void)
{
	struct signer s;
	struct world w = { 0 };
	unsigned limited = 0;

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	for (unsigned i = 0; i < 200; i++) {
		struct dyndns_request request = { .version = 1, .timestamp = T };
		uint8_t bytes[DYNDNS_V2_SIZE];
		char source[INET6_ADDRSTRLEN];
		size_t size = sign(&s, &request, bytes);

		bytes[size - 1] ^= 1;
		(void)snprintf(source, sizeof source, "2001:db8:1:2:%x::%x", i, i);
		limited += give(&w, bytes, size, source) == REFUSED_RATE_SOURCE;
	}
	CHECK(limited == 200 - (unsigned)SOURCE_BURST);
	close_world(&w);
}

static void a_vanished_time_of_the_zone_still_holds_for_the_other_keys(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "1795299990.00", "+a:192.0.2.1\n");
	state_raise(&w.state, state_get(&w.state, s.id), 1795299990.00);
	CHECK(give_v1(&w, &s, 1795299990.004, "198.51.100.7") == REFUSED_OLD);
	CHECK(give_v1(&w, &s, 1795299990.01, "198.51.100.7") == ACCEPTED);
	close_world(&w);
}

/* --- state ------------------------------------------------------------------------------ */

static void the_state_says_more_than_was_seen_only_for_who_sends_often(void)
{
	struct signer s;
	struct world w = { 0 };
	char *text = NULL;
	size_t size = 0;

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	CHECK(w.state.must_save);
	CHECK(state_format(&w.state, false, now_monotonic, &text, &size) == 0);
	state_saved(&w.state, now_monotonic);
	free(text);
	CHECK(!w.state.must_save);
	CHECK(state_find(&w.state, s.id)->family[DYNDNS_IPV4].on_disk <= T);
	/* Within a minute: the ceiling, and then no write for what is below it. */
	CHECK(give_v1(&w, &s, T + 1, "198.51.100.7") == ACCEPTED);
	CHECK(w.state.must_save);
	CHECK(state_format(&w.state, false, now_monotonic + 1, &text, &size) == 0);
	state_saved(&w.state, now_monotonic + 1);
	free(text);
	CHECK(state_find(&w.state, s.id)->family[DYNDNS_IPV4].on_disk >= T + 61);
	CHECK(give_v1(&w, &s, T + 60, "198.51.100.7") == ACCEPTED);
	CHECK(!w.state.must_save && w.state.differs);
	/* A crash now: nothing that was taken is taken again. */
	restart(&w, false);
	CHECK(give_v1(&w, &s, T + 60, "203.0.113.66") == REFUSED_OLD);
	CHECK(give_v1(&w, &s, T + 62, "203.0.113.66") == ACCEPTED);
	close_world(&w);
}

/* What was accepted and did not get into the zone before a crash gets there after it. */
static void what_is_pending_survives_a_crash_with_all_that_it_needs(void)
{
	const struct state_entry *entry;
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	CHECK(give_v1(&w, &s, T, "198.51.100.7") == ACCEPTED);
	restart(&w, false);
	entry = &state_find(&w.state, s.id)->family[DYNDNS_IPV4];
	CHECK(entry->pending && entry->confirmations == 1 && entry->version == 1);
	CHECK(entry->prefix_length == 128 && dyndns_is_mapped(entry->address));
	CHECK(entry->wanted > T - 1 && entry->wanted < T + 1);
	close_world(&w);
}

/* A state of two keys with both families. */
static void format_two_keys(char **ret, size_t *ret_size)
{
	struct signer one, two;
	struct world w = { 0 };

	make_signer(&one, 1);
	make_signer(&two, 2);
	now_real = T;
	open_world(&w, &usual);
	for (size_t f = 0; f < DYNDNS_FAMILIES; f++) {
		struct zone_update update = { .family = (uint8_t)f,
					      .version = 1,
					      .prefix_length = 128,
					      .timestamp = T + (double)f };

		state_remember(&w.state, state_get(&w.state, one.id), &update);
		state_remember(&w.state, state_get(&w.state, two.id), &update);
	}
	CHECK(state_format(&w.state, true, now_monotonic, ret, ret_size) == 0);
	close_world(&w);
}

static void a_state_that_is_not_whole_is_refused(void)
{
	struct state state = STATE_NONE;
	char *text = NULL;
	size_t size = 0;
	unsigned line = 0;

	format_two_keys(&text, &size);
	CHECK(state_parse(&state, text, size, &line) == 0);
	CHECK(state.n == 2);
	state_release(&state);
	CHECK(state_parse(&state, text, 0, &line) == -ENODATA);
	/* Cut anywhere, between two lines as well. */
	for (size_t i = 1; i < size; i++) {
		line = 0;
		CHECK(state_parse(&state, text, i, &line) == -EBADMSG);
		CHECK(line >= 1 && line <= 6);
		state_release(&state);
	}
	/* Another byte anywhere, such as another digit of a time; and bytes after the end. */
	for (size_t i = 0; i < size; i++) {
		text[i] ^= 1;
		CHECK(state_parse(&state, text, size, &line) == -EBADMSG);
		text[i] ^= 1;
		state_release(&state);
	}
	text[size] = '\n'; /* in place of the NUL */
	CHECK(state_parse(&state, text, size + 1, &line) == -EBADMSG);
	state_release(&state);
	free(text);
}

#define STATE_LINE                                               \
	"QlH0RDCxXrI2OvL2OUA4DBeDY79X 4 41d4f141f901eb85 "       \
	"41d4f141f901eb85 00000000000000000000ffffc6336407/128 " \
	"1 1 done\n"

static void a_state_of_version_1_is_read_and_its_bad_lines_are_told(void)
{
	static const struct {
		const char *text;
		int wanted;
		unsigned line;
	} cases[] = {
		{ "dyndnsd-state 1\n" STATE_LINE, 0, 0 },
		{ "dyndnsd-state 1\n", 0, 0 },
		{ "dyndnsd-state 3\n" STATE_LINE, -EBADMSG, 1 },
		{ "dyndnsd-state 1\n" STATE_LINE "short\n", -EBADMSG, 3 },
		{ "dyndnsd-state 1\n" STATE_LINE "\n", -EBADMSG, 3 },
		{ "dyndnsd-state 1\nQlH0RDCxXrI2OvL2OUA4DBeDY79X 5 41d4f141f901eb85 41d4f141f901eb85 "
		  "00000000000000000000ffffc6336407/128 1 1 done\n" STATE_LINE,
		  -EBADMSG, 2 },
		{ "dyndnsd-state 1\nQlH0RDCxXrI2OvL2OUA4DBeDY79X 6 7ff0000000000000 41d4f141f901eb85 "
		  "00000000000000000000ffffc6336407/128 1 1 pending\n",
		  -EBADMSG, 2 },
	};

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		struct state state = STATE_NONE;
		unsigned line = 0;

		CHECK(state_parse(&state, cases[i].text, strlen(cases[i].text), &line) ==
		      cases[i].wanted);
		CHECK(line == cases[i].line);
		if (i == 0)
			CHECK(state.n == 1 && state_newest(&state, 1e12) > 1405421540.0);
		state_release(&state);
	}
}

/* Ids that begin alike, as somebody chose them who knows the hash but not the salt. */
static void chosen_key_ids_do_not_share_a_slot(void)
{
	struct state state = STATE_NONE;
	size_t run = 0, longest = 0;

	for (unsigned i = 0; i < 4096; i++) {
		char id[DYNDNS_KEY_ID_SIZE + 1];

		(void)snprintf(id, sizeof id, "AAAAAAAAAAAAAAAAAAAAAAAA%04x", i);
		CHECK(state_get(&state, id) != NULL);
	}
	for (size_t i = 0; i < state.n_slots; i++) {
		run = state.slots[i] ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	/* About 30 at a load of one half; all 4096 if they shared a slot. */
	CHECK(longest < 200);
	state_release(&state);
}

/* --- outputs ---------------------------------------------------------------------------- */

static void check_outputs(const struct world *w, const char *hosts, const char *zone)
{
	const struct output_source source = { .bytes = w->text,
					      .zone = &w->zone,
					      .keys = &w->keys,
					      .state = &w->state,
					      .origin = "Example.org",
					      .nameserver = "localhost." };
	char *text = NULL;
	const char *records;
	size_t size = 0;

	CHECK(output_hosts(&source, &text, &size) == 0);
	text[size] = '\0';
	records = strchr(text, '\n') + 1;
	if (strcmp(records, hosts) != 0) {
		printf("# hosts are\n%s# wanted\n%s\n", records, hosts);
		check_failed_ = true;
	}
	free(text);
	CHECK(output_zone(&source, 1, &text, &size) == 0);
	text[size] = '\0';
	records = strstr(text, "IN NS localhost.\n") + strlen("IN NS localhost.\n");
	if (strcmp(records, zone) != 0) {
		printf("# zone is\n%s# wanted\n%s\n", records, zone);
		check_failed_ = true;
	}
	free(text);
}

static void load_all_types(struct world *w, const struct signer *s, const char *lines)
{
	char zone[2048];

	(void)snprintf(zone, sizeof zone, "# dynamic: 0 %s\n%s", s->text, lines);
	load_text(w, zone);
	zone_release(&w->zone);
	keys_release(&w->keys);
	CHECK(zone_parse(w->text, w->size, ZONE_TYPES_ALL, NULL, NULL, &w->zone) == 0);
	CHECK(keys_build(&w->zone, &w->keys) == 0);
}

#define LABEL_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void names_are_those_that_tinydns_makes_of_them(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_world(&w, &usual);
	load_all_types(
		&w, &s,
		"+a.example.org:192.0.2.1:300\n"
		"+dot.example.org.:192.0.2.2\n"
		"+\\150ex.ex\\141mple.org:192.0.2.3\n"
		"+.two..points.EXAMPLE.org..:192.0.2.4\n"
		"+example.org.:192.0.2.5\n"
		"+*.w.example.org:192.0.2.6\n"
		"+a b\\.c\\\\.example.org:192.0.2.7\n"
		"+\\52.example.org:192.0.2.8\n"
		"+notexample.org:192.0.2.9\n"
		"+b\\.example.org.example.org\\:192.0.2.20\n"
		"+x\\056example.org:192.0.2.10\n"
		"+x\\8.example.org:192.0.2.11\n"
		"+" LABEL_63 ".example.org:192.0.2.12\n"
		"+" LABEL_63 "l.example.org:192.0.2.13\n"
		"6\\66.example.org.:20010db8000000000000000000000001\n"
		"=p.example.org.:192.0.2.14\n"
		":o.example.org.:28:\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002\n"
		/* The address is that of the server. */
		".d.example.org:192.0.2.15:a:60\n"
		"&d.example.org:192.0.2.16:b.ns.example.org.:60\n"
		"&d.example.org.:192.0.2.17::60\n"
		"@d.example.org:192.0.2.18:a:10:60\n"
		"@d.example.org:192.0.2.19:mail.example.org::60\n");
	check_outputs(&w,
		      "192.0.2.1 a.example.org\n"
		      "192.0.2.2 dot.example.org\n"
		      "192.0.2.3 hex.example.org\n"
		      "192.0.2.4 two.points.EXAMPLE.org\n"
		      "192.0.2.5 example.org\n"
		      "192.0.2.9 notexample.org\n"
		      "192.0.2.11 x8.example.org\n"
		      "192.0.2.12 " LABEL_63 ".example.org\n"
		      "2001:db8::1 6.example.org\n"
		      "192.0.2.14 p.example.org\n"
		      "2001:db8::2 o.example.org\n"
		      "192.0.2.15 a.ns.d.example.org\n"
		      "192.0.2.16 b.ns.example.org\n"
		      "192.0.2.17 ns.d.example.org\n"
		      "192.0.2.18 a.mx.d.example.org\n"
		      "192.0.2.19 mail.example.org\n",
		      "a 300 IN A 192.0.2.1\n"
		      "dot IN A 192.0.2.2\n"
		      "hex IN A 192.0.2.3\n"
		      "two.points IN A 192.0.2.4\n"
		      "@ IN A 192.0.2.5\n"
		      "*.w IN A 192.0.2.6\n"
		      "a\\032b\\046c\\092 IN A 192.0.2.7\n"
		      "* IN A 192.0.2.8\n"
		      "b\\046example.org IN A 192.0.2.20\n"
		      "x8 IN A 192.0.2.11\n" LABEL_63 " IN A 192.0.2.12\n"
		      "6 IN AAAA 2001:db8::1\n"
		      "p IN A 192.0.2.14\n"
		      "o IN AAAA 2001:db8::2\n"
		      "a.ns.d 60 IN A 192.0.2.15\n"
		      "b.ns 60 IN A 192.0.2.16\n"
		      "ns.d 60 IN A 192.0.2.17\n"
		      "a.mx.d 60 IN A 192.0.2.18\n"
		      "mail 60 IN A 192.0.2.19\n");
	close_world(&w);
}

static void what_tinydns_serves_to_some_or_for_some_time_is_not_published_to_all(void)
{
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_world(&w, &usual);
	load_all_types(
		&w, &s,
		"+all.example.org:192.0.2.1:300::\n"
		"+lo.example.org:192.0.2.2:300::lo\n"
		"+blank.example.org:192.0.2.3: : : \n"
		"6lo.example.org:20010db8000000000000000000000001:::lo\n"
		"=lo.example.org:192.0.2.4:::l\n"
		".example.org:192.0.2.5:a:60::lo\n"
		"@example.org:192.0.2.6:a:10:60::lo\n"
		"@example.org:192.0.2.7:b:10:60\n"
		":lo.example.org:28:\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002:::lo\n"
		"+dies.example.org:192.0.2.8:0:400000006b000000\n"
		"+short.example.org:192.0.2\n");
	check_outputs(&w,
		      "192.0.2.1 all.example.org\n192.0.2.3 blank.example.org\n"
		      "192.0.2.7 b.mx.example.org\n",
		      "all 300 IN A 192.0.2.1\nblank IN A 192.0.2.3\nb.mx 60 IN A 192.0.2.7\n");
	close_world(&w);
}

/* --- version 2 --------------------------------------------------------------------------- */

static enum verdict give_v2(struct world *w, const struct signer *s, struct dyndns_request *request,
			    const char *source, struct accepted *ret)
{
	uint8_t bytes[DYNDNS_V2_SIZE], address[DYNDNS_ADDRESS_SIZE];
	size_t size = sign(s, request, bytes);
	enum verdict verdict;

	address_of(source, address);
	verdict = accept_datagram(w->acceptor, bytes, size, address, ret);
	if (verdict == ACCEPTED)
		apply(w, ret->updates, ret->n_updates);
	return verdict;
}

static void signed_addresses_count_and_the_source_does_not(void)
{
	struct dyndns_request request = { .version = 2, .timestamp = T };
	struct accepted accepted;
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n6a:20010db8000000000000000000000001\n");
	address_of("198.51.100.7", request.address[DYNDNS_IPV4]);
	address_of("2001:db8::7", request.address[DYNDNS_IPV6]);
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.7\n6a:20010db8000000000000000000000007\n") != NULL);
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == REFUSED_OLD);
	/* Any other address under the same signature is none. */
	request.timestamp = T + 1;
	{
		uint8_t bytes[DYNDNS_V2_SIZE];
		size_t size = sign(&s, &request, bytes);

		bytes[44 + 15] ^= 1;
		CHECK(give(&w, bytes, size, "203.0.113.66") == REFUSED_SIGNATURE);
	}
	close_world(&w);
}

static void without_addresses_there_is_a_challenge_first(void)
{
	struct dyndns_request request = { .version = 2, .timestamp = T, .nonce = { 1, 2, 3 } };
	struct accepted accepted;
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0", "+a:192.0.2.1\n");
	CHECK(give_v2(&w, &s, &request, "198.51.100.7", &accepted) == CHALLENGED);
	CHECK(memcmp(accepted.challenge.nonce, request.nonce, sizeof request.nonce) == 0);
	CHECK(strstr(w.text, "+a:192.0.2.1\n") != NULL);
	memcpy(request.cookie, accepted.challenge.cookie, sizeof request.cookie);
	/* Captured and sent from elsewhere it is worth nothing. */
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == CHALLENGED);
	now_monotonic += COOKIE_SECONDS + 1; /* the epoch before is still good */
	CHECK(give_v2(&w, &s, &request, "198.51.100.7", &accepted) == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.7\n") != NULL);
	request.timestamp = T + 1;
	now_monotonic += 2 * COOKIE_SECONDS + 1;
	CHECK(give_v2(&w, &s, &request, "198.51.100.7", &accepted) == CHALLENGED);
	close_world(&w);
}

#define OPTION_ZONE                                              \
	"# dynamic-options: %s\n# dynamic: 0 %s\n+a:192.0.2.1\n" \
	"6a:20010db8000000000000000000000001\n"

/* Asks for a challenge. */
static enum verdict challenge(struct world *w, const struct signer *s, double timestamp,
			      const char *source)
{
	struct dyndns_request request = { .version = 2, .timestamp = timestamp };
	struct accepted accepted;

	return give_v2(w, s, &request, source, &accepted);
}

static void a_challenge_does_not_tell_which_keys_exist(void)
{
	struct signer known, unknown;
	struct world w = { 0 };
	char zone[512];

	make_signer(&known, 1);
	make_signer(&unknown, 2);
	now_real = T;
	open_world(&w, &usual);
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "allow=198.51.100.7 family=4", known.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &known, T, "198.51.100.7") == ACCEPTED);
	for (unsigned i = 0; i < 2; i++) {
		const struct signer *s = i == 0 ? &known : &unknown;

		/* From where the key must not come, too, and with a time that it has used. */
		CHECK(challenge(&w, s, T + 1, "198.51.100.7") == CHALLENGED);
		CHECK(challenge(&w, s, T + 1, "203.0.113.66") == CHALLENGED);
		CHECK(challenge(&w, s, T + 1, "2001:db8::66") == CHALLENGED);
		CHECK(challenge(&w, s, T, "203.0.113.66") == CHALLENGED);
		CHECK(challenge(&w, s, T + 301, "203.0.113.66") == REFUSED_WINDOW);
		CHECK(challenge(&w, s, T + 1, "fe80::1") == REFUSED_SOURCE);
	}
	/* Nor is there one less after packets that only a known key uses up verifications for. */
	for (unsigned i = 0; i < 2; i++) {
		const struct signer *s = i == 0 ? &known : &unknown;
		const char *source = i == 0 ? "198.51.100.7" : "203.0.113.67";
		unsigned n = 0;

		for (unsigned k = 0; k < 200; k++) {
			struct dyndns_request request = { .version = 1, .timestamp = T + 1 };
			uint8_t bytes[DYNDNS_V2_SIZE];
			size_t size = sign(s, &request, bytes);

			bytes[size - 1] ^= 1;
			(void)give(&w, bytes, size, source);
		}
		now_monotonic += 100; /* the challenges of before are forgotten */
		while (challenge(&w, s, T + 1, source) == CHALLENGED)
			n++;
		CHECK(n == (unsigned)SOURCE_BURST);
	}
	close_world(&w);
}

static void a_prefix_is_renewed_and_the_hosts_stay(void)
{
	struct dyndns_request request = { .version = 2,
					  .timestamp = T,
					  .prefix_length = { 32, 57 } };
	struct accepted accepted;
	struct signer s;
	struct world w = { 0 };

	make_signer(&s, 1);
	open_with(&w, &usual, &s, "0",
		  "6a:20010db800000000aaaa000000000001\n"
		  "6b:20010db80000007fffff00000000beef\n+c:192.0.2.1\n");
	address_of("2a00:1450:4010:c0ff::", request.address[DYNDNS_IPV6]);
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == ACCEPTED);
	CHECK(strstr(w.text, "\n6a:2a0014504010c080aaaa000000000001\n"
			     "6b:2a0014504010c0ffffff00000000beef\n+c:192.0.2.1\n") != NULL);
	close_world(&w);
}

static void options_before_a_block_hold_for_its_keys(void)
{
	struct dyndns_request request = { .version = 2, .timestamp = T };
	struct accepted accepted;
	struct signer s;
	struct world w = { 0 };
	char zone[512];

	make_signer(&s, 1);
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "allow=198.51.100.0/24", s.text);
	now_real = T;
	open_world(&w, &usual);
	load_text(&w, zone);
	CHECK(give_v1(&w, &s, T, "203.0.113.1") == REFUSED_SOURCE);
	CHECK(give_v1(&w, &s, T, "198.51.100.200") == ACCEPTED);
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "family=6", s.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &s, T + 1, "198.51.100.7") == REFUSED_SOURCE);
	CHECK(give_v1(&w, &s, T + 1, "2001:db8::7") == ACCEPTED);
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "require=v2", s.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &s, T + 2, "198.51.100.7") == REFUSED_SOURCE);
	address_of("198.51.100.7", request.address[DYNDNS_IPV4]);
	request.timestamp = T + 2;
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == ACCEPTED);
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "confirm=2", s.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &s, T + 3, "198.51.100.9") == ACCEPTED);
	CHECK(strstr(w.text, "+a:192.0.2.1\n") != NULL);
	CHECK(give_v1(&w, &s, T + 4, "198.51.100.9") == ACCEPTED);
	CHECK(strstr(w.text, "+a:198.51.100.9\n") != NULL);
	/* A typing error opens nothing. */
	(void)snprintf(zone, sizeof zone, OPTION_ZONE, "requre=v2", s.text);
	load_text(&w, zone);
	CHECK(give_v1(&w, &s, T + 5, "198.51.100.9") == REFUSED_SOURCE);
	close_world(&w);
}

static void version_2_can_be_off(void)
{
	struct accept_limits limits = usual;
	struct dyndns_request request = { .version = 2, .timestamp = T };
	struct accepted accepted;
	struct signer s;
	struct world w = { 0 };

	limits.v2 = false;
	make_signer(&s, 1);
	open_with(&w, &limits, &s, "0", "+a:192.0.2.1\n");
	address_of("198.51.100.7", request.address[DYNDNS_IPV4]);
	CHECK(give_v2(&w, &s, &request, "203.0.113.66", &accepted) == REFUSED_FORM);
	close_world(&w);
}

int main(void)
{
	RUN(each_packet_of_the_vectors_changes_what_it_should);
	RUN(each_sequence_of_the_vectors_ends_as_it_should);
	RUN(a_time_serves_once_whichever_family_it_comes_by);
	RUN(a_key_for_each_family_serves_one_time_twice);
	RUN(a_packet_that_changes_nothing_cannot_be_replayed_from_elsewhere);
	RUN(a_time_that_was_rounded_down_is_not_taken_twice);
	RUN(one_bad_clock_does_not_lock_out_the_other_keys_of_a_block);
	RUN(times_outside_the_window_and_no_times_are_refused);
	RUN(without_a_window_only_real_times_are_taken);
	RUN(a_clock_that_is_plainly_wrong_suspends_the_window);
	RUN(addresses_that_lead_nowhere_are_never_published);
	RUN(a_flood_cannot_starve_the_owner);
	RUN(one_source_has_a_limit_and_a_64_is_one_source);
	RUN(a_vanished_time_of_the_zone_still_holds_for_the_other_keys);
	RUN(the_state_says_more_than_was_seen_only_for_who_sends_often);
	RUN(what_is_pending_survives_a_crash_with_all_that_it_needs);
	RUN(a_state_that_is_not_whole_is_refused);
	RUN(a_state_of_version_1_is_read_and_its_bad_lines_are_told);
	RUN(chosen_key_ids_do_not_share_a_slot);
	RUN(names_are_those_that_tinydns_makes_of_them);
	RUN(what_tinydns_serves_to_some_or_for_some_time_is_not_published_to_all);
	RUN(signed_addresses_count_and_the_source_does_not);
	RUN(without_addresses_there_is_a_challenge_first);
	RUN(a_challenge_does_not_tell_which_keys_exist);
	RUN(a_prefix_is_renewed_and_the_hosts_stay);
	RUN(options_before_a_block_hold_for_its_keys);
	RUN(version_2_can_be_off);
	return CHECK_STATUS();
}
/* NOLINTEND(clang-analyzer-unix.Malloc,clang-analyzer-core.*) */
