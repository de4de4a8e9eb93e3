/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other programs read: a hosts file, a small zone, and JSON. */
#include "outputs.h"

#include "elements.h"
#include "fd.h"
#include "file.h"
#include "number.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 1035, 2.3.4: octets on the wire, of a name without the root, and of a label. */
#define NAME_SIZE_MAX 254
#define LABEL_MAX     63

static const char serial_mark[] = " ; serial\n";

/* --- names --------------------------------------------------------------------------- */

/* As on the wire: each label after its length. The root, which ends it, is left out. */
struct name {
	uint8_t bytes[NAME_SIZE_MAX];
	size_t size;
};

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/*
 * Takes a character, which may be a backslash and one to three octal digits, or a
 * backslash and any byte. A backslash is not the last character.
 */
static uint8_t next_byte(const char **text, const char *end)
{
	unsigned value = 0, digits = 0;
	const char *p = *text;

	if (*p == '\\') {
		for (p++; digits < 3 && p < end && is_octal(*p); digits++)
			value = value << 3 | (unsigned)(*p++ - '0');
	}
	if (digits == 0)
		value = (uint8_t)*p++;
	*text = p;
	return (uint8_t)value;
}

/*
 * Adds the labels of a text as dns_domain_fromdot() of djbdns does: empty ones are
 * nothing. Returns false for a name that is too long.
 */
static bool name_add(struct name *name, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		size_t start = name->size;

		while (text < end && *text != '.' && !(*text == '\\' && text + 1 == end)) {
			uint8_t byte = next_byte(&text, end);

			if (name->size == start)
				name->size++; /* for the length */
			if (name->size >= sizeof name->bytes || name->size - start > LABEL_MAX)
				return false;
			name->bytes[name->size++] = byte;
		}
		if (name->size > start)
			name->bytes[start] = (uint8_t)(name->size - start - 1);
		text++; /* the point, or a last backslash */
	}
	return true;
}

/*
 * Makes the name that tinydns serves the record's address for. Returns false for a
 * record that is not for everybody, or that has no valid name.
 */
static bool read_name(const struct output_source *source, const struct zone_record *record,
		      struct name *ret)
{
	const char *server = source->bytes + record->server.at;
	struct name name = { .size = 0 };

	if (record->restricted)
		return false;
	if (strchr("@.&", record->type)) {
		/* One without a point is a name below: "a" is "a.ns.FQDN". */
		if (!name_add(&name, server, record->server.size))
			return false;
		if (!memchr(server, '.', record->server.size) &&
		    !(name_add(&name, record->type == '@' ? "mx" : "ns", 2) &&
		      name_add(&name, source->bytes + record->name.at, record->name.size)))
			return false;
	} else if (!name_add(&name, source->bytes + record->name.at, record->name.size)) {
		return false;
	}
	*ret = name;
	return true;
}

/* Writes a label, with escapes where RFC 1035, 5.1, has them. */
static void add_label(struct text *text, const uint8_t *label, size_t size)
{
	bool wildcard = size == 1 && label[0] == '*';

	for (size_t i = 0; i < size; i++)
		text_add(text, wildcard || is_name_character((char)label[i]) ? "%c" : "\\%03u",
			 label[i]);
}

/* Writes the first size bytes of a name, without a point at its end. */
static void add_name(struct text *text, const struct name *name, size_t size)
{
	for (size_t at = 0; at < size; at += (size_t)name->bytes[at] + 1) {
		if (at > 0)
			text_add(text, ".");
		add_label(text, name->bytes + at + 1, name->bytes[at]);
	}
}

/* Whether it can stand in a hosts file, which knows no escapes and no wildcards. */
static bool is_host_name(const struct name *name)
{
	for (size_t at = 0; at < name->size; at += (size_t)name->bytes[at] + 1) {
		for (size_t i = 1; i <= name->bytes[at]; i++) {
			if (!is_name_character((char)name->bytes[at + i]))
				return false;
		}
	}
	return name->size > 0;
}

bool output_is_name(const char *text, size_t size)
{
	struct name name = { .size = 0 };

	/* No empty labels: each point stands for a length, and one more is in front. */
	return name_add(&name, text, size) && name.size == size + 1 && is_host_name(&name);
}

/* --- the texts ----------------------------------------------------------------------- */

int output_hosts(const struct output_source *source, char **ret, size_t *ret_size)
{
	struct text text = TEXT_EMPTY;
	char address[DYNDNS_ADDRESS_TEXT];

	text_add(&text, "# made by dyndnsd, which writes it anew\n");
	for (size_t i = 0; i < source->zone->n_records; i++) {
		const struct zone_record *record = &source->zone->records[i];
		struct name name;

		if (!read_name(source, record, &name) || !is_host_name(&name))
			continue;
		text_add(&text, "%s ", dyndns_address_text(record->address, address));
		add_name(&text, &name, name.size);
		text_add(&text, "\n");
	}
	return text_finish(&text, ret, ret_size);
}

