/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data file of tinydns, as far as dynamic addresses go. */
#include "zone.h"

#include "base64.h"
#include "format.h"
#include "number.h"
#include "order.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_OFFSET 96 /* of the bits of a mapped address */

/* Lines of options before one dynamic line. */
#define OPTION_LINES_MAX 8

struct option_line {
	struct zone_options options;
	uint8_t key[DYNDNS_KEY_SIZE]; /* of "key=" */
	bool for_one_key;             /* else for all keys of the block */
};

/* Each key is compared with all before it, so there is a limit; no person lists more. */
#define BLOCK_KEYS_MAX 256

/* The state of the parser. */
struct parser {
	const char *bytes;
	size_t size;
	const char *types;
	zone_problem_fn *problem;
	void *userdata;
	struct zone zone;
	size_t room_blocks, room_keys, room_records, room_options;
	bool in_block;
	uint32_t line;
	struct option_line lines[OPTION_LINES_MAX];
	size_t n_lines;
};

static const struct zone_options no_options = { .families = 3, .confirm = 1 };

/* White space as the original defines it, without the newline. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void report(const struct parser *p, const char *what)
{
	if (p->problem)
		p->problem(p->userdata, p->line, what);
}

/* Makes room for one more element; returns 0 or -ENOMEM. */
static int make_room(void *array, size_t n, size_t *room, size_t element)
{
	void **a = array, *larger;
	size_t wanted;

	if (n < *room)
		return 0;
	wanted = *room ? *room * 2 : 16;
	larger = reallocarray(*a, wanted, element);
	if (!larger)
		return -ENOMEM;
	*a = larger;
	*room = wanted;
	return 0;
}

/* --- words and fields ------------------------------------------------------------ */

/* Takes the next word off a line; returns false at its end. */
static bool next_word(const char *bytes, size_t *at, size_t end, struct zone_span *ret)
{
	size_t start;

	while (*at < end && is_blank(bytes[*at]))
		(*at)++;
	start = *at;
	while (*at < end && !is_blank(bytes[*at]))
		(*at)++;
	*ret = (struct zone_span){ start, *at - start };
	return ret->size > 0;
}

/*
 * Reads a key as the original did: one '=' is required, further ones are ignored.
 */
static int read_key(const char *text, size_t size, uint8_t ret[static DYNDNS_KEY_SIZE])
{
	const size_t whole = BASE64_SIZE(DYNDNS_KEY_SIZE) - 1;

	for (size_t i = whole; i < size; i++) {
		if (text[i] != '=')
			return -EINVAL;
	}
	return base64_decode(text, size < whole ? size : whole, ret, DYNDNS_KEY_SIZE);
}

