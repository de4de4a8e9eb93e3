/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GUID partition table. */
#include "disk/gpt.h"

#include "versions.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ENTRY_SIZE  128
#define TABLE_SIZE  ((size_t)GPT_ENTRIES * ENTRY_SIZE)
#define HEADER_SIZE 92 /* of the revision 1.0 */
#define REVISION    0x00010000

/* Where the parts are in the first table, in sectors. */
#define HEADER_SECTOR 1
#define TABLE_SECTOR  2

/* What a BIOS would see: one partition of this type over the whole disk. */
#define MBR_PARTITION 446
#define MBR_GPT       0xee

_Static_assert(GPT_HEAD_SIZE == TABLE_SECTOR * GPT_SECTOR + TABLE_SIZE,
	       "the head ends with the table");
_Static_assert(GPT_TAIL_SIZE == TABLE_SIZE + GPT_SECTOR, "the tail is the table and the header");

/* UEFI's names: MyLBA, AlternateLBA, FirstUsableLBA, … */
enum {
	HEADER_REVISION = 8,
	HEADER_HEADER_SIZE = 12,
	HEADER_CRC = 16,
	HEADER_OWN_SECTOR = 24,
	HEADER_OTHER_SECTOR = 32,
	HEADER_FIRST_USABLE = 40,
	HEADER_LAST_USABLE = 48,
	HEADER_UUID = 56,
	HEADER_TABLE_SECTOR = 72,
	HEADER_ENTRIES = 80,
	HEADER_ENTRY_SIZE = 84,
	HEADER_TABLE_CRC = 88,
};
static const char magic[] = "EFI PART";

enum {
	ENTRY_TYPE = 0,
	ENTRY_UUID = 16,
	ENTRY_FIRST = 32, /* sector */
	ENTRY_LAST = 40,
	ENTRY_ATTRIBUTES = 48,
	ENTRY_LABEL = 56,
};

static uint32_t get32(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return le32toh(value);
}

static uint64_t get64(const unsigned char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof value);
	return le64toh(value);
}

static void put32(unsigned char *bytes, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes, &value, sizeof value);
}

static void put64(unsigned char *bytes, uint64_t value)
{
	value = htole64(value);
	memcpy(bytes, &value, sizeof value);
}

/* That of ISO 3309, which UEFI asks for. */
static uint32_t crc32(const unsigned char *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The CRC of a header is counted with zeros in its own place. */
static uint32_t header_crc(const unsigned char *header, size_t size)
{
	unsigned char copy[GPT_SECTOR];

	memcpy(copy, header, size);
	put32(copy + HEADER_CRC, 0);
	return crc32(copy, size);
}

static uint64_t align(uint64_t offset)
{
	return (offset + GPT_ALIGNMENT - 1) / GPT_ALIGNMENT * GPT_ALIGNMENT;
}

static uint64_t end_of(const struct gpt *gpt)
{
	const struct gpt_partition *last = gpt->n ? &gpt->partitions[gpt->n - 1] : NULL;

	return last ? last->offset + last->size : GPT_HEAD_SIZE;
}

struct gpt_partition *gpt_add(struct gpt *gpt, const struct partition_type *type,
			      enum partition_role role, uint64_t size)
{
	static const char *const suffixes[PARTITION_ROLES] = {
		[PARTITION_OTHER] = "",
		[PARTITION_ROOT] = "",
		[PARTITION_VERITY] = "-verity",
		[PARTITION_SIGNATURE] = "-verity-sig",
	};
	struct gpt_partition *p = &gpt->partitions[gpt->n];

	*p = (struct gpt_partition){ .number = gpt->n + 1,
				     .type = type,
				     .role = role,
				     .offset = align(end_of(gpt)),
				     .size = (size + GPT_SECTOR - 1) / GPT_SECTOR * GPT_SECTOR,
				     .attributes = GPT_READ_ONLY };
	(void)snprintf(p->label, sizeof p->label, "root-%s%s", type->architecture, suffixes[role]);
	gpt->n++;
	return p;
}

uint64_t gpt_image_size(const struct gpt *gpt)
{
	return align(end_of(gpt) + GPT_TAIL_SIZE);
}

static void format_table(const struct gpt *gpt, unsigned char *table)
{
	for (unsigned i = 0; i < gpt->n; i++) {
		const struct gpt_partition *p = &gpt->partitions[i];
		unsigned char *entry = table + (size_t)i * ENTRY_SIZE;
		const struct uuid type = uuid_of(p->type->uuids[p->role]);

		uuid_to_gpt(&type, entry + ENTRY_TYPE);
		uuid_to_gpt(&p->uuid, entry + ENTRY_UUID);
		put64(entry + ENTRY_FIRST, p->offset / GPT_SECTOR);
		put64(entry + ENTRY_LAST, (p->offset + p->size) / GPT_SECTOR - 1);
		put64(entry + ENTRY_ATTRIBUTES, p->attributes);
		for (size_t c = 0; p->label[c]; c++)
			entry[ENTRY_LABEL + 2 * c] = (unsigned char)p->label[c];
	}
}

static void format_header(const struct gpt *gpt, const unsigned char *table, uint64_t sector,
			  uint64_t other_sector, uint64_t table_sector, unsigned char *header)
{
	uint64_t last = sector > other_sector ? sector : other_sector;

	memcpy(header, magic, sizeof magic - 1);
	put32(header + HEADER_REVISION, REVISION);
	put32(header + HEADER_HEADER_SIZE, HEADER_SIZE);
	put64(header + HEADER_OWN_SECTOR, sector);
	put64(header + HEADER_OTHER_SECTOR, other_sector);
	put64(header + HEADER_FIRST_USABLE, GPT_HEAD_SIZE / GPT_SECTOR);
	put64(header + HEADER_LAST_USABLE, last - GPT_TAIL_SIZE / GPT_SECTOR);
	uuid_to_gpt(&gpt->uuid, header + HEADER_UUID);
	put64(header + HEADER_TABLE_SECTOR, table_sector);
	put32(header + HEADER_ENTRIES, GPT_ENTRIES);
	put32(header + HEADER_ENTRY_SIZE, ENTRY_SIZE);
	put32(header + HEADER_TABLE_CRC, crc32(table, TABLE_SIZE));
	put32(header + HEADER_CRC, header_crc(header, HEADER_SIZE));
}

static void format_mbr(unsigned char *mbr, uint64_t sectors)
{
	static const unsigned char first[] = { 0, 0, 2, 0 }, last[] = { MBR_GPT, 255, 255, 255 };

	memcpy(mbr + MBR_PARTITION, first, sizeof first); /* cylinder 0, head 0, sector 2 */
	memcpy(mbr + MBR_PARTITION + 4, last, sizeof last);
	put32(mbr + MBR_PARTITION + 8, HEADER_SECTOR);
	put32(mbr + MBR_PARTITION + 12,
	      sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)sectors - 1);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
}

