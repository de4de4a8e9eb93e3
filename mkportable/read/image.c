/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds out the format of an image, and reads it. */
#include "read/image.h"

#include "architecture.h"
#include "elements.h"
#include "fd.h"
#include "log.h"
#include "pick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What tells the format of a file system. */
#define HEAD_SIZE 2048

/* Whether bits other than these are set in a little-endian word. */
static bool has_others(const char *word, unsigned known)
{
	const unsigned char *bytes = (const unsigned char *)word;

	return (bytes[0] & ~known) != 0 || bytes[1] || bytes[2] || bytes[3];
}

/*
 * What libblkid calls a file system of this family: by the features that it has, and not by
 * the program that made it. head: with the superblock from 1024 on.
 */
static const char *ext_format(const char *head)
{
	const char *features = head + 1024 + 0x5c; /* compatible, incompatible, read-only */

	if (has_others(features + 4, 0x16) || has_others(features + 8, 0x7))
		return "ext4";
	return features[0] & 0x4 ? "ext3" : "ext2"; /* a journal */
}

/* The formats for systemd-dissect. NULL: none of them. */
static const char *disk_image_format(const char *head, size_t size)
{
	static const struct {
		const char *format;
		size_t offset;
		const char *magic;
		size_t length;
	} kinds[] = {
		{ "gpt", 512, "EFI PART", 8 },
		{ "erofs", 1024, "\xe2\xe1\xf5\xe0", 4 },
		{ "ext4", 1080, "\x53\xef", 2 },
	};

	for (size_t i = 0; i < ELEMENTS(kinds); i++)
		if (size >= kinds[i].offset + kinds[i].length &&
		    memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].length) == 0)
			return strcmp(kinds[i].format, "ext4") == 0 && size >= HEAD_SIZE
				       ? ext_format(head)
				       : kinds[i].format;
	return NULL;
}

/* What protects the root: of the same type, or systemd does not take it. */
static const struct gpt_partition *find_of_root(const struct image_file *file,
						enum partition_role role)
{
	const char *architecture = file->root->type->architecture;
	const struct gpt_partition *p =
		gpt_find(file->gpt, role, architecture[0] ? architecture : file->machine, NULL);

	return p && architecture[0] && p->type != file->root->type ? NULL : p;
}

/* Reads both tables, and finds the partitions. */
static int read_tables(struct plan *plan, struct image_file *file, const char **ret_why)
{
	unsigned char head[GPT_HEAD_SIZE], tail[GPT_TAIL_SIZE];
	struct gpt *gpt = pool_take(plan->pool, sizeof *gpt);
	uint64_t size = file->size / GPT_SECTOR * GPT_SECTOR; /* of a loop device */
	int r;

	if (!gpt)
		return -ENOMEM;
	r = size < sizeof head + sizeof tail ? -ENODATA
					     : fd_read_at(file->fd, head, sizeof head, 0);
	if (r >= 0)
		r = fd_read_at(file->fd, tail, sizeof tail, (off_t)(size - sizeof tail));
	if (r >= 0)
		r = gpt_parse(head, tail, size, gpt);
	if (r == -ENXIO)
		*ret_why =
			"it has no protective MBR, without which its partition table does not count";
	if (r == -EBADMSG || r == -ENODATA)
		*ret_why = "its partition table is damaged";
	if (r < 0)
		return r;
	file->gpt = gpt;
	file->root = gpt_find(gpt, PARTITION_ROOT, file->machine, NULL);
	if (file->root) {
		file->verity = find_of_root(file, PARTITION_VERITY);
		file->signature = find_of_root(file, PARTITION_SIGNATURE);
		return 0;
	}
	*ret_why = "it has no root partition, or more than one that might be it";
	return -ENXIO;
}

/* Some compressions only the kernel knows. */
static int read_squashfs(struct plan *plan, struct image_file *file, const char **ret_why)
{
	int r = image_read_squashfs(plan, file, ret_why);

	if (r != -EOPNOTSUPP)
		return r;
	*ret_why = NULL;
	return image_read_dissect(plan, file, ret_why);
}

/* Looks for a file system in the root partition. */
static int read_gpt(struct plan *plan, struct image_file *file, const char **ret_why)
{
	char head[HEAD_SIZE] = "";
	int r;

	r = read_tables(plan, file, ret_why);
	if (r < 0)
		return r;
	file->root_offset = file->root->offset;
	file->root_size = file->root->size;
	(void)pread(file->fd, head, sizeof head, (off_t)file->root_offset);
	if (memcmp(head, "hsqs", 4) == 0)
		return read_squashfs(plan, file, ret_why);
	file->file_system = disk_image_format(head, sizeof head);
	file->is_writable = !(file->root->attributes & GPT_READ_ONLY);
	return image_read_dissect(plan, file, ret_why);
}

/* Whether there is a partition table of larger sectors, as systemd-repart --sector-size= makes. */
static bool has_larger_sectors(int fd)
{
	char magic[8];

	for (off_t size = 2 * (off_t)GPT_SECTOR; size <= 4096; size *= 2)
		if (fd_read_at(fd, magic, sizeof magic, size) == 0 &&
		    memcmp(magic, "EFI PART", sizeof magic) == 0)
			return true;
	return false;
}