/* Reads one to four numbers as inet_aton(3) does, in decimal: zone files contain "127.1". */
static int read_ipv4(const char *text, size_t size, uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	uint32_t value = 0;
	unsigned part = 0;
	size_t start = 0;

	for (size_t i = 0; i <= size; i++) {
		uint64_t number, max;

		if (i < size && text[i] != '.')
			continue;
		if (part == 4)
			return -EINVAL;
		max = i < size ? 255 : UINT32_MAX >> (8 * part);
		if (parse_uint_bytes(text + start, i - start, 0, max, &number) < 0)
			return -EINVAL;
		value |= (uint32_t)(i < size ? number << (24 - 8 * part) : number);
		start = i + 1;
		part++;
	}
	value = htonl(value);
	dyndns_map((const uint8_t *)&value, ret);
	return 0;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int read_ipv6_hex(const char *text, size_t size, uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	uint8_t address[DYNDNS_ADDRESS_SIZE];

	if (size != (size_t)2 * DYNDNS_ADDRESS_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < DYNDNS_ADDRESS_SIZE; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		address[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret, address, sizeof address);
	return 0;
}

/* The bytes of a generic record: octal escapes and plain characters, 16 in all. */
static int read_ipv6_octal(const char *text, size_t size, uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < size; n++) {
		unsigned value = (uint8_t)text[i++];

		if (n == sizeof address)
			return -EINVAL;
		if (value == '\\') {
			value = 0;
			for (size_t k = 0; k < 3; k++, i++) {
				if (i == size || text[i] < '0' || text[i] > '7')
					return -EINVAL;
				value = value << 3 | (unsigned)(text[i] - '0');
			}
			if (value > 255)
				return -EINVAL;
		}
		address[n] = (uint8_t)value;
	}
	if (n != sizeof address)
		return -EINVAL;
	memcpy(ret, address, sizeof address);
	return 0;
}

/* --- options --------------------------------------------------------------------- */

/* Reads "198.51.100.0/24", "2001:db8::/32", or an address alone. */
static int read_network(const char *text, size_t size, struct zone_network *ret)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = memchr(text, '/', size);
	size_t length = slash ? (size_t)(slash - text) : size;
	struct zone_network network;
	uint8_t ipv4[4];
	uint64_t prefix;
	bool is_ipv4;

	if (length >= sizeof host)
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	is_ipv4 = inet_pton(AF_INET, host, ipv4) == 1;
	if (is_ipv4)
		dyndns_map(ipv4, network.address);
	else if (inet_pton(AF_INET6, host, network.address) != 1)
		return -EINVAL;
	prefix = is_ipv4 ? 32 : 128;
	if (slash && parse_uint_bytes(slash + 1, size - length - 1, 0, prefix, &prefix) < 0)
		return -EINVAL;
	network.prefix_length = (uint8_t)(prefix + (is_ipv4 ? IPV4_OFFSET : 0));
	*ret = network;
	return 0;
}

static bool word_is(const char *word, size_t size, const char *wanted)
{
	return size == strlen(wanted) && memcmp(word, wanted, size) == 0;
}

static bool word_begins(const char *word, size_t size, const char *wanted)
{
	return size > strlen(wanted) && memcmp(word, wanted, strlen(wanted)) == 0;
}

/* Returns 0, or -EINVAL for an unknown option. */
static int read_option(const char *word, size_t size, struct option_line *line)
{
	struct zone_options *o = &line->options;
	uint64_t number;

	if (word_begins(word, size, "allow=")) {
		if (o->n_allow == ZONE_ALLOW_MAX ||
		    read_network(word + 6, size - 6, &o->allow[o->n_allow]) < 0)
			return -EINVAL;
		o->n_allow++;
		return 0;
	}
	if (word_begins(word, size, "confirm=")) {
		if (parse_uint_bytes(word + 8, size - 8, 1, 2, &number) < 0)
			return -EINVAL;
		o->confirm = (uint8_t)number;
		return 0;
	}
	if (word_begins(word, size, "key=")) {
		if (read_key(word + 4, size - 4, line->key) < 0)
			return -EINVAL;
		line->for_one_key = true;
		return 0;
	}
	if (word_is(word, size, "family=4"))
		o->families = 1 << DYNDNS_IPV4;
	else if (word_is(word, size, "family=6"))
		o->families = 1 << DYNDNS_IPV6;
	else if (word_is(word, size, "require=v2"))
		o->require_v2 = true;
	else
		return -EINVAL;
	return 0;
}

static void read_option_line(struct parser *p, size_t at, size_t end)
{
	struct option_line *line;
	struct zone_span word;

	if (p->n_lines == OPTION_LINES_MAX) {
		report(p, "too many lines of options; disabling the block");
		p->lines[0].options.disabled = true;
		p->lines[0].for_one_key = false;
		return;
	}
	line = &p->lines[p->n_lines++];
	*line = (struct option_line){ .options = no_options };
	while (next_word(p->bytes, &at, end, &word)) {
		if (read_option(p->bytes + word.at, word.size, line) == 0)
			continue;
		report(p, "unknown option; disabling the block");
		line->options.disabled = true;
		line->for_one_key = false;
	}
}

