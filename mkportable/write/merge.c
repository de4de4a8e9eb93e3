/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk image out of several. */
#include "write/merge.h"

#include "disk/digest.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORTION ((size_t)256 * 1024)

int merge_add(struct merged_disk *disk, const struct gpt_partition *partition, int fd)
{
	struct gpt_partition *p;

	if (disk->gpt.n == GPT_ENTRIES)
		return -E2BIG;
	disk->sources[disk->gpt.n] = (struct merged_source){ fd, partition->offset };
	p = gpt_add(&disk->gpt, partition->type, partition->role, partition->size);
	p->uuid = partition->uuid;
	p->attributes = partition->attributes;
	memcpy(p->label, partition->label, sizeof p->label);
	return 0;
}

/* The same partitions make the same disk. */
static int name_disk(struct gpt *gpt)
{
	struct digest *digest = digest_open();
	unsigned char hash[DIGEST_SIZE];
	int r;

	if (!digest)
		return -ENOMEM;
	digest_add(digest, "disk", strlen("disk"));
	for (unsigned i = 0; i < gpt->n; i++)
		digest_add(digest, gpt->partitions[i].uuid.bytes, UUID_SIZE);
	r = digest_end(digest, hash);
	digest_close(digest);
	memcpy(gpt->uuid.bytes, hash, UUID_SIZE);
	return r;
}

static int copy(const struct merged_source *from, int fd, const struct gpt_partition *to,
		unsigned char *portion)
{
	int r = lseek(fd, (off_t)to->offset, SEEK_SET) < 0 ? -errno : 0;

	for (uint64_t done = 0; done < to->size && r >= 0;) {
		size_t n = to->size - done < PORTION ? (size_t)(to->size - done) : PORTION;

		r = fd_read_at(from->fd, portion, n, (off_t)(from->offset + done));
		if (r >= 0)
			r = fd_write_all(fd, portion, n);
		if (r >= 0)
			r = pack_interrupted();
		done += n;
	}
	return r;
}

static int write_partitions(struct merged_disk *disk, int fd)
{
	unsigned char *portion = malloc(PORTION);
	int r = portion ? name_disk(&disk->gpt) : -ENOMEM;

	for (unsigned i = 0; i < disk->gpt.n && r >= 0; i++)
		r = copy(&disk->sources[i], fd, &disk->gpt.partitions[i], portion);
	free(portion);
	return r < 0 ? r : pack_write_tables(fd, &disk->gpt);
}

static int write_new(const struct plan *plan, const struct pack_output *output,
		     const struct replacement *new, uint32_t seconds,
		     struct pack_sidecars *ret_sidecars)
{
	int r = write_partitions(output->disk, new->fd);

	(void)plan;
	(void)seconds;
	/* A root hash beside it would be that of one machine, and systemd reads it on all. */
	(void)ret_sidecars;
	if (r < 0 && r != -EINTR)
		log_failure(r, "cannot write '%s'", output->shown);
	return r;
}

static int merge(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_new);
}

const struct pack_format merge_format = { "merged", ".raw", true, merge };
