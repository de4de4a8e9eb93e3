/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered of each key and address family. */
#include "state.h"

#include "format.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "dyndnsd-state 2\n";
static const char first_line_of_version_1[] = "dyndnsd-state 1\n";

/* "end ", 16 digits, newline */
#define LAST_LINE_SIZE 21

/* Half a hundredth: a time that is newer by this is also newer when rounded to hundredths. */
#define HALF_STEP 0.005

/* The first slot to look into. */
static size_t state_slot(const struct state *state, const char id[static DYNDNS_KEY_ID_SIZE])
{
	return id_hash(&state->salt, id) & (state->n_slots - 1);
}

struct state_key *state_find(const struct state *state, const char id[static DYNDNS_KEY_ID_SIZE])
{
	size_t slot;

	if (state->n == 0)
		return NULL;
	slot = state_slot(state, id);
	while (state->slots[slot] && memcmp(state->slots[slot]->id, id, DYNDNS_KEY_ID_SIZE) != 0)
		slot = (slot + 1) & (state->n_slots - 1);
	return state->slots[slot];
}

static void insert_key(struct state *state, struct state_key *key)
{
	size_t slot = state_slot(state, key->id);

	while (state->slots[slot])
		slot = (slot + 1) & (state->n_slots - 1);
	state->slots[slot] = key;
}

static int grow(struct state *state)
{
	struct state larger = { .salt = state->salt,
				.n_slots = state->n_slots ? state->n_slots * 2 : 16 };

	if (state->n * 2 < state->n_slots)
		return 0;
	if (state->n_slots == 0 && id_salt_make(&larger.salt) < 0)
		return -ENOMEM;
	larger.slots = calloc(larger.n_slots, sizeof(struct state_key *));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < state->n_slots; i++) {
		if (state->slots[i])
			insert_key(&larger, state->slots[i]);
	}
	free(state->slots);
	state->salt = larger.salt;
	state->slots = larger.slots;
	state->n_slots = larger.n_slots;
	return 0;
}

struct state_key *state_get(struct state *state, const char id[static DYNDNS_KEY_ID_SIZE])
{
	struct state_key *key = state_find(state, id);

	if (key)
		return key;
	if (grow(state) < 0)
		return NULL;
	key = calloc(1, sizeof *key);
	if (!key)
		return NULL;
	memcpy(key->id, id, sizeof key->id);
	insert_key(state, key);
	state->n++;
	return key;
}

void state_remember(struct state *state, struct state_key *key, struct zone_update *update)
{
	struct state_entry *entry = &key->family[update->family];
	bool same = entry->version > 0 && entry->prefix_length == update->prefix_length &&
		    memcmp(entry->address, update->address, sizeof entry->address) == 0;

	if (!same)
		entry->confirmations = 0;
	if (entry->confirmations < UINT8_MAX)
		entry->confirmations++;
	update->confirmations = entry->confirmations;
	memcpy(entry->address, update->address, sizeof entry->address);
	entry->prefix_length = update->prefix_length;
	entry->version = update->version;
	entry->seen = entry->wanted = update->timestamp;
	entry->pending = true;
	state->differs = true;
	if (entry->seen > entry->on_disk)
		state->must_save = true;
}

void state_raise(struct state *state, struct state_key *key, double floor)
{
	for (size_t f = 0; f < DYNDNS_FAMILIES; f++) {
		struct state_entry *entry = &key->family[f];

		if (entry->seen >= floor + HALF_STEP)
			continue;
		entry->seen = floor + HALF_STEP;
		state->differs = true;
		if (entry->seen > entry->on_disk)
			state->must_save = true;
	}
}

double state_newest(const struct state *state, double limit)
{
	double newest = 0;

	for (size_t i = 0; i < state->n_slots; i++) {
		for (size_t f = 0; state->slots[i] && f < DYNDNS_FAMILIES; f++) {
			double seen = state->slots[i]->family[f].seen;

			if (seen > newest && seen < limit)
				newest = seen;
		}
	}
	return newest;
}

