/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are a zone file: the reader must neither crash nor read astray,
 * whatever an update makes of them has to pass the splicer's own check, and any name
 * goes to the outputs.
 */
#include "../../services/dyndnsd/id-hash.c"
#include "../../services/dyndnsd/order.c"
#include "../../services/dyndnsd/outputs.c"
#include "../../services/dyndnsd/state.c"
#include "../../services/dyndnsd/text.c"
#include "../../services/dyndnsd/zone.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect_inside(const struct zone_span *span, size_t size)
{
	assert(span->at <= size && span->size <= size - span->at);
}

static bool take_all(void *userdata, const struct zone *zone, const struct zone_block *block,
		     const struct zone_update *update)
{
	(void)userdata;
	(void)zone;
	(void)block;
	(void)update;
	return true;
}

static void update_all(const char *text, size_t size, const struct zone *zone, const char *types)
{
	const struct zone_policy policy = { .update_timestamps = true, .is_ours = take_all };
	struct zone_update updates[2] = {
		{ .family = DYNDNS_IPV4, .version = 2, .confirmations = 2, .prefix_length = 128 },
		{ .family = DYNDNS_IPV6, .version = 2, .confirmations = 2, .prefix_length = 57 },
	};
	struct zone_edits edits = ZONE_EDITS_NONE;
	char *new = NULL;
	size_t new_size = 0;

	dyndns_map((const uint8_t *)"\xcb\x00\x71\xc8", updates[0].address);
	memset(updates[1].address, 0xab, sizeof updates[1].address);
	for (size_t i = 0; i < 2; i++) {
		memcpy(updates[i].key, zone->keys[size % zone->n_keys].key, DYNDNS_KEY_SIZE);
		updates[i].timestamp = 1795219200.125 + (double)i;
	}
	if (zone_plan(zone, updates, 2, &policy, &edits) < 0)
		return;
	if (zone_splice(text, size, zone, types, &edits, &new, &new_size) != 0)
		abort(); /* of our own making, it has to pass */
	free(new);
	zone_edits_release(&edits);
}

static void publish_all(const char *text, const struct zone *zone)
{
	const struct output_source source = {
		.bytes = text, .zone = zone, .origin = "a", .nameserver = "localhost."
	};
	char *made = NULL;
	size_t size = 0;

	if (output_hosts(&source, &made, &size) == 0)
		free(made);
	if (output_zone(&source, 1, &made, &size) < 0)
		return;
	assert(output_zone_serial(made, size) == 1);
	free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const types[] = { ZONE_TYPES_DEFAULT, ZONE_TYPES_ALL };
	const char *text = (const char *)bytes;

	for (size_t t = 0; t < 2; t++) {
		struct zone zone = ZONE_NONE;
		size_t end = 0;

		if (zone_parse(text, size, types[t], NULL, NULL, &zone) < 0)
			return 0;
		for (size_t b = 0; b < zone.n_blocks; b++) {
			const struct zone_block *block = &zone.blocks[b];

			expect_inside(&block->field, size);
			assert(block->field.at >= end);
			end = block->field.at + block->field.size;
			for (size_t i = 0; i < block->n_records; i++) {
				const struct zone_record *r =
					&zone.records[block->first_record + i];

				expect_inside(&r->name, size);
				expect_inside(&r->field, size);
				expect_inside(&r->server, size);
				assert(r->field.at >= end);
				end = r->field.at + r->field.size;
			}
		}
		if (zone.n_keys > 0)
			update_all(text, size, &zone, types[t]);
		publish_all(text, &zone);
		zone_release(&zone);
	}
	return 0;
}
