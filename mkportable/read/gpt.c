/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root partition of a GPT. */
#include "read/gpt.h"

#include "base/architecture.h"
#include "elements.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define SECTOR      512
#define ENTRY_SIZE  128 /* that all tools write */
#define ENTRIES_MAX 128
#define TABLE       ((size_t)2 * SECTOR)

/* Type UUIDs, as they are stored: the first three parts in little endian. */
static const struct {
	const char *architecture; /* "": of any */
	unsigned char type[16];
} types[] = {
	{ "x86-64", "\xe3\xbc\x68\x4f\xcd\xe8\xb1\x4d\x96\xe7\xfb\xca\xf9\x84\xb7\x09" },
	{ "x86", "\x40\x95\x47\x44\x97\xf2\xb2\x41\x9a\xf7\xd1\x31\xd5\xf0\x45\x8a" },
	{ "arm64", "\x45\xb0\x21\xb9\xf0\x1d\xc3\x41\xaf\x44\x4c\x6f\x28\x0d\x3f\xae" },
	{ "arm", "\x10\xd7\xda\x69\xe4\x2c\x3c\x4e\xb1\x6c\x21\xa1\xd4\x9a\xbe\xd3" },
	{ "riscv64", "\xa6\x70\xec\x72\x74\xcf\xe6\x40\xbd\x49\x4b\xda\x08\xe8\xf2\x24" },
	{ "", "\xaf\x3d\xc6\x0f\x83\x84\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4" },
};

static uint64_t number(const unsigned char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof value);
	return le64toh(value);
}

/* How well it serves as the root: 3, of this machine; 2, of another; 1, for Linux; 0, not at all. */
static unsigned rank(const unsigned char *entry)
{
	for (size_t i = 0; i < ELEMENTS(types); i++)
		if (memcmp(entry, types[i].type, sizeof types[i].type) == 0)
			return strcmp(types[i].architecture, architecture_native()) == 0 ? 3
			       : types[i].architecture[0]                                ? 2
											 : 1;
	return 0;
}

int gpt_find_root(const unsigned char bytes[static GPT_SIZE], uint64_t image_size,
		  struct gpt_partition *ret)
{
	const unsigned char *header = bytes + SECTOR, *best = NULL;
	unsigned best_rank = 0, same = 0;
	uint64_t first, last;
	uint32_t size;

	memcpy(&size, header + 84, sizeof size);
	if (number(header + 72) != 2 || le32toh(size) != ENTRY_SIZE)
		return -EBADMSG;
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		const unsigned char *entry = bytes + TABLE + i * ENTRY_SIZE;
		unsigned r = number(entry + 48) & GPT_NO_AUTO ? 0 : rank(entry);

		same = r > best_rank ? 1 : same + (r == best_rank);
		if (r > best_rank) {
			best = entry;
			best_rank = r;
		}
	}
	if (!best || (best_rank == 1 && same > 1))
		return -ENXIO;
	first = number(best + 32);
	last = number(best + 40);
	if (first > last || last >= image_size / SECTOR)
		return -EBADMSG;
	*ret = (struct gpt_partition){ .is_root = best_rank > 1,
				       .offset = first * SECTOR,
				       .size = (last - first + 1) * SECTOR,
				       .attributes = number(best + 48) };
	return 0;
}