/*
 * Sets *ret_size to the size of what stands before the origin. Returns false for a name
 * that is not below it.
 */
static bool is_below(const struct name *name, const struct name *origin, size_t *ret_size)
{
	size_t at = 0;

	while (name->size - at > origin->size)
		at += (size_t)name->bytes[at] + 1;
	*ret_size = at;
	/* The origin has no NUL, at which the comparison would end. */
	return name->size - at == origin->size &&
	       strncasecmp((const char *)name->bytes + at, (const char *)origin->bytes,
			   origin->size) == 0;
}

int output_zone(const struct output_source *source, uint32_t serial, char **ret, size_t *ret_size)
{
	struct text text = TEXT_EMPTY;
	char address[DYNDNS_ADDRESS_TEXT];
	struct name origin = { .size = 0 };

	(void)name_add(&origin, source->origin, strlen(source->origin)); /* a valid one */
	text_add(&text,
		 "; made by dyndnsd, which writes it anew\n"
		 "$ORIGIN %s.\n"
		 "$TTL %u\n"
		 "@ IN SOA %s hostmaster (\n"
		 "\t%u%s"
		 "\t3600 600 604800 %u )\n"
		 "@ IN NS %s\n",
		 source->origin, (unsigned)OUTPUT_TTL, source->nameserver, serial, serial_mark,
		 (unsigned)OUTPUT_TTL, source->nameserver);
	for (size_t i = 0; i < source->zone->n_records; i++) {
		const struct zone_record *record = &source->zone->records[i];
		struct name name;
		size_t size;

		if (!read_name(source, record, &name) || !is_below(&name, &origin, &size))
			continue;
		add_name(&text, &name, size);
		text_add(&text, size == 0 ? "@ " : " ");
		if (record->ttl > 0)
			text_add(&text, "%u ", record->ttl);
		text_add(&text, "IN %s %s\n", record->family == DYNDNS_IPV4 ? "A" : "AAAA",
			 dyndns_address_text(record->address, address));
	}
	return text_finish(&text, ret, ret_size);
}

uint32_t output_zone_serial(const char *text, size_t size)
{
	const size_t length = sizeof serial_mark - 1;
	const char *mark = text, *start;
	uint64_t serial;

	while (size - (size_t)(mark - text) > length && memcmp(mark, serial_mark, length) != 0)
		mark++;
	start = mark;
	while (start > text && start[-1] >= '0' && start[-1] <= '9')
		start--;
	if (parse_uint_bytes(start, (size_t)(mark - start), 0, UINT32_MAX, &serial) < 0)
		return 0;
	return (uint32_t)serial;
}

static void add_json_text(struct text *text, const char *bytes, size_t size)
{
	text_add(text, "\"");
	for (size_t i = 0; i < size; i++) {
		uint8_t c = (uint8_t)bytes[i];

		/* A name is bytes; each becomes the character of that number. */
		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			text_add(text, "\\u%04x", c);
		else
			text_add(text, "%c", c);
	}
	text_add(text, "\"");
}

/* With two decimals; a time, or the difference of two. */
static void add_seconds(struct text *text, double seconds)
{
	double positive = seconds < 0 ? -seconds : seconds;
	uint64_t hundredths = (uint64_t)(positive * 100 + 0.5);
	char buffer[DYNDNS_TIMESTAMP_TEXT];

	text_add(text, "%s%s", seconds < 0 && hundredths > 0 ? "-" : "",
		 dyndns_timestamp_text(hundredths, buffer));
}

static void add_json_key(struct text *text, const struct output_source *source, uint32_t key,
			 uint8_t family)
{
	const struct key_entry *entry = &source->keys->entries[source->keys->of_key[key]];
	const struct state_key *known = state_find(source->state, entry->id);

	text_add(text, "{\"id\":\"%.*s\",\"last\":", (int)sizeof entry->id, entry->id);
	if (known && known->family[family].version > 0) {
		add_seconds(text, known->family[family].seen);
		text_add(text, ",\"age\":");
		add_seconds(text, source->now - known->family[family].seen);
		text_add(text, "}");
	} else {
		text_add(text, "null,\"age\":null}");
	}
}

