/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes may be a partition table, with the right checksums: it becomes partitions
 * within the image, or an error.
 */
#include "disk/gpt.c" /* so that the fuzzer sees its branches, and can make checksums */

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void copy(unsigned char *to, size_t room, const uint8_t **bytes, size_t *size)
{
	size_t n = *size < room ? *size : room;

	memcpy(to, *bytes, n);
	*bytes += n;
	*size -= n;
}

/* Makes what the fuzzer would never guess. */
static void complete(unsigned char *header, const unsigned char *table, uint64_t sector)
{
	uint32_t entries = get32(header + HEADER_ENTRIES) % (GPT_ENTRIES + 1);

	memcpy(header, magic, sizeof magic - 1);
	put32(header + HEADER_HEADER_SIZE, HEADER_SIZE);
	put64(header + HEADER_OWN_SECTOR, sector);
	put32(header + HEADER_ENTRIES, entries);
	put32(header + HEADER_ENTRY_SIZE, ENTRY_SIZE);
	put32(header + HEADER_TABLE_CRC, crc32(table, (size_t)entries * ENTRY_SIZE));
	put32(header + HEADER_CRC, header_crc(header, HEADER_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static unsigned char head[GPT_HEAD_SIZE], tail[GPT_TAIL_SIZE];
	static struct gpt gpt;
	const struct gpt_partition *p;
	const char *architectures[GPT_ENTRIES];
	uint64_t image_size;
	unsigned char what[9] = "";

	memset(head, 0, sizeof head);
	memset(tail, 0, sizeof tail);
	copy(what, sizeof what, &bytes, &size);
	image_size = get64(what + 1) >> (what[0] & 63);
	copy(head + GPT_SECTOR, sizeof head - GPT_SECTOR, &bytes, &size);
	copy(tail, sizeof tail, &bytes, &size);
	format_mbr(head, 1);
	if (what[0] & 64)
		complete(head + GPT_SECTOR, head + 2 * GPT_SECTOR, HEADER_SECTOR);
	if (what[0] & 128)
		complete(tail + TABLE_SIZE, tail, image_size / GPT_SECTOR - 1);
	if (gpt_parse(head, tail, image_size, &gpt) < 0)
		return 0;
	assert(gpt.n <= GPT_ENTRIES);
	for (p = gpt.partitions; p < gpt.partitions + gpt.n; p++) {
		assert(p->size > 0 && p->size <= image_size);
		assert(p->offset <= image_size - p->size);
		assert(strlen(p->label) < GPT_LABEL_SIZE);
		assert(p->type ? p->type->uuids[p->role] != NULL : p->role == PARTITION_OTHER);
	}
	p = gpt_find(&gpt, PARTITION_ROOT, "x86-64", NULL);
	assert(!p || p->role == PARTITION_ROOT);
	for (unsigned n = gpt_architectures(&gpt, architectures); n > 0; n--) {
		p = gpt_find(&gpt, PARTITION_ROOT, architectures[n - 1], NULL);
		assert(p && p->type->architecture == architectures[n - 1]);
	}
	return 0;
}