void gpt_format(const struct gpt *gpt, unsigned char ret_head[static GPT_HEAD_SIZE],
		unsigned char ret_tail[static GPT_TAIL_SIZE])
{
	uint64_t sectors = gpt_image_size(gpt) / GPT_SECTOR;
	unsigned char *table = ret_head + TABLE_SECTOR * GPT_SECTOR;

	memset(ret_head, 0, GPT_HEAD_SIZE);
	memset(ret_tail, 0, GPT_TAIL_SIZE);
	format_mbr(ret_head, sectors);
	format_table(gpt, table);
	format_header(gpt, table, HEADER_SECTOR, sectors - 1, TABLE_SECTOR,
		      ret_head + HEADER_SECTOR * GPT_SECTOR);
	memcpy(ret_tail, table, TABLE_SIZE);
	format_header(gpt, table, sectors - 1, HEADER_SECTOR, sectors - GPT_TAIL_SIZE / GPT_SECTOR,
		      ret_tail + TABLE_SIZE);
}

/* --- reading --- */

static bool has_mbr(const unsigned char *mbr)
{
	if (mbr[510] != 0x55 || mbr[511] != 0xaa)
		return false;
	for (const unsigned char *p = mbr + MBR_PARTITION; p < mbr + 510; p += 16)
		if (p[4] == MBR_GPT && get32(p + 8) == HEADER_SECTOR)
			return true;
	return false;
}

static bool is_whole(const unsigned char *header, const unsigned char *table, uint64_t sector,
		     uint64_t table_sector, uint64_t sectors)
{
	uint32_t size = get32(header + HEADER_HEADER_SIZE),
		 entries = get32(header + HEADER_ENTRIES);
	uint64_t first = get64(header + HEADER_FIRST_USABLE),
		 last = get64(header + HEADER_LAST_USABLE);

	return memcmp(header, magic, sizeof magic - 1) == 0 && size >= HEADER_SIZE &&
	       size <= GPT_SECTOR && get32(header + HEADER_CRC) == header_crc(header, size) &&
	       get64(header + HEADER_OWN_SECTOR) == sector && first <= last && last < sectors &&
	       !(first < sector && sector < last) && /* refused by libblkid only */
	       get64(header + HEADER_TABLE_SECTOR) == table_sector &&
	       get32(header + HEADER_ENTRY_SIZE) == ENTRY_SIZE && entries > 0 &&
	       entries <= GPT_ENTRIES &&
	       get32(header + HEADER_TABLE_CRC) == crc32(table, (size_t)entries * ENTRY_SIZE);
}

static void parse_label(const unsigned char *label, char *ret)
{
	for (size_t i = 0; i < GPT_LABEL_SIZE - 1; i++, label += 2) {
		ret[i] = label[0] < 128 && label[1] == 0 ? (char)label[0] : '?';
		if (ret[i] == '\0')
			return;
	}
	ret[GPT_LABEL_SIZE - 1] = '\0';
}

