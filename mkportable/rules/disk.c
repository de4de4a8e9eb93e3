/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partition tables, and what protects an image by dm-verity: dissect-image.c and portable.c
 * of systemd 252, 257 and 262.
 */
#include "disk/hex.h"
#include "rules/topics.h"

#include <string.h>

/* Since then attach pins what it finds in an image, and start must find the same. */
#define PINNED_SINCE 260

/* Since then a tree without a signature is used as well. */
#define GUESSED_SINCE 258

/* Since then a root hash beside a bare file system must be signed. */
#define SIGNED_SINCE 262

static const char *hash_text(struct findings *findings, const unsigned char *hash)
{
	char text[DIGEST_TEXT_SIZE];

	hex_encode(hash, DIGEST_SIZE, text);
	return report_format(findings, "%s", text);
}

static const char *number_text(struct findings *findings, uint64_t number)
{
	return report_format(findings, "%llu", (unsigned long long)number);
}

/* --- the table --- */

static void check_table(const struct gpt *gpt, struct findings *findings)
{
	const char *damaged =
		gpt->first_damaged
			? "the partition table at the beginning is damaged, and systemd reads the one at the end"
		: gpt->last_damaged ? "the partition table at the end is missing or damaged"
		: gpt->differ       ? "the partition tables at the beginning and at the end differ"
				    : NULL;

	if (damaged)
		report(findings, RULE_PARTITION_TABLE_DAMAGED, WHOLE_FILE, damaged);
	if (gpt->overlapping)
		report(findings, RULE_PARTITIONS_OVERLAP, WHOLE_FILE,
		       number_text(findings, gpt->overlapping));
	if (gpt->outside)
		report(findings, RULE_PARTITION_OUTSIDE, WHOLE_FILE,
		       number_text(findings, gpt->outside));
}

static void check_flags(const char *name, const struct gpt_partition *p, unsigned systemd_version,
			struct findings *findings)
{
	const char *what =
		!p                          ? NULL
		: !p->type->architecture[0] ? "the partition is not of a type for root partitions"
		: !(p->attributes & GPT_READ_ONLY)
			? report_format(findings, "the %s partition is not marked read-only", name)
		: p->attributes & GPT_GROW
			? report_format(findings, "the %s partition is marked to grow", name)
			: NULL;

	if (what && systemd_version >= PINNED_SINCE)
		report(findings, RULE_PARTITION_FLAGS, WHOLE_IMAGE, what);
	else if (what && systemd_version == 0)
		report(findings, RULE_PARTITION_FLAGS_NEWER, WHOLE_IMAGE, what);
}

/* systemd takes the root of another machine if there is none of its own. */
static void check_machine(const struct image_file *file, const char *architecture,
			  struct findings *findings)
{
	const char *type = file->root->type->architecture;

	if (!type[0])
		return;
	if (architecture && strcmp(type, architecture) != 0)
		report(findings, RULE_PARTITION_MACHINE_DIFFERS, WHOLE_IMAGE, type, architecture);
	else if (strcmp(type, file->machine) != 0)
		report(findings, RULE_ROOT_OF_OTHER_MACHINE, WHOLE_IMAGE, type, file->machine);
}

/* --- the tree, its root hash and its signature --- */

static void check_tree(const struct image_verity *v, struct findings *findings)
{
	if (v->tree == TREE_DAMAGED)
		report(findings, RULE_VERITY_DAMAGED, WHOLE_IMAGE);
	if (v->tree == TREE_DIFFERS)
		report(findings, RULE_VERITY_DIFFERS, WHOLE_IMAGE,
		       number_text(findings, v->bad_block));
	if (v->tree == TREE_UNCHECKED)
		report(findings, RULE_VERITY_UNCHECKED, WHOLE_IMAGE);
}

static void check_hash(const char *where, const struct image_verity *v, const unsigned char *hash,
		       struct findings *findings)
{
	if (v->tree == TREE_FITS && memcmp(v->root_hash, hash, DIGEST_SIZE) != 0)
		report(findings, RULE_ROOT_HASH_DIFFERS, WHOLE_IMAGE, where,
		       hash_text(findings, hash), hash_text(findings, v->root_hash));
}

static void check_signature(const struct image_file *file, unsigned systemd_version,
			    struct findings *findings)
{
	const struct image_verity *v = &file->protection;

	if (v->signature == SIGNATURE_MISSING)
		report(findings, RULE_SIGNATURE_MISSING, WHOLE_IMAGE);
	if (v->signature == SIGNATURE_DAMAGED)
		report(findings, RULE_SIGNATURE_DAMAGED, WHOLE_IMAGE);
	if (v->signature <= SIGNATURE_DAMAGED)
		return;
	/* A signature beside the image is not looked for without a root hash there. */
	if (!v->has_sidecar[SIDECAR_ROOT_HASH] || !v->has_sidecar[SIDECAR_SIGNATURE])
		check_hash("the signature partition", v, v->signed_text.root_hash, findings);
	if (v->signature == SIGNATURE_INVALID)
		report(findings, RULE_SIGNATURE_INVALID, WHOLE_IMAGE);
	else if (v->tree != TREE_NONE && systemd_version != 259)
		report(findings, RULE_SIGNATURE_NEEDS_CERTIFICATE, WHOLE_IMAGE);
}

