/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include "disk/gpt.h"
#include "disk/hex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned char head[GPT_HEAD_SIZE], tail[GPT_TAIL_SIZE];
static struct gpt gpt, read_back;

/* A root partition and its verity, for x86-64. */
static uint64_t make(void)
{
	const struct partition_type *type = partition_types_for("x86-64");

	gpt = (struct gpt){ .uuid = uuid_of("00112233-4455-6677-8899-aabbccddeeff") };
	gpt_add(&gpt, type, PARTITION_ROOT, 8192)->uuid =
		uuid_of("c0ffee00-0000-0000-0000-000000000001");
	gpt_add(&gpt, type, PARTITION_VERITY, 8000)->uuid =
		uuid_of("c0ffee00-0000-0000-0000-000000000002");
	gpt_format(&gpt, head, tail);
	return gpt_image_size(&gpt);
}

static void uuids_have_two_orders_of_bytes(void)
{
	struct uuid uuid = uuid_of("00112233-4455-6677-8899-aabbccddeeff"), back;
	char text[UUID_TEXT_SIZE], digits[2 * UUID_SIZE + 1];
	unsigned char bytes[UUID_SIZE];

	CHECK_TEXT(uuid_format(&uuid, text), "00112233-4455-6677-8899-aabbccddeeff");
	uuid_to_gpt(&uuid, bytes);
	hex_encode(bytes, sizeof bytes, digits);
	CHECK_TEXT(digits, "33221100554477668899aabbccddeeff");
	back = uuid_from_gpt(bytes);
	CHECK(uuid_equal(&back, &uuid));
}

static void what_is_written_is_read(void)
{
	uint64_t size = make();
	const struct gpt_partition *p = read_back.partitions;

	CHECK(size == 20480 + 8192 + 8192 + 20480);
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(!read_back.first_damaged && !read_back.last_damaged && !read_back.differ);
	CHECK(!read_back.overlapping && !read_back.outside);
	CHECK(uuid_equal(&read_back.uuid, &gpt.uuid));
	CHECK(read_back.n == 2);
	CHECK(p[0].role == PARTITION_ROOT && p[0].offset == 20480 && p[0].size == 8192);
	CHECK(p[0].attributes == GPT_READ_ONLY);
	CHECK_TEXT(p[0].label, "root-x86-64");
	CHECK(uuid_equal(&p[0].uuid, &gpt.partitions[0].uuid));
	CHECK(p[1].role == PARTITION_VERITY && p[1].offset == 28672 && p[1].size == 8192);
	CHECK_TEXT(p[1].label, "root-x86-64-verity");
	CHECK_TEXT(p[1].type->architecture, "x86-64");
}

static void one_table_may_be_damaged(void)
{
	uint64_t size = make();

	head[600] ^= 1;
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(read_back.first_damaged && !read_back.last_damaged && read_back.n == 2);
	head[600] ^= 1;
	tail[0] ^= 1; /* in an entry, of which the header knows a CRC */
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(!read_back.first_damaged && read_back.last_damaged && read_back.n == 2);
	head[1024] ^= 1;
	CHECK(gpt_parse(head, tail, size, &read_back) == -EBADMSG);
	(void)make();
	head[510] = 0;
	CHECK(gpt_parse(head, tail, size, &read_back) == -ENXIO);
	(void)make();
	CHECK(gpt_parse(head, tail, size - GPT_TAIL_SIZE, &read_back) == 0 &&
	      read_back.last_damaged);
	CHECK(gpt_parse(head, tail, 20480 + 8192, &read_back) == -EBADMSG);
	CHECK(gpt_parse(head, tail, size + 512, &read_back) == 0 && read_back.last_damaged);
}

/* Sets the first usable sector of the first header, and the CRC of that. */
static void set_first_usable(unsigned char sector)
{
	unsigned char *header = head + GPT_SECTOR;
	uint32_t crc = UINT32_MAX;

	header[40] = sector;
	memset(header + 16, 0, 4);
	for (size_t i = 0; i < (size_t)92 * 8; i++) {
		crc ^= header[i / 8] >> i % 8 & 1;
		crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < 4; i++)
		header[16 + i] = (unsigned char)(~crc >> 8 * i);
}

static void a_header_among_the_usable_sectors_does_not_count(void)
{
	uint64_t size = make();

	set_first_usable(1);
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(!read_back.first_damaged && read_back.differ);
	set_first_usable(0);
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(read_back.first_damaged && !read_back.last_damaged && read_back.n == 2);
}