int output_status(const struct output_source *source, char **ret, size_t *ret_size)
{
	const struct zone *zone = source->zone;
	struct text text = TEXT_EMPTY;
	char address[DYNDNS_ADDRESS_TEXT];
	const char *comma = "";

	text_add(&text, "{\"time\":");
	add_seconds(&text, source->now);
	text_add(&text, ",\"names\":[");
	for (size_t b = 0; b < zone->n_blocks; b++) {
		const struct zone_block *block = &zone->blocks[b];

		for (uint32_t i = 0; i < block->n_records; i++) {
			const struct zone_record *record = &zone->records[block->first_record + i];

			text_add(&text, "%s\n{\"name\":", comma);
			add_json_text(&text, source->bytes + record->name.at, record->name.size);
			text_add(&text,
				 ",\"type\":\"%s\",\"address\":\"%s\",\"line\":%u,\"keys\":[",
				 record->family == DYNDNS_IPV4 ? "A" : "AAAA",
				 dyndns_address_text(record->address, address), record->line);
			for (uint32_t k = 0; k < block->n_keys; k++) {
				if (k > 0)
					text_add(&text, ",");
				add_json_key(&text, source, block->first_key + k, record->family);
			}
			text_add(&text, "]}");
			comma = ",";
		}
	}
	text_add(&text, "]}\n");
	return text_finish(&text, ret, ret_size);
}

/* --- files --------------------------------------------------------------------------- */

/* Opens the directory of a path; *ret_name points into path. */
static int open_parent(const char *path, int *ret_fd, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".";

	if (slash) {
		size_t length = slash == path ? 1 : (size_t)(slash - path);

		if (length >= sizeof directory)
			return -ENAMETOOLONG;
		memcpy(directory, path, length);
		directory[length] = '\0';
	}
	*ret_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0)
		return -errno;
	*ret_name = slash ? slash + 1 : path;
	return 0;
}

/* World-readable whatever the umask, because other programs read them. */
static int write_if_changed(int directory_fd, const char *name, const char *text, size_t size)
{
	char *old = NULL;
	size_t old_size = 0;
	bool same = file_read(directory_fd, name, ZONE_SIZE_MAX, &old, &old_size) == 0 &&
		    old_size == size && memcmp(old, text, size) == 0;

	free(old);
	return same ? 0 : file_replace(directory_fd, name, text, size, 0644);
}

static int write_zone(const char *path, const struct output_source *source)
{
	CLEANUP_FD int directory_fd = -1;
	const char *name = NULL;
	char *text = NULL, *old = NULL;
	size_t size = 0, old_size = 0;
	uint32_t serial = 0;
	bool same;
	int r;

	r = open_parent(path, &directory_fd, &name);
	if (r < 0)
		return r;
	/* With the old serial first: it rises only if something else differs. */
	if (file_read(directory_fd, name, ZONE_SIZE_MAX, &old, &old_size) == 0)
		serial = output_zone_serial(old, old_size);
	r = output_zone(source, serial, &text, &size);
	same = r == 0 && serial > 0 && size == old_size && memcmp(text, old, size) == 0;
	free(old);
	if (r < 0)
		return r;
	if (!same) {
		double now = source->now > 0 && source->now < UINT32_MAX ? source->now : 0;

		free(text);
		serial = now > serial ? (uint32_t)now : serial + 1;
		r = output_zone(source, serial, &text, &size);
		if (r < 0)
			return r;
		r = file_replace(directory_fd, name, text, size, 0644);
	}
	free(text);
	return r;
}

static int write_hosts(const char *path, const struct output_source *source)
{
	CLEANUP_FD int directory_fd = -1;
	char *text = NULL;
	size_t size = 0;
	int r;

	directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return -errno;
	r = output_hosts(source, &text, &size);
	if (r == 0)
		r = write_if_changed(directory_fd, OUTPUT_HOSTS_NAME, text, size);
	free(text);
	return r;
}

static int write_status(const char *path, const struct output_source *source)
{
	CLEANUP_FD int directory_fd = -1;
	const char *name = NULL;
	char *text = NULL;
	size_t size = 0;
	int r;

	r = open_parent(path, &directory_fd, &name);
	if (r == 0)
		r = output_status(source, &text, &size);
	if (r == 0)
		r = file_replace(directory_fd, name, text, size, 0644);
	free(text);
	return r;
}

int outputs_write(const struct output_paths *paths, const struct output_source *source,
		  const char **ret_path)
{
	const struct {
		const char *path;
		int (*write)(const char *path, const struct output_source *source);
	} outputs[] = {
		{ paths->hosts, write_hosts },
		{ paths->zone, write_zone },
		{ paths->status, write_status },
	};
	int result = 0;

	for (size_t i = 0; i < ELEMENTS(outputs); i++) {
		int r = outputs[i].path ? outputs[i].write(outputs[i].path, source) : 0;

		if (r < 0 && result == 0) {
			*ret_path = outputs[i].path;
			result = r;
		}
	}
	return result;
}