/* Combines the lines that apply to a key. Returns 0 or -ENOMEM. */
static int add_options(struct parser *p, struct zone_key *key)
{
	struct zone_options all = no_options;
	bool any = false;
	int r;

	for (size_t i = 0; i < p->n_lines; i++) {
		const struct zone_options *o = &p->lines[i].options;

		if (p->lines[i].for_one_key &&
		    memcmp(p->lines[i].key, key->key, sizeof key->key) != 0)
			continue;
		any = true;
		for (size_t k = 0; k < o->n_allow; k++) {
			if (all.n_allow == ZONE_ALLOW_MAX) {
				report(p, "too many networks; disabling the block");
				all.disabled = true;
				break;
			}
			all.allow[all.n_allow++] = o->allow[k];
		}
		all.families &= o->families;
		if (o->confirm > all.confirm)
			all.confirm = o->confirm;
		all.require_v2 |= o->require_v2;
		all.disabled |= o->disabled;
	}
	if (!any)
		return 0;
	r = make_room(&p->zone.options, p->zone.n_options, &p->room_options, sizeof all);
	if (r < 0)
		return r;
	key->options = (uint32_t)p->zone.n_options;
	p->zone.options[p->zone.n_options++] = all;
	return 0;
}

/* --- lines ----------------------------------------------------------------------- */

/*
 * Reads "#" and a word with a colon, and sets *at after them. Returns false for
 * another comment.
 */
static bool is_comment_of(const struct parser *p, size_t *at, size_t end, const char *word)
{
	size_t i = *at, length = strlen(word);

	while (i < end && is_blank(p->bytes[i]))
		i++;
	if (i == end || p->bytes[i] != '#')
		return false;
	i++;
	while (i < end && is_blank(p->bytes[i]))
		i++;
	if (end - i < length || memcmp(p->bytes + i, word, length) != 0)
		return false;
	*at = i + length;
	return true;
}

/*
 * Digits, and after a point more of them. Digits after the hundredths are cut off: a
 * packet's time in hundredths is newer than the full number exactly if it is newer
 * than the cut one.
 */
static uint64_t timestamp_value(const char *text, size_t size)
{
	const char *point = memchr(text, '.', size);
	size_t whole = point ? (size_t)(point - text) : size;
	uint64_t seconds, hundredths = 0;

	if (parse_uint_bytes(text, whole, 0, (uint64_t)DYNDNS_TIMESTAMP_MAX, &seconds) < 0)
		return ZONE_TIMESTAMP_ENDLESS;
	for (size_t i = whole + 1; i < whole + 3; i++)
		hundredths = hundredths * 10 + (i < size ? (uint64_t)(text[i] - '0') : 0);
	return seconds * 100 + hundredths;
}

/* Returns whether there is a valid timestamp, followed by a blank. */
static bool find_timestamp(const struct parser *p, size_t at, size_t end, struct zone_span *ret)
{
	size_t start, i;

	while (at < end && is_blank(p->bytes[at]))
		at++;
	start = i = at;
	while (i < end && is_digit(p->bytes[i]))
		i++;
	if (i == start)
		return false;
	if (i + 1 < end && p->bytes[i] == '.' && is_digit(p->bytes[i + 1])) {
		i++;
		while (i < end && is_digit(p->bytes[i]))
			i++;
	}
	/* A newline counts as a blank, the end of the file does not. */
	if (i < end ? !is_blank(p->bytes[i]) : i == p->size)
		return false;
	*ret = (struct zone_span){ start, i - start };
	return true;
}

static int read_keys(struct parser *p, struct zone_block *block, size_t at, size_t end)
{
	struct zone_span word;
	bool stray = false;
	int r;

	while (next_word(p->bytes, &at, end, &word)) {
		struct zone_key key = { .block = (uint32_t)p->zone.n_blocks };
		bool twice = false;

		if (read_key(p->bytes + word.at, word.size, key.key) < 0) {
			if (!stray)
				report(p, "not a key");
			stray = true;
			continue;
		}
		if (p->zone.n_keys - block->first_key == BLOCK_KEYS_MAX) {
			report(p, "too many keys; leaving out the last ones");
			break;
		}
		for (size_t i = block->first_key; i < p->zone.n_keys; i++)
			twice |= memcmp(p->zone.keys[i].key, key.key, sizeof key.key) == 0;
		if (twice) {
			report(p, "duplicate key");
			continue;
		}
		r = add_options(p, &key);
		if (r == 0)
			r = make_room(&p->zone.keys, p->zone.n_keys, &p->room_keys, sizeof key);
		if (r < 0)
			return r;
		p->zone.keys[p->zone.n_keys++] = key;
	}
	block->n_keys = (uint32_t)(p->zone.n_keys - block->first_key);
	if (block->n_keys == 0)
		report(p, "dynamic line without a key");
	return 0;
}

