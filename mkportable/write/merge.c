/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk image out of several. */
#include "write/merge.h"

#include "disk/digest.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/*
 * How much of a partition is done when a hole after that is stepped over: the new file has one
 * there already, and a sparse image does not fill the disk.
 */
static uint64_t skip_hole(const struct merged_source *from, uint64_t done, uint64_t size)
{
	off_t data = lseek(from->fd, (off_t)(from->offset + done), SEEK_DATA);
	struct stat st;

	if (data >= 0)
		return (uint64_t)data - from->offset < size ? (uint64_t)data - from->offset : size;
	/* There is no more data, or the file is shorter now, which reading finds. */
	return errno == ENXIO && fstat(from->fd, &st) == 0 &&
			       (uint64_t)st.st_size >= from->offset + size
		       ? size
		       : done;
}

static int copy(const struct merged_source *from, int fd, const struct gpt_partition *to,
		unsigned char *portion)
{
	uint64_t done = skip_hole(from, 0, to->size);
	int r = 0;

	while (done < to->size && r >= 0) {
		size_t n = to->size - done < PORTION ? (size_t)(to->size - done) : PORTION;

		r = fd_read_at(from->fd, portion, n, (off_t)(from->offset + done));
		if (r >= 0)
			r = fd_write_at(fd, portion, n, (off_t)(to->offset + done));
		if (r >= 0)
			r = pack_interrupted();
		done = skip_hole(from, done + n, to->size);
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

const struct pack_format merge_format = { "merged", ".raw", true, merge, NULL };
