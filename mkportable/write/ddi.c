/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a disk image: a GPT with a squashfs as the root partition, and what protects
 * it (Discoverable Disk Image, UAPI.3).
 */
#include "write/ddi.h"

#include "disk/gpt.h"
#include "disk/signature-text.h"
#include "disk/verity.h"
#include "fd.h"
#include "log.h"
#include "write/protection.h"
#include "write/squashfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first partition begins here. */
#define ROOT_OFFSET ((GPT_HEAD_SIZE + GPT_ALIGNMENT - 1) / GPT_ALIGNMENT * GPT_ALIGNMENT)

#define PORTION ((size_t)256 * 1024)

/* A partition ends where a block of data does. */
_Static_assert(VERITY_BLOCK_SIZE % GPT_ALIGNMENT == 0, "a root partition needs no padding");

/* The text ends with NUL up to a whole sector: the file has zeros there already. */
static int write_signature(int fd, struct gpt *gpt, const struct partition_type *type,
			   const struct signer *signer, const struct protection *protection)
{
	struct signature_text said = { .signature = protection->signature };
	struct gpt_partition *p;
	const char *text;

	memcpy(said.root_hash, protection->root_hash, sizeof said.root_hash);
	text = signature_text_format(&said, signer->fingerprint, signer->pool);
	if (!text)
		return -ENOMEM;
	p = gpt_add(gpt, type, PARTITION_SIGNATURE, strlen(text));
	p->uuid = protection->signature_uuid;
	return fd_write_at(fd, text, strlen(text), (off_t)p->offset);
}

static int write_partitions(int fd, const struct partition_type *type, uint64_t root_size,
			    const struct signer *signer, const struct protection *protection)
{
	struct gpt gpt = { .uuid = protection->disk };
	struct gpt_partition *p;
	int r = 0;

	p = gpt_add(&gpt, type, PARTITION_ROOT, root_size);
	p->uuid = protection->root;
	if (protection->tree) {
		p = gpt_add(&gpt, type, PARTITION_VERITY, protection->tree_size);
		p->uuid = protection->verity;
		r = fd_write_at(fd, protection->tree, protection->tree_size, (off_t)p->offset);
	}
	if (r >= 0 && signer)
		r = write_signature(fd, &gpt, type, signer, protection);
	return r < 0 ? r : pack_write_tables(fd, &gpt);
}

/* The squashfs that is there, up to whole blocks: the new file has zeros behind it. */
static int copy_squashfs(const struct squashfs_place *from, int fd, uint64_t *ret_size)
{
	unsigned char *portion = malloc(PORTION);
	int r = portion ? 0 : -ENOMEM;

	for (uint64_t done = 0; done < from->size && r >= 0;) {
		size_t n = from->size - done < PORTION ? (size_t)(from->size - done) : PORTION;

		r = fd_read_at(from->fd, portion, n, (off_t)(from->offset + done));
		if (r >= 0)
			r = fd_write_at(fd, portion, n, (off_t)(ROOT_OFFSET + done));
		if (r >= 0)
			r = pack_interrupted();
		done += n;
	}
	free(portion);
	*ret_size = (from->size + VERITY_BLOCK_SIZE - 1) / VERITY_BLOCK_SIZE * VERITY_BLOCK_SIZE;
	if (r >= 0 && ftruncate(fd, (off_t)(ROOT_OFFSET + *ret_size)) < 0)
		r = -errno;
	return r;
}

static int write_root(const struct plan *plan, const struct pack_output *output,
		      const struct replacement *new, uint32_t seconds, uint64_t *ret_size)
{
	int r;

	if (!output->squashfs)
		return squashfs_write(plan, new, output->shown, seconds, ROOT_OFFSET,
				      VERITY_BLOCK_SIZE, ret_size);
	r = copy_squashfs(output->squashfs, new->fd, ret_size);
	if (r < 0 && r != -EINTR)
		log_failure(r, "cannot write '%s'", output->shown);
	return r;
}

static int write_new(const struct plan *plan, const struct pack_output *output,
		     const struct replacement *new, uint32_t seconds,
		     struct pack_sidecars *ret_sidecars)
{
	const struct partition_type *type = partition_types_for(output->architecture);
	struct protection protection;
	uint64_t root_size;
	int r;

	r = write_root(plan, output, new, seconds, &root_size);
	if (r < 0)
		return r;
	r = protect(output, new->fd, ROOT_OFFSET, root_size, &protection);
	if (r >= 0) {
		r = write_partitions(new->fd, type, root_size, output->signer, &protection);
		if (r < 0)
			log_failure(r, "cannot write '%s'", output->shown);
	}
	/* Not beside what is signed from what is there: the hash is in it, and no host needs the file. */
	if (r >= 0 && output->verity && !output->squashfs)
		r = protection_root_hash(&protection, ret_sidecars);
	protection_release(&protection);
	return r;
}

int pack_ddi(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_new);
}
