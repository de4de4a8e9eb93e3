/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a squashfs file: a tar archive in a pipe to mksquashfs(1), which needs neither
 * root nor a copy of the files. (sqfstar of 4.5.1 mishandles -Xcompression-level.)
 */
#include "write/squashfs.h"

#include "base/child.h"
#include "disk/verity.h"
#include "fd.h"
#include "log.h"
#include "write/protection.h"
#include "write/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel reads blocks of 1 KiB: a file that ends within one fails with EINVAL or EIO. */
#define SQUASHFS_BLOCK 1024

/*
 * Measured with services from Debian. With 1 MiB an image of large programs and libraries is 2 to
 * 3 % smaller, and its programs start as fast; the first read of 4 KiB somewhere takes 1 ms
 * instead of 0.6 ms. Where most files are small, as in Python's library, a block holds many of
 * them, and the kernel keeps three blocks: a start takes 17 % more time. Below 4 MiB less than
 * 50 KB would be saved. In a small image one block of either size holds all programs, which
 * share what they have in common.
 */
#define BLOCK_SIZE       "256K"
#define BLOCK_SIZE_LARGE "1M"

/* The files of an image with large blocks have this size in all, and on the average. */
#define LARGE_TOTAL   (UINT64_C(4) * 1024 * 1024)
#define LARGE_AVERAGE (UINT64_C(256) * 1024)

/* How much of the messages of mksquashfs is shown when it fails. */
#define DIAGNOSTICS_MAX ((size_t)64 * 1024)

struct packer {
	struct child child;
	int input_fd;       /* our end of the pipe to it */
	int diagnostics_fd; /* a file with its messages */
};

static int choose_block_size(const struct plan *plan, const char **ret)
{
	struct plan_entry **entries = plan_sorted(plan);
	uint64_t total = 0, files_n = 0;

	if (!entries)
		return pool_exhausted();
	for (size_t i = 0; i < plan->n; i++) {
		CLEANUP_FD int fd = -1;
		size_t size = entries[i]->size;

		if (entries[i]->type != PLAN_FILE)
			continue;
		if (entries[i]->source) {
			fd = pack_open_source(entries[i], &size);
			if (fd < 0)
				return fd;
		}
		total += size;
		files_n++;
	}
	*ret = total >= LARGE_TOTAL && total / files_n >= LARGE_AVERAGE ? BLOCK_SIZE_LARGE
									: BLOCK_SIZE;
	return 0;
}

/*
 * Starts mksquashfs in the output's directory, so that the name of the output needs no
 * escaping. $SOURCE_DATE_EPOCH would only limit the times, which leaves the root
 * directory's at the clock when that is behind.
 */
static int start(struct packer *p, const struct replacement *new, const char *block_size,
		 uint32_t seconds, size_t offset)
{
	char output[sizeof "./" + NAME_MAX], moment[sizeof "4294967295"], place[sizeof "65535"];
	/* clang-format off */
	const char *const arguments[] = {
		"mksquashfs", "-", output, "-tar",
		"-comp", "zstd", "-Xcompression-level", "22", "-nopad",
		"-b", block_size, "-offset", place,
		"-noappend", "-no-xattrs", "-all-root", "-root-mode", "0755",
		"-mkfs-time", moment, "-all-time", moment, "-root-time", moment,
		"-no-progress", "-quiet", "-exit-on-error", NULL
	};
	/* clang-format on */
	CLEANUP_FD int read_end = -1;
	int ends[2], r;

	(void)snprintf(output, sizeof output, "./%s", new->temporary);
	(void)snprintf(moment, sizeof moment, "%u", seconds);
	(void)snprintf(place, sizeof place, "%zu", offset);
	p->diagnostics_fd = memfd_create("mksquashfs", MFD_CLOEXEC);
	if (p->diagnostics_fd < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		r = -errno;
		log_failure(r, "cannot start mksquashfs");
		return r;
	}
	read_end = ends[0];
	p->input_fd = ends[1];
	r = child_start(&p->child, &(struct child_program){ .arguments = arguments,
							    .input_fd = read_end,
							    .error_fd = p->diagnostics_fd,
							    .image_fd = -1,
							    .directory_fd = new->directory_fd });
	if (r == -ENOENT)
		log_error("cannot find mksquashfs in $PATH; install squashfs-tools");
	else if (r < 0)
		log_failure(r, "cannot start mksquashfs");
	return r;
}

/* Logs the messages of mksquashfs. */
static void show_diagnostics(int fd)
{
	char text[DIAGNOSTICS_MAX + 1], shown[LOG_ESCAPED_SIZE];
	ssize_t n = pread(fd, text, DIAGNOSTICS_MAX, 0);

	if (n < 0)
		return;
	text[n] = '\0';
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (line[0])
			log_error("mksquashfs: %s", log_escape(line, shown));
}

static int finish(struct packer *p, const char *shown)
{
	int r = child_wait(&p->child);

	if (r == -EINTR)
		return pack_interrupted();
	if (r == 0)
		return 0;
	show_diagnostics(p->diagnostics_fd);
	log_error("cannot write '%s': mksquashfs failed", shown);
	return -EIO;
}

/* The file that mksquashfs wrote must be the one that we have open. */
static int pad(const struct replacement *new, const char *shown, size_t offset, size_t block,
	       uint64_t *ret_size)
{
	struct stat ours, theirs;
	uint64_t size = 0;
	int r = 0;

	if (fstat(new->fd, &ours) < 0 ||
	    fstatat(new->directory_fd, new->temporary, &theirs, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	else if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev ||
		 ours.st_size <= (off_t)offset)
		r = -ESTALE;
	if (r >= 0) {
		size = ((uint64_t)ours.st_size - offset + block - 1) / block * block;
		r = ftruncate(new->fd, (off_t)(offset + size)) < 0 ? -errno : 0;
	}
	if (r < 0)
		log_failure(r, "cannot write '%s'", shown);
	else
		*ret_size = size;
	return r;
}

int squashfs_write(const struct plan *plan, const struct replacement *new, const char *shown,
		   uint32_t seconds, size_t offset, size_t block, uint64_t *ret_size)
{
	struct packer p = { .child = CHILD_NONE, .input_fd = -1, .diagnostics_fd = -1 };
	const char *block_size = BLOCK_SIZE;
	int r, q;

	r = choose_block_size(plan, &block_size);
	if (r >= 0)
		r = start(&p, new, block_size, seconds, offset);
	if (r >= 0) {
		r = pack_tar_to(p.input_fd, plan, shown, seconds);
		close_fd(&p.input_fd);
		if (r >= 0 || r == -EPIPE) {
			q = finish(&p, shown);
			if (q >= 0 && r < 0)
				log_error("cannot write '%s': mksquashfs ended early", shown);
			r = q < 0 ? q : r;
		}
	}
	/* If the archive is incomplete, mksquashfs might not notice. */
	(void)child_end(&p.child);
	close_fd(&p.input_fd);
	close_fd(&p.diagnostics_fd);
	return r < 0 ? r : pad(new, shown, offset, block, ret_size);
}

static int write_new(const struct plan *plan, const struct pack_output *output,
		     const struct replacement *new, uint32_t seconds,
		     struct pack_sidecars *ret_sidecars)
{
	uint64_t size;
	int r;

	if (!output->verity)
		return squashfs_write(plan, new, output->shown, seconds, 0, SQUASHFS_BLOCK, &size);
	r = squashfs_write(plan, new, output->shown, seconds, 0, VERITY_BLOCK_SIZE, &size);
	return r < 0 ? r : protect_beside(output, new->fd, size, ret_sidecars);
}

int pack_squashfs(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_new);
}