/* --- files beside the image --- */

/* With a partition table, systemd looks for partitions whose UUIDs are halves of the root hash. */
static bool has_partitions(const struct image_file *file, const unsigned char *hash)
{
	struct uuid first, last;

	memcpy(first.bytes, hash, UUID_SIZE);
	memcpy(last.bytes, hash + DIGEST_SIZE - UUID_SIZE, UUID_SIZE);
	return gpt_find(file->gpt, PARTITION_ROOT, file->machine, &first) &&
	       gpt_find(file->gpt, PARTITION_VERITY, file->machine, &last);
}

static void check_root_hash_file(const struct image_file *file, unsigned systemd_version,
				 struct findings *findings)
{
	const struct image_verity *v = &file->protection;

	if (!v->has_sidecar[SIDECAR_ROOT_HASH])
		return;
	if (v->sidecar_damaged)
		report(findings, RULE_ROOT_HASH_DAMAGED, WHOLE_FILE);
	else if (file->gpt && !has_partitions(file, v->sidecar_hash))
		report(findings, RULE_ROOT_HASH_OF_NO_PARTITION, WHOLE_IMAGE,
		       hash_text(findings, v->sidecar_hash));
	else if (file->gpt || v->has_sidecar[SIDECAR_VERITY])
		check_hash("the file '.roothash' beside the image", v, v->sidecar_hash, findings);
	else if (systemd_version >= PINNED_SINCE)
		report(findings, RULE_ROOT_HASH_ALONE, WHOLE_IMAGE);
	else
		report(findings, RULE_VERITY_IGNORED, WHOLE_IMAGE, "root hash", "hash tree",
		       ".verity");
}

static void check_verity_file(const struct image_file *file, unsigned systemd_version,
			      struct findings *findings)
{
	const struct image_verity *v = &file->protection;

	if (file->gpt && v->has_sidecar[SIDECAR_VERITY])
		report(findings, RULE_VERITY_BESIDE_TABLE, WHOLE_FILE);
	else if (v->has_sidecar[SIDECAR_VERITY] && !v->has_sidecar[SIDECAR_ROOT_HASH])
		report(findings, RULE_VERITY_IGNORED, WHOLE_IMAGE, "hash tree", "root hash",
		       ".roothash");
	else if (v->has_sidecar[SIDECAR_VERITY] && !v->has_sidecar[SIDECAR_SIGNATURE] &&
		 systemd_version >= SIGNED_SINCE)
		report(findings, RULE_VERITY_UNSIGNED, WHOLE_IMAGE);
	else if (v->has_sidecar[SIDECAR_VERITY] && !v->has_sidecar[SIDECAR_SIGNATURE] &&
		 systemd_version == 0)
		report(findings, RULE_VERITY_UNSIGNED_NEWER, WHOLE_IMAGE);
}

/* Partitions with a tree, and no word of its root hash. */
static void check_guess(const struct image_file *file, unsigned systemd_version,
			struct findings *findings)
{
	const struct image_verity *v = &file->protection;
	unsigned char guess[DIGEST_SIZE];

	if (!file->verity || v->has_sidecar[SIDECAR_ROOT_HASH] || v->signature > SIGNATURE_MISSING)
		return;
	if (systemd_version < GUESSED_SINCE)
		report(findings, RULE_VERITY_NOT_USED, WHOLE_IMAGE);
	memcpy(guess, file->root->uuid.bytes, UUID_SIZE);
	memcpy(guess + DIGEST_SIZE - UUID_SIZE, file->verity->uuid.bytes, UUID_SIZE);
	if (v->tree != TREE_FITS || memcmp(guess, v->root_hash, DIGEST_SIZE) == 0)
		return;
	if (systemd_version >= GUESSED_SINCE)
		report(findings, RULE_PARTITION_UUIDS_DIFFER, WHOLE_IMAGE);
	else if (systemd_version == 0)
		report(findings, RULE_PARTITION_UUIDS_DIFFER_NEWER, WHOLE_IMAGE);
}

void rules_disk(const struct image_file *file, const char *architecture, unsigned systemd_version,
		struct findings *findings)
{
	if (file->gpt) {
		check_table(file->gpt, findings);
		if (file->gpt->overlapping)
			return; /* what is in them is then by chance */
		/* What systemd pins of another file system is what the flags say. */
		if (file->compression || file->verity)
			check_flags("root", file->root, systemd_version, findings);
		check_flags("verity", file->verity, systemd_version, findings);
		check_flags("signature", file->signature, systemd_version, findings);
		check_machine(file, architecture, findings);
		if (file->signature && !file->verity)
			report(findings, RULE_SIGNATURE_WITHOUT_VERITY, WHOLE_IMAGE);
	}
	check_verity_file(file, systemd_version, findings);
	check_root_hash_file(file, systemd_version, findings);
	check_tree(&file->protection, findings);
	check_signature(file, systemd_version, findings);
	check_guess(file, systemd_version, findings);
}