/* --- the text ---------------------------------------------------------------------- */

/* Position in a line; a failure sticks. */
struct cursor {
	const char *at, *end;
	bool failed;
};

static void expect(struct cursor *c, const char *text)
{
	size_t length = strlen(text);

	if (c->failed || (size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0)
		c->failed = true;
	else
		c->at += length;
}

static void read_bytes(struct cursor *c, uint8_t *ret, size_t size)
{
	for (size_t i = 0; i < 2 * size && !c->failed; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = c->at < c->end && *c->at ? strchr(digits, *c->at) : NULL;

		if (!digit) {
			c->failed = true;
			return;
		}
		c->at++;
		ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | (digit - digits));
	}
}

static double read_time(struct cursor *c)
{
	uint8_t bytes[8] = { 0 };
	double value;

	read_bytes(c, bytes, sizeof bytes);
	value = dyndns_timestamp_read(bytes);
	if (!(value >= 0 && value <= DYNDNS_TIMESTAMP_MAX + STATE_CEILING_SECONDS))
		c->failed = true;
	return value;
}

static uint8_t read_number(struct cursor *c, unsigned max)
{
	unsigned value = 0;
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && value <= max)
		value = value * 10 + (unsigned)(*c->at++ - '0');
	if (c->at == start || value > max)
		c->failed = true;
	return (uint8_t)value;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const char *bytes, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void write_last_line(uint64_t hash, char ret[static LAST_LINE_SIZE + 1])
{
	(void)format_text(ret, LAST_LINE_SIZE + 1, "end %016jx\n", (uintmax_t)hash);
}

/* Returns 0, -EBADMSG, -ENOMEM. */
static int read_state_line(struct state *state, const char *line, size_t size)
{
	struct cursor c = { .at = line, .end = line + size };
	struct state_entry entry = { 0 };
	struct state_key *key;
	size_t family;

	if (size < DYNDNS_KEY_ID_SIZE)
		return -EBADMSG;
	c.at += DYNDNS_KEY_ID_SIZE;
	expect(&c, " ");
	family = c.at < c.end && *c.at == '6' ? DYNDNS_IPV6 : DYNDNS_IPV4;
	expect(&c, family == DYNDNS_IPV6 ? "6 " : "4 ");
	entry.seen = entry.on_disk = read_time(&c);
	expect(&c, " ");
	entry.written = read_time(&c);
	expect(&c, " ");
	read_bytes(&c, entry.address, sizeof entry.address);
	expect(&c, "/");
	entry.prefix_length = read_number(&c, 128);
	expect(&c, " ");
	entry.version = read_number(&c, 2);
	expect(&c, " ");
	entry.confirmations = read_number(&c, UINT8_MAX);
	entry.pending = c.end - c.at == (ptrdiff_t)sizeof " pending" - 1;
	expect(&c, entry.pending ? " pending" : " done");
	if (c.failed || c.at != c.end)
		return -EBADMSG;
	entry.wanted = entry.pending ? entry.written : 0;
	if (entry.pending && (entry.version == 0 || !dyndns_timestamp_is_sane(entry.written)))
		return -EBADMSG;
	key = state_get(state, line);
	if (!key)
		return -ENOMEM;
	if (entry.seen >= key->family[family].seen)
		key->family[family] = entry;
	return 0;
}

/* Takes the last line off a text of version 2. Returns false for a text that is not whole. */
static bool check_last_line(const char *bytes, size_t *size)
{
	char wanted[LAST_LINE_SIZE + 1];

	if (*size < LAST_LINE_SIZE)
		return false;
	write_last_line(hash_of(bytes, *size - LAST_LINE_SIZE), wanted);
	if (memcmp(bytes + *size - LAST_LINE_SIZE, wanted, LAST_LINE_SIZE) != 0)
		return false;
	*size -= LAST_LINE_SIZE;
	return true;
}