static int read_file(struct plan *plan, struct image_file *file, const char **ret_why)
{
	char head[HEAD_SIZE];
	ssize_t n = pread(file->fd, head, sizeof head, 0);

	if (n < 0)
		return -errno;
	file->root_size = file->size; /* without a partition table */
	if (n >= 4 && memcmp(head, "hsqs", 4) == 0) {
		file->format = "squashfs";
		return read_squashfs(plan, file, ret_why);
	}
	file->format = disk_image_format(head, (size_t)n);
	if (file->format && strcmp(file->format, "gpt") == 0)
		return read_gpt(plan, file, ret_why);
	file->file_system = file->format;
	file->is_writable = file->format && strncmp(file->format, "ext", 3) == 0;
	if (file->format)
		return image_read_dissect(plan, file, ret_why);
	*ret_why =
		n == 0 ? "it is empty"
		: has_larger_sectors(file->fd)
			? "the sectors of its partition table are not of 512 bytes"
			: "unknown format; a directory, squashfs, erofs, ext4 or GPT can be read";
	return -EINVAL;
}

static int read_verity(struct pool *pool, struct image_file *file,
		       const struct certificate *certificate, const char **ret_why)
{
	const char *machines[GPT_ENTRIES];
	unsigned machines_n = file->gpt ? gpt_architectures(file->gpt, machines) : 0;
	const struct verity_source source = {
		.fd = file->fd,
		.path = file->real_path,
		.has_table = file->gpt != NULL,
		.offset = file->root_offset,
		.size = file->root_size,
		.used = file->root_used,
		.verity = file->verity,
		.signature = file->signature,
		.machines = machines_n ? machines_n : 1,
	};

	return image_read_verity(&source, certificate, pool, &file->protection, ret_why);
}

/* Finds the file, and opens it. */
static int open_image(struct plan *plan, const char *path, unsigned systemd_version,
		      struct image_file *file, const char **ret_why)
{
	char *real = realpath(path, NULL);
	const char *resolved = real ? pool_adopt(plan->pool, real) : path;
	int r;

	if (!resolved)
		return -ENOMEM;
	file->path = path;
	/* systemd looks at the name behind links. */
	if (pick_has_versions(resolved)) {
		r = pick(plan->pool, resolved, systemd_version, &file->path, &file->versions);
		if (r == -ENOENT && access(path, F_OK) == 0)
			*ret_why = "no image in this directory of versions is called "
				   "'NAME_VERSION[_ARCHITECTURE]' for this machine, as in "
				   "systemd.v(7)";
		if (r < 0 && r != -ENOTDIR)
			return r;
	}
	/* O_NONBLOCK: not to wait for the other end of a FIFO. */
	file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	real = file->fd < 0 ? NULL : realpath(file->path, NULL);
	if (!real)
		return -errno;
	file->real_path = pool_adopt(plan->pool, real);
	return file->real_path ? 0 : -ENOMEM;
}

int image_file_read(struct plan *plan, const char *path, const struct image_host *host,
		    struct image_file *ret)
{
	char shown[LOG_ESCAPED_SIZE];
	const char *why = NULL;
	struct stat st;
	int r;

	*ret = IMAGE_FILE_NONE;
	ret->machine = host->machine ? host->machine : architecture_native();
	r = open_image(plan, path, host->systemd_version, ret, &why);
	if (r < 0) {
		;
	} else if (fstat(ret->fd, &st) < 0) {
		r = -errno;
	} else if (S_ISDIR(st.st_mode)) {
		ret->format = "directory";
		ret->is_directory = true;
		ret->is_writable = true;
		if (host->certificate)
			ret->protection.signature = SIGNATURE_MISSING;
		r = image_read_tree(plan, ret->path, &why);
	} else if (S_ISREG(st.st_mode)) {
		ret->size = (uint64_t)st.st_size;
		r = read_file(plan, ret, &why);
		if (r >= 0)
			r = read_verity(plan->pool, ret, host->certificate, &why);
	} else {
		why = "it is neither a file nor a directory";
		r = -EINVAL;
	}
	if (r < 0 && why)
		log_error("cannot read the image '%s': %s", log_escape(path, shown), why);
	else if (r < 0)
		image_file_failure(path, r);
	return r;
}

void image_file_failure(const char *path, int r)
{
	char shown[LOG_ESCAPED_SIZE];

	if (r == -ECANCELED)
		return; /* scratch_make() logged it */
	if (r == -EINTR)
		log_error("interrupted");
	else if (r == -EBADMSG)
		log_error("cannot read the image '%s': it is damaged", log_escape(path, shown));
	else
		log_failure(r, "cannot read the image '%s'", log_escape(path, shown));
}

void image_file_release(struct image_file *file)
{
	(void)child_end(&file->reader);
	scratch_remove(&file->copy);
	close_fd(&file->fd);
	*file = IMAGE_FILE_NONE;
}

const char *image_file_name(struct pool *pool, const char *path)
{
	size_t length = strlen(path), start;

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (start = length; start > 0 && path[start - 1] != '/';)
		start--;
	if (length - start <= 2 && strspn(path + start, ".") >= length - start) {
		char *whole = realpath(path, NULL);

		whole = whole ? pool_adopt(pool, whole) : NULL;
		return whole ? pool_copy(pool, strrchr(whole, '/') + 1) : NULL;
	}
	return pool_copy_bytes(pool, path + start, length - start);
}