static void tables_that_differ_are_noticed(void)
{
	unsigned char other_head[GPT_HEAD_SIZE];
	uint64_t size = make();

	gpt.partitions[0].attributes |= GPT_GROW;
	gpt_format(&gpt, other_head, tail);
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(read_back.differ && read_back.partitions[0].attributes == GPT_READ_ONLY);
}

static void partitions_that_overlap_are_noticed(void)
{
	uint64_t size = make();

	gpt.partitions[1].offset -= 512;
	gpt_format(&gpt, head, tail);
	CHECK(gpt_parse(head, tail, size, &read_back) == 0);
	CHECK(read_back.n == 2 && read_back.overlapping == 2);
}

static void partitions_outside_are_left_out(void)
{
	static const uint64_t offsets[] = { 0, 20480 - 4096, 53248, (uint64_t)1 << 62 };

	for (size_t i = 0; i < ELEMENTS(offsets); i++) {
		uint64_t size = make();

		gpt.partitions[0].offset = offsets[i];
		gpt_format(&gpt, head, tail);
		CHECK(gpt_parse(head, tail, size, &read_back) == 0);
		CHECK(read_back.n == 1 && read_back.outside == 1);
	}
}

static const char *found(const char *architecture, const struct uuid *uuid)
{
	const struct gpt_partition *p = gpt_find(&gpt, PARTITION_ROOT, architecture, uuid);

	return p ? p->label : "";
}

static struct gpt_partition *add(const char *architecture, const char *label)
{
	struct uuid linux_uuid = uuid_of("0fc63daf-8483-4772-8e79-3d69d8477de4");
	enum partition_role role;
	const struct partition_type *type = architecture[0] ? partition_types_for(architecture)
							    : partition_type_of(&linux_uuid, &role);
	struct gpt_partition *p = gpt_add(&gpt, type, PARTITION_ROOT, 4096);

	(void)snprintf(p->label, sizeof p->label, "%s", label);
	return p;
}

static void a_machine_takes_its_own_root(void)
{
	struct uuid uuid = uuid_of("c0ffee00-0000-0000-0000-000000000001");

	gpt = (struct gpt){ 0 };
	CHECK_TEXT(found("x86-64", NULL), "");
	add("", "linux");
	CHECK_TEXT(found("x86-64", NULL), "linux");
	add("", "linux 2");
	CHECK_TEXT(found("x86-64", NULL), "");
	add("arm64", "arm64");
	CHECK_TEXT(found("x86-64", NULL), "arm64");
	add("x86-64", "x_2");
	add("x86-64", "x_10");
	add("x86-64", "x_9");
	CHECK_TEXT(found("x86-64", NULL), "x_10");
	CHECK_TEXT(found("arm64", NULL), "arm64");
	add("x86-64", "x_11")->attributes |= GPT_NO_AUTO;
	CHECK_TEXT(found("x86-64", NULL), "x_10");
	add("x86-64", "x_1")->uuid = uuid;
	CHECK_TEXT(found("x86-64", &uuid), "x_1");
	CHECK_TEXT(found("x86-64", NULL), "x_10");
}

static void each_machine_with_a_root_is_listed_once(void)
{
	const char *at[GPT_ENTRIES];

	gpt = (struct gpt){ 0 };
	add("", "linux");
	CHECK(gpt_architectures(&gpt, at) == 0);
	add("x86-64", "x");
	add("arm64", "arm64");
	add("x86-64", "x 2");
	add("riscv64", "riscv64")->attributes |= GPT_NO_AUTO;
	(void)gpt_add(&gpt, partition_types_for("s390x"), PARTITION_VERITY, GPT_SECTOR);
	CHECK(gpt_architectures(&gpt, at) == 2);
	CHECK_TEXT(at[0], "x86-64");
	CHECK_TEXT(at[1], "arm64");
}

int main(void)
{
	RUN(uuids_have_two_orders_of_bytes);
	RUN(what_is_written_is_read);
	RUN(one_table_may_be_damaged);
	RUN(a_header_among_the_usable_sectors_does_not_count);
	RUN(tables_that_differ_are_noticed);
	RUN(partitions_that_overlap_are_noticed);
	RUN(partitions_outside_are_left_out);
	RUN(a_machine_takes_its_own_root);
	RUN(each_machine_with_a_root_is_listed_once);
	return CHECK_STATUS();
}