/* Returns 1 when the line begins a block, 0 if not, -ENOMEM. */
static int read_dynamic_line(struct parser *p, size_t at, size_t end)
{
	struct zone_block block = { .line = p->line,
				    .first_key = (uint32_t)p->zone.n_keys,
				    .first_record = (uint32_t)p->zone.n_records };
	int r;

	if (!is_comment_of(p, &at, end, "dynamic:"))
		return 0;
	if (!find_timestamp(p, at, end, &block.field)) {
		report(p, "dynamic line without timestamp or key");
		return 0;
	}
	block.timestamp = timestamp_value(p->bytes + block.field.at, block.field.size);
	r = make_room(&p->zone.blocks, p->zone.n_blocks, &p->room_blocks, sizeof block);
	if (r == 0)
		r = read_keys(p, &block, block.field.at + block.field.size, end);
	if (r < 0)
		return r;
	if (block.timestamp == ZONE_TIMESTAMP_ENDLESS)
		report(p, "timestamp is later than any packet's");
	p->zone.blocks[p->zone.n_blocks++] = block;
	return 1;
}

/* The field that begins there, without trailing blanks. */
static struct zone_span field_at(const struct parser *p, size_t at, size_t end, size_t *ret_next)
{
	const char *colon = memchr(p->bytes + at, ':', end - at);
	size_t stop = colon ? (size_t)(colon - p->bytes) : end;

	*ret_next = colon ? stop + 1 : end;
	while (stop > at && is_blank(p->bytes[stop - 1]))
		stop--;
	return (struct zone_span){ at, stop - at };
}

static int read_address(const struct parser *p, struct zone_record *record)
{
	const char *text = p->bytes + record->field.at;
	size_t size = record->field.size;

	switch (record->type) {
	case '6':
	case '3':
		record->family = DYNDNS_IPV6;
		return read_ipv6_hex(text, size, record->address);
	case ':':
		record->family = DYNDNS_IPV6;
		return read_ipv6_octal(text, size, record->address);
	default:
		record->family = DYNDNS_IPV4;
		return read_ipv4(text, size, record->address);
	}
}

static bool is_short_ipv4(const char *text, size_t size)
{
	size_t points = 0;

	for (size_t i = 0; i < size; i++)
		points += text[i] == '.';
	return points < 3;
}

/*
 * Reads what follows the address: "TTL:TIMESTAMP:LOCATION", after the server's name where
 * the type has one, and the distance of a mail server.
 */
static void read_rest(const struct parser *p, size_t at, size_t end, struct zone_record *record)
{
	struct zone_span ttl, timestamp, location;
	uint64_t seconds;

	if (strchr("@.&", record->type))
		record->server = field_at(p, at, end, &at);
	if (record->type == '@')
		(void)field_at(p, at, end, &at);
	ttl = field_at(p, at, end, &at);
	timestamp = field_at(p, at, end, &at);
	location = field_at(p, at, end, &at);
	if (parse_uint_bytes(p->bytes + ttl.at, ttl.size, 1, INT32_MAX, &seconds) == 0)
		record->ttl = (uint32_t)seconds;
	record->restricted = timestamp.size > 0 || location.size > 0 ||
			     (record->family == DYNDNS_IPV4 &&
			      is_short_ipv4(p->bytes + record->field.at, record->field.size));
}