static void parse_entry(struct gpt *gpt, const unsigned char *header, const unsigned char *entry,
			unsigned number)
{
	const struct uuid type = uuid_from_gpt(entry + ENTRY_TYPE);
	uint64_t first = get64(entry + ENTRY_FIRST), last = get64(entry + ENTRY_LAST);
	struct gpt_partition *p = &gpt->partitions[gpt->n];

	if (uuid_is_null(&type))
		return;
	if (first > last || first < get64(header + HEADER_FIRST_USABLE) ||
	    last > get64(header + HEADER_LAST_USABLE)) {
		gpt->outside = gpt->outside ? gpt->outside : number;
		return;
	}
	*p = (struct gpt_partition){ .number = number,
				     .uuid = uuid_from_gpt(entry + ENTRY_UUID),
				     .offset = first * GPT_SECTOR,
				     .size = (last - first + 1) * GPT_SECTOR,
				     .attributes = get64(entry + ENTRY_ATTRIBUTES) };
	p->type = partition_type_of(&type, &p->role);
	parse_label(entry + ENTRY_LABEL, p->label);
	for (unsigned i = 0; i < gpt->n; i++) {
		const struct gpt_partition *other = &gpt->partitions[i];

		if (p->offset < other->offset + other->size && other->offset < p->offset + p->size)
			gpt->overlapping = gpt->overlapping ? gpt->overlapping : number;
	}
	gpt->n++;
}

int gpt_parse(const unsigned char head[static GPT_HEAD_SIZE],
	      const unsigned char tail[static GPT_TAIL_SIZE], uint64_t image_size, struct gpt *ret)
{
	uint64_t sectors = image_size / GPT_SECTOR;
	const unsigned char *header = head + HEADER_SECTOR * GPT_SECTOR;
	const unsigned char *table = head + TABLE_SECTOR * GPT_SECTOR;
	const unsigned char *last_header = tail + TABLE_SIZE;

	if (!has_mbr(head))
		return -ENXIO;
	*ret = (struct gpt){
		.first_damaged = !is_whole(header, table, HEADER_SECTOR, TABLE_SECTOR, sectors),
		.last_damaged = !is_whole(last_header, tail, sectors - 1,
					  sectors - GPT_TAIL_SIZE / GPT_SECTOR, sectors),
	};
	if (ret->first_damaged && ret->last_damaged)
		return -EBADMSG;
	ret->differ = !ret->first_damaged && !ret->last_damaged &&
		      (memcmp(table, tail, TABLE_SIZE) != 0 ||
		       memcmp(header + HEADER_FIRST_USABLE, last_header + HEADER_FIRST_USABLE,
			      HEADER_TABLE_SECTOR - HEADER_FIRST_USABLE) != 0);
	if (ret->first_damaged) {
		header = last_header;
		table = tail;
	}
	ret->uuid = uuid_from_gpt(header + HEADER_UUID);
	for (unsigned i = 0; i < get32(header + HEADER_ENTRIES); i++)
		parse_entry(ret, header, table + (size_t)i * ENTRY_SIZE, i + 1);
	return 0;
}

/* How well it serves: 3, of this machine; 2, of another; 1, for Linux in general; 0, not at all. */
static unsigned rank(const struct gpt_partition *p, enum partition_role role,
		     const char *architecture, const struct uuid *uuid)
{
	if (!p->type || p->role != role || p->attributes & GPT_NO_AUTO ||
	    (uuid && !uuid_equal(&p->uuid, uuid)))
		return 0;
	return strcmp(p->type->architecture, architecture) == 0 ? 3
	       : p->type->architecture[0]                       ? 2
								: 1;
}

const struct gpt_partition *gpt_find(const struct gpt *gpt, enum partition_role role,
				     const char *architecture, const struct uuid *uuid)
{
	const struct gpt_partition *best = NULL;
	unsigned best_rank = 0;
	bool only = true;

	for (unsigned i = 0; i < gpt->n; i++) {
		const struct gpt_partition *p = &gpt->partitions[i];
		unsigned r = rank(p, role, architecture, uuid);

		if (r == 0 || r < best_rank)
			continue;
		only = r > best_rank;
		if (only || (p->type == best->type && version_compare(p->label, best->label) > 0))
			best = p;
		best_rank = r;
	}
	/* Of two for Linux in general neither counts. */
	return best_rank == 1 && !only ? NULL : best;
}

unsigned gpt_architectures(const struct gpt *gpt, const char *ret[static GPT_ENTRIES])
{
	unsigned n = 0, before;

	for (unsigned i = 0; i < gpt->n; i++) {
		const struct gpt_partition *p = &gpt->partitions[i];

		if (!p->type || p->role != PARTITION_ROOT || !p->type->architecture[0] ||
		    p->attributes & GPT_NO_AUTO)
			continue;
		for (before = 0; before < n && ret[before] != p->type->architecture;)
			before++;
		if (before == n)
			ret[n++] = p->type->architecture;
	}
	return n;
}