int state_parse(struct state *state, const char *bytes, size_t size, unsigned *ret_line)
{
	const size_t first = sizeof first_line - 1;
	unsigned line = 1;
	bool is_version_1, whole;
	int r = -EBADMSG;

	if (size == 0)
		return -ENODATA;
	is_version_1 = size >= first && memcmp(bytes, first_line_of_version_1, first) == 0;
	if (is_version_1 || (size >= first && memcmp(bytes, first_line, first) == 0))
		r = 0;
	whole = is_version_1 || check_last_line(bytes, &size);
	for (size_t at = first; r == 0 && at < size;) {
		const char *newline = memchr(bytes + at, '\n', size - at);
		size_t end = newline ? (size_t)(newline - bytes) : size;

		line++;
		r = newline ? read_state_line(state, bytes + at, end - at) : -EBADMSG;
		at = end + 1;
	}
	if (r == 0 && !whole)
		r = -EBADMSG;
	if (r == -EBADMSG)
		*ret_line = line;
	return r;
}

/* Eight bytes as a number, big endian. */
static uintmax_t number_of(const uint8_t *bytes)
{
	uintmax_t number = 0;

	for (size_t i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void add_line(struct text *text, const struct state_key *key, size_t family)
{
	const struct state_entry *entry = &key->family[family];
	uint8_t seen[8], written[8];

	dyndns_timestamp_write(entry->to_disk, seen);
	dyndns_timestamp_write(entry->pending ? entry->wanted : entry->written, written);
	text_add(text, "%.*s %c %016jx %016jx %016jx%016jx/%u %u %u %s\n", (int)sizeof key->id,
		 key->id, family == DYNDNS_IPV6 ? '6' : '4', number_of(seen), number_of(written),
		 number_of(entry->address), number_of(entry->address + 8), entry->prefix_length,
		 entry->version, entry->confirmations, entry->pending ? "pending" : "done");
}

int state_format(struct state *state, bool exact, double monotonic, char **ret, size_t *ret_size)
{
	struct text text = TEXT_EMPTY;

	text_add(&text, "%s", first_line);
	for (size_t i = 0; i < state->n_slots; i++) {
		for (size_t f = 0; state->slots[i] && f < DYNDNS_FAMILIES; f++) {
			struct state_entry *entry = &state->slots[i]->family[f];
			bool often = entry->saved_at > 0 &&
				     monotonic - entry->saved_at < STATE_CEILING_SECONDS;

			if (!(entry->seen > 0))
				continue;
			entry->to_disk = entry->seen;
			if (!exact && entry->seen <= entry->on_disk)
				entry->to_disk = entry->on_disk;
			else if (!exact && often)
				entry->to_disk = entry->seen + STATE_CEILING_SECONDS;
			add_line(&text, state->slots[i], f);
		}
	}
	if (text.bytes) {
		char last[LAST_LINE_SIZE + 1];

		write_last_line(hash_of(text.bytes, text.size), last);
		text_add(&text, "%s", last);
	}
	return text_finish(&text, ret, ret_size);
}

void state_saved(struct state *state, double monotonic)
{
	state->differs = false;
	for (size_t i = 0; i < state->n_slots; i++) {
		for (size_t f = 0; state->slots[i] && f < DYNDNS_FAMILIES; f++) {
			struct state_entry *entry = &state->slots[i]->family[f];

			if (entry->on_disk != entry->to_disk && entry->seen > 0)
				entry->saved_at = monotonic;
			entry->on_disk = entry->to_disk;
			if (entry->on_disk != entry->seen)
				state->differs = true;
		}
	}
	state->must_save = false;
}

void state_release(struct state *state)
{
	for (size_t i = 0; i < state->n_slots; i++)
		free(state->slots[i]);
	free(state->slots);
	*state = STATE_NONE;
}