/* Reads a record of a block; one that cannot be read is reported and skipped. */
static int read_record(struct parser *p, size_t at, size_t end)
{
	struct zone_record record = { .line = p->line, .type = p->bytes[at] };
	size_t next, rest;
	int r;

	if (record.type == '\0' || !strchr(p->types, record.type))
		return 0;
	if (!memchr(p->bytes + at, ':', end - at) ||
	    (record.type == ':' && !memchr(p->bytes + at + 1, ':', end - at - 1))) {
		report(p, "record without an address");
		return 0;
	}
	record.name = field_at(p, at + 1, end, &next);
	if (record.type == ':') {
		struct zone_span number = field_at(p, next, end, &next);

		if (!word_is(p->bytes + number.at, number.size, "28"))
			return 0; /* another type of record */
	}
	record.field = field_at(p, next, end, &rest);
	if (record.field.size == 0 && strchr("@.&", record.type))
		return 0; /* the usual case: such a record without an address */
	if (read_address(p, &record) < 0) {
		report(p, "invalid address");
		return 0;
	}
	read_rest(p, rest, end, &record);
	r = make_room(&p->zone.records, p->zone.n_records, &p->room_records, sizeof record);
	if (r < 0)
		return r;
	p->zone.records[p->zone.n_records++] = record;
	p->zone.blocks[p->zone.n_blocks - 1].n_records++;
	return 0;
}

static int read_line(struct parser *p, size_t at, size_t end)
{
	size_t first = at, behind = at;
	int r;

	while (first < end && is_blank(p->bytes[first]))
		first++;
	if (first == end || p->bytes[first] == '#') {
		p->in_block = false;
		if (is_comment_of(p, &behind, end, "dynamic-options:")) {
			read_option_line(p, behind, end);
			return 0;
		}
		r = read_dynamic_line(p, at, end);
		if (r < 0)
			return r;
		p->in_block = r > 0;
	} else if (p->in_block) {
		r = read_record(p, at, end);
		if (r < 0)
			return r;
		return 0;
	} else {
		r = 0;
	}
	if (p->n_lines > 0 && r == 0)
		report(p, "options without a dynamic line after them");
	p->n_lines = 0;
	return 0;
}

/* --- the whole ------------------------------------------------------------------- */

static bool key_is_before(const void *userdata, uint32_t a, uint32_t b)
{
	const struct zone_key *keys = userdata;
	int difference = memcmp(keys[a].key, keys[b].key, sizeof keys[a].key);

	return difference != 0 ? difference < 0 : a < b;
}

static int sort_keys(struct zone *zone)
{
	zone->by_key = reallocarray(NULL, zone->n_keys + 1, sizeof *zone->by_key);
	if (!zone->by_key)
		return -ENOMEM;
	for (size_t i = 0; i < zone->n_keys; i++)
		zone->by_key[i] = (uint32_t)i;
	order(zone->by_key, zone->n_keys, key_is_before, zone->keys);
	return 0;
}

int zone_parse(const char *bytes, size_t size, const char *types, zone_problem_fn *problem,
	       void *userdata, struct zone *ret)
{
	struct parser p = { .bytes = bytes,
			    .size = size,
			    .types = types,
			    .problem = problem,
			    .userdata = userdata };
	int r;

	if (size > ZONE_SIZE_MAX)
		return -EFBIG;
	r = make_room(&p.zone.options, 0, &p.room_options, sizeof no_options);
	if (r < 0)
		return r;
	p.zone.options[p.zone.n_options++] = no_options;

	for (size_t at = 0; at < size && r == 0;) {
		const char *newline = memchr(bytes + at, '\n', size - at);
		size_t end = newline ? (size_t)(newline - bytes) : size;

		p.line++;
		r = read_line(&p, at, end);
		at = end + 1;
	}
	if (r == 0 && p.n_lines > 0)
		report(&p, "options without a dynamic line after them");
	if (r == 0)
		r = sort_keys(&p.zone);
	if (r < 0) {
		zone_release(&p.zone);
		return r;
	}
	*ret = p.zone;
	return 0;
}

