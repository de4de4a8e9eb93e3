/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --check: prints what a zone file means to dyndnsd. */
#include "check.h"

#include "file.h"
#include "format.h"
#include "keys.h"
#include "log.h"
#include "zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checking {
	const char *path;
	size_t warnings;
};

static void print_problem(void *userdata, unsigned line, const char *what)
{
	struct checking *c = userdata;

	c->warnings++;
	(void)format_print(STDOUT_FILENO, "%s:%u: warning: %s\n", c->path, line, what);
}

static void print_options(const struct zone_options *o)
{
	char text[DYNDNS_ADDRESS_TEXT];

	if (o->disabled)
		(void)format_print(STDOUT_FILENO, " off");
	for (size_t i = 0; i < o->n_allow; i++) {
		bool mapped = dyndns_is_mapped(o->allow[i].address);

		(void)format_print(STDOUT_FILENO, " allow=%s/%d",
				   dyndns_address_text(o->allow[i].address, text),
				   o->allow[i].prefix_length - (mapped ? 96 : 0));
	}
	if (o->families != 3)
		(void)format_print(STDOUT_FILENO, " family=%s",
				   o->families & 1 << DYNDNS_IPV4   ? "4"
				   : o->families & 1 << DYNDNS_IPV6 ? "6"
								    : "none");
	if (o->require_v2)
		(void)format_print(STDOUT_FILENO, " require=v2");
	(void)format_print(STDOUT_FILENO, o->confirm > 1 ? " confirm=%u\n" : "\n", o->confirm);
}

static void print_record(const char *path, const char *bytes, const struct zone_record *record)
{
	char address[DYNDNS_ADDRESS_TEXT], name[LOG_ESCAPED_SIZE], escaped[LOG_ESCAPED_SIZE];

	(void)format_text(
		name, sizeof name, "%.*s",
		(int)(record->name.size < sizeof name ? record->name.size : sizeof name - 1),
		bytes + record->name.at);
	(void)format_print(STDOUT_FILENO, "%s:%u:   %c%s %s\n", path, record->line, record->type,
			   log_escape(name, escaped),
			   dyndns_address_text(record->address, address));
}

static void print_zone(const char *path, const char *bytes, const struct zone *zone,
		       const struct keys *keys)
{
	for (size_t b = 0; b < zone->n_blocks; b++) {
		const struct zone_block *block = &zone->blocks[b];

		(void)format_print(STDOUT_FILENO, "%s:%u: block, timestamp %.*s\n", path,
				   block->line,
				   (int)(block->field.size < 64 ? block->field.size : 64),
				   bytes + block->field.at);
		for (uint32_t i = block->first_key; i < block->first_key + block->n_keys; i++) {
			/* Never NULL where there are keys. NOLINTNEXTLINE(clang-analyzer-*) */
			const struct key_entry *key = &keys->entries[keys->of_key[i]];

			(void)format_print(STDOUT_FILENO, "%s:%u:   key %.*s", path, block->line,
					   (int)sizeof key->id, key->id);
			print_options(&zone->options[zone->keys[i].options]);
		}
		for (uint32_t i = 0; i < block->n_records; i++)
			print_record(path, bytes, &zone->records[block->first_record + i]);
	}
}

int check_zone(const char *path, const char *types)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct checking checking = { .path = path };
	struct zone zone = ZONE_NONE;
	struct keys keys = KEYS_NONE;
	char *bytes = NULL;
	size_t size = 0;
	int r;

	r = file_read(AT_FDCWD, path, ZONE_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = zone_parse(bytes, size, types, print_problem, &checking, &zone);
	if (r == 0)
		r = keys_build(&zone, &keys);
	if (r < 0) {
		log_failure(r, "cannot read the zone '%s'", log_escape(path, escaped));
	} else {
		print_zone(path, bytes, &zone, &keys);
		/* Checking the last line is enough: if an earlier write failed, so does this one. */
		r = format_print(STDOUT_FILENO,
				 "%s: %zu blocks, %zu keys, %zu addresses, %zu warnings\n", path,
				 zone.n_blocks, keys.n, zone.n_records, checking.warnings);
		if (r < 0)
			log_failure(r, "cannot print");
	}
	keys_release(&keys);
	zone_release(&zone);
	free(bytes);
	return r < 0 ? r : checking.warnings > 0;
}