void zone_release(struct zone *zone)
{
	free(zone->blocks);
	free(zone->keys);
	free(zone->records);
	free(zone->options);
	free(zone->by_key);
	*zone = ZONE_NONE;
}

size_t zone_find_key(const struct zone *zone, const uint8_t key[static DYNDNS_KEY_SIZE],
		     size_t *ret_first)
{
	size_t low = 0, high = zone->n_keys, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zone_key *k = &zone->keys[zone->by_key[middle]];

		if (memcmp(k->key, key, sizeof k->key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < zone->n_keys &&
	       memcmp(zone->keys[zone->by_key[low + n]].key, key, DYNDNS_KEY_SIZE) == 0)
		n++;
	*ret_first = low;
	return n;
}

static bool in_network(const struct zone_network *network, const uint8_t *address)
{
	size_t bytes = network->prefix_length / 8;
	unsigned bits = network->prefix_length % 8;

	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return bits == 0 || ((network->address[bytes] ^ address[bytes]) >> (8 - bits)) == 0;
}

bool zone_options_allow(const struct zone_options *options, const struct zone_update *update)
{
	if (options->disabled || !(options->families & 1 << update->family) ||
	    (options->require_v2 && update->version < 2))
		return false;
	for (size_t i = 0; i < options->n_allow; i++) {
		if (in_network(&options->allow[i], update->address))
			return true;
	}
	return options->n_allow == 0;
}

/* --- what changes ------------------------------------------------------------------ */

/* What the updates make of a record or a block. */
struct wanted {
	uint8_t address[DYNDNS_ADDRESS_SIZE];
	double timestamp; /* of a block; of a record, 0: no update */
};

static void renew_prefix(const struct zone_update *update, const uint8_t *own, uint8_t *ret)
{
	size_t bytes = update->prefix_length / 8;
	unsigned bits = update->prefix_length % 8;

	memmove(ret, own, DYNDNS_ADDRESS_SIZE);
	memcpy(ret, update->address, bytes);
	if (bits > 0) {
		uint8_t mask = (uint8_t)(0xff << (8 - bits));

		ret[bytes] = (uint8_t)((update->address[bytes] & mask) | (own[bytes] & ~mask));
	}
}

static bool takes(const struct zone *zone, const struct zone_key *key, struct zone_update *update,
		  const struct zone_policy *policy)
{
	const struct zone_block *block = &zone->blocks[key->block];
	const struct zone_options *options = &zone->options[key->options];

	if (!zone_options_allow(options, update))
		return false;
	if (dyndns_timestamp_hundredths(update->timestamp) <= block->timestamp &&
	    !(policy->is_ours && policy->is_ours(policy->userdata, zone, block, update)))
		return false;
	if (update->confirmations < options->confirm) {
		update->unconfirmed = true;
		return false;
	}
	return true;
}

/* Plans one update of a block. Returns whether it changes an address. */
static bool plan_block(const struct zone *zone, const struct zone_block *block,
		       const struct zone_update *update, struct wanted *records)
{
	bool changed = false;

	for (uint32_t i = block->first_record; i < block->first_record + block->n_records; i++) {
		const struct zone_record *record = &zone->records[i];
		uint8_t address[DYNDNS_ADDRESS_SIZE];
		bool planned = records[i].timestamp > 0;

		if (record->family != update->family)
			continue;
		renew_prefix(update, planned ? records[i].address : record->address, address);
		if (memcmp(planned ? records[i].address : record->address, address,
			   sizeof address) == 0)
			continue;
		memcpy(records[i].address, address, sizeof address);
		records[i].timestamp = update->timestamp;
		changed = true;
	}
	return changed;
}

static void plan_update(const struct zone *zone, struct zone_update *update,
			const struct zone_policy *policy, struct wanted *records,
			struct wanted *blocks)
{
	size_t first, n = zone_find_key(zone, update->key, &first);

	update->reached = update->changed = update->unconfirmed = false;
	for (size_t i = first; i < first + n; i++) {
		const struct zone_key *key = &zone->keys[zone->by_key[i]];

		if (!takes(zone, key, update, policy))
			continue;
		update->reached = true;
		if (plan_block(zone, &zone->blocks[key->block], update, records))
			update->changed = true;
	}
	if (!update->changed && !policy->update_timestamps)
		return;
	for (size_t i = first; i < first + n; i++) {
		const struct zone_key *key = &zone->keys[zone->by_key[i]];

		if (takes(zone, key, update, policy) &&
		    update->timestamp > blocks[key->block].timestamp)
			blocks[key->block].timestamp = update->timestamp;
	}
}

static void write_address(const struct zone_record *record, const uint8_t *address,
			  struct zone_edit *edit)
{
	char text[ZONE_TEXT_MAX + 1];
	size_t n = 0;

	if (record->family == DYNDNS_IPV4) {
		n = format_text(text, sizeof text, "%u.%u.%u.%u", address[12], address[13],
				address[14], address[15]);
	} else {
		for (size_t i = 0; i < DYNDNS_ADDRESS_SIZE; i++)
			n += format_text(text + n, sizeof text - n,
					 record->type == ':' ? "\\%03o" : "%02x", address[i]);
	}
	memcpy(edit->text, text, n);
	memcpy(edit->address, address, DYNDNS_ADDRESS_SIZE);
	edit->length = (uint8_t)n;
}

static int collect_edits(const struct zone *zone, const struct wanted *records,
			 const struct wanted *blocks, struct zone_edits *ret)
{
	struct zone_edits edits = ZONE_EDITS_NONE;
	size_t n = 0;

	for (size_t i = 0; i < zone->n_blocks; i++)
		n += blocks[i].timestamp > 0;
	for (size_t i = 0; i < zone->n_records; i++)
		n += records[i].timestamp > 0;
	edits.at = calloc(n + 1, sizeof *edits.at);
	if (!edits.at)
		return -ENOMEM;

	for (uint32_t b = 0; b < zone->n_blocks; b++) {
		const struct zone_block *block = &zone->blocks[b];

		uint64_t timestamp = blocks[b].timestamp > 0
					     ? dyndns_timestamp_hundredths(blocks[b].timestamp)
					     : 0;

		/* Never backwards: it may come from a key with a faster clock, or the other family. */
		if (timestamp > block->timestamp) {
			struct zone_edit *e = &edits.at[edits.n++];
			char text[DYNDNS_TIMESTAMP_TEXT];

			*e = (struct zone_edit){ .span = block->field, .index = b };
			e->length = (uint8_t)strlen(dyndns_timestamp_text(timestamp, text));
			memcpy(e->text, text, e->length);
		}
		for (uint32_t i = block->first_record; i < block->first_record + block->n_records;
		     i++) {
			const struct zone_record *record = &zone->records[i];
			struct zone_edit *e;

			/* A second update may have restored the address. */
			if (!(records[i].timestamp > 0) ||
			    memcmp(records[i].address, record->address, DYNDNS_ADDRESS_SIZE) == 0)
				continue;
			e = &edits.at[edits.n++];
			*e = (struct zone_edit){ .span = record->field,
						 .index = i,
						 .is_record = true };
			write_address(record, records[i].address, e);
		}
	}
	*ret = edits;
	return 0;
}

int zone_plan(const struct zone *zone, struct zone_update *updates, size_t n_updates,
	      const struct zone_policy *policy, struct zone_edits *ret)
{
	struct wanted *records = calloc(zone->n_records + 1, sizeof *records);
	struct wanted *blocks = calloc(zone->n_blocks + 1, sizeof *blocks);
	int r = -ENOMEM;

	if (records && blocks) {
		for (size_t i = 0; i < n_updates; i++)
			plan_update(zone, &updates[i], policy, records, blocks);
		r = collect_edits(zone, records, blocks, ret);
	}
	free(records);
	free(blocks);
	return r;
}

void zone_edits_release(struct zone_edits *edits)
{
	free(edits->at);
	*edits = ZONE_EDITS_NONE;
}

/* --- the new text ------------------------------------------------------------------ */

/* Compares everything that must not have changed, byte for byte. */
static bool rest_is_same(const char *old, size_t old_size, const char *new, size_t new_size,
			 const struct zone_edits *edits)
{
	size_t i = 0, k = 0;

	for (size_t e = 0; e <= edits->n; e++) {
		const struct zone_edit *edit = e < edits->n ? &edits->at[e] : NULL;
		size_t stop = edit ? edit->span.at : old_size;

		if (stop < i || stop > old_size || stop - i > new_size - k ||
		    memcmp(old + i, new + k, stop - i) != 0)
			return false;
		k += stop - i;
		i = stop;
		if (!edit)
			break;
		if (edit->length > new_size - k || memcmp(new + k, edit->text, edit->length) != 0)
			return false;
		i += edit->span.size;
		k += edit->length;
	}
	return i == old_size && k == new_size;
}

static bool record_is_same(const struct zone_record *old, const struct zone_record *new,
			   const struct zone_edit *edit)
{
	return new->type == old->type &&new->family == old->family &&new->line ==
		       old->line &&new->ttl == old->ttl &&new->name.size ==
		       old->name.size &&new->field.size ==
		       (edit ? edit->length : old->field.size) &&
	       memcmp(new->address, edit ? edit->address : old->address, sizeof old->address) == 0;
}

static bool zone_is_same(const struct zone *old, const struct zone *new,
			 const struct zone_edits *edits)
{
	size_t e = 0;

	if (new->n_blocks != old->n_blocks || new->n_keys != old->n_keys ||
	    new->n_records != old->n_records || new->n_options != old->n_options)
		return false;
	for (size_t b = 0; b < old->n_blocks; b++) {
		const struct zone_block *was = &old->blocks[b], *is = &new->blocks[b];

		if (e < edits->n && !edits->at[e].is_record && edits->at[e].index == b)
			e++;
		if (is->line != was->line || is->first_key != was->first_key ||
		    is->n_keys != was->n_keys || is->first_record != was->first_record ||
		    is->n_records != was->n_records)
			return false;
		for (size_t i = was->first_record; i < was->first_record + was->n_records; i++) {
			const struct zone_edit *edit = NULL;

			if (e < edits->n && edits->at[e].is_record && edits->at[e].index == i)
				edit = &edits->at[e++];
			if (!record_is_same(&old->records[i], &new->records[i], edit))
				return false;
		}
	}
	for (size_t i = 0; i < old->n_keys; i++) {
		if (memcmp(old->keys[i].key, new->keys[i].key, DYNDNS_KEY_SIZE) != 0)
			return false;
	}
	return e == edits->n;
}

int zone_splice(const char *bytes, size_t size, const struct zone *zone, const char *types,
		const struct zone_edits *edits, char **ret, size_t *ret_size)
{
	struct zone again = ZONE_NONE;
	size_t new_size = size, at = 0, used = 0;
	char *new;
	int r;

	for (size_t i = 0; i < edits->n; i++)
		new_size = new_size - edits->at[i].span.size + edits->at[i].length;
	if (new_size > ZONE_SIZE_MAX)
		return -EFBIG;
	new = malloc(new_size + 1);
	if (!new)
		return -ENOMEM;
	for (size_t i = 0; i < edits->n; i++) {
		const struct zone_edit *e = &edits->at[i];

		memcpy(new + used, bytes + at, e->span.at - at);
		used += e->span.at - at;
		memcpy(new + used, e->text, e->length);
		used += e->length;
		at = e->span.at + e->span.size;
	}
	memcpy(new + used, bytes + at, size - at);
	new[new_size] = '\0';

	r = zone_parse(new, new_size, types, NULL, NULL, &again);
	if (r == 0 && (!rest_is_same(bytes, size, new, new_size, edits) ||
		       !zone_is_same(zone, &again, edits)))
		r = -EBADMSG;
	zone_release(&again);
	if (r < 0) {
		free(new);
		return r;
	}
	*ret = new;
	*ret_size = new_size;
	return 0;
}
