/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a squashfs image through libsquashfs, in a child that has the image in its memory
 * and a socket to us. It sends a record for each entry; then it sends the bytes of each
 * file that we ask for, until we close the socket.
 */
#include "base/child.h"
#include "read/image.h"

#include <endian.h>
#include <errno.h>
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_reader.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A list of 6,000 entries takes 0.1 s; a damaged image may make libsquashfs loop. */
#define SECONDS_MAX 10

/* 100,000 entries (PLAN_ENTRIES_MAX) of 1 KiB, and the tables and blocks of libsquashfs. */
#define HEAP_SIZE ((size_t)256 * 1024 * 1024)

/* What a loop device consists of; systemd mounts one. */
#define SECTOR_SIZE 512

/* How much of a file is sent at once; less than net.core.wmem_default. */
#define PACKET_SIZE ((size_t)64 * 1024)

/* One entry. The last record has the mode 0. */
struct record {
	uint64_t node; /* its address in the child */
	uint64_t size;
	uint32_t mode; /* as in st_mode */
	uint32_t uid, gid;
	uint32_t has_capability;
	char text[2 * PATH_MAX]; /* "/path\0target\0" */
};

/* --- in the child: it ends when anything fails, and we see that the socket is closed --- */

struct image {
	sqfs_file_t file;
	char *bytes;
	size_t size;
};

struct reader {
	int fd;
	sqfs_xattr_reader_t *xattrs; /* NULL: the image has none */
	sqfs_data_reader_t *data;
};

static void require(bool condition)
{
	if (!condition)
		_exit(EXIT_FAILURE);
}

static int read_at(sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size)
{
	const struct image *image = (const struct image *)file;

	if (offset > image->size || size > image->size - offset)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	memcpy(buffer, image->bytes + offset, size);
	return 0;
}

static sqfs_u64 get_size(const sqfs_file_t *file)
{
	return ((const struct image *)file)->size;
}

static bool has_capability(struct reader *r, const sqfs_inode_generic_t *inode)
{
	sqfs_xattr_entry_t *key = NULL;
	sqfs_xattr_value_t *value = NULL;
	sqfs_xattr_id_t xattrs;
	bool found = false;
	sqfs_u32 index;

	if (!r->xattrs || sqfs_inode_get_xattr_index(inode, &index) != 0 || index == UINT32_MAX)
		return false;
	require(sqfs_xattr_reader_get_desc(r->xattrs, index, &xattrs) == 0 &&
		sqfs_xattr_reader_seek_kv(r->xattrs, &xattrs) == 0);
	for (uint32_t i = 0; i < xattrs.count && !found; i++) {
		require(sqfs_xattr_reader_read_key(r->xattrs, &key) == 0 &&
			sqfs_xattr_reader_read_value(r->xattrs, key, &value) == 0);
		found = strcmp((const char *)key->key, "security.capability") == 0;
		sqfs_free(key);
		sqfs_free(value);
	}
	return found;
}

static void send_entry(struct reader *r, const sqfs_tree_node_t *node)
{
	const sqfs_inode_generic_t *inode = node->inode;
	struct record record = {
		.node = (uintptr_t)node,
		.mode = inode->base.mode,
		.uid = node->uid,
		.gid = node->gid,
		.has_capability = has_capability(r, inode),
	};
	size_t length, target_length = 0;
	char *path = NULL;

	require(sqfs_tree_node_get_path(node, &path) == 0);
	length = strlen(path);
	if (S_ISREG(record.mode))
		require(sqfs_inode_get_file_size(inode, &record.size) == 0);
	if (S_ISLNK(record.mode))
		target_length = inode->base.type == SQFS_INODE_EXT_SLINK
					? inode->data.slink_ext.target_size
					: inode->data.slink.target_size;
	require(length + target_length + 2 <= sizeof record.text);
	memcpy(record.text, path, length);
	memcpy(record.text + length + 1, inode->extra, target_length);
	length += target_length + 2 + offsetof(struct record, text);
	require(write(r->fd, &record, length) == (ssize_t)length);
	sqfs_free(path);
}

static void send_tree(struct reader *r, const sqfs_tree_node_t *node)
{
	for (; node; node = node->next) {
		send_entry(r, node);
		send_tree(r, node->children);
	}
}

static void send_file(struct reader *r, const sqfs_inode_generic_t *inode)
{
	char packet[PACKET_SIZE];
	sqfs_u64 size, offset = 0;
	sqfs_s32 n;

	require(sqfs_inode_get_file_size(inode, &size) == 0);
	for (; offset < size; offset += (sqfs_u64)n) {
		n = sqfs_data_reader_read(r->data, inode, offset, packet, sizeof packet);
		require(n > 0 && write(r->fd, packet, (size_t)n) == n);
	}
}

static int serve(int fd, void *userdata)
{
	struct image *image = userdata;
	sqfs_compressor_config_t config;
	struct reader reader = { .fd = fd };
	struct record end = { 0 };
	sqfs_dir_reader_t *directories;
	sqfs_compressor_t *compressor = NULL;
	sqfs_id_table_t *ids;
	sqfs_tree_node_t *root = NULL;
	sqfs_super_t super;
	uint64_t node;

	require(sqfs_super_read(&super, &image->file) == 0 &&
		sqfs_compressor_config_init(&config, super.compression_id, super.block_size,
					    SQFS_COMP_FLAG_UNCOMPRESS) == 0 &&
		sqfs_compressor_create(&config, &compressor) == 0);
	ids = sqfs_id_table_create(0);
	require(ids && sqfs_id_table_read(ids, &image->file, &super, compressor) == 0);
	if (!(super.flags & SQFS_FLAG_NO_XATTRS)) {
		reader.xattrs = sqfs_xattr_reader_create(0);
		require(reader.xattrs && sqfs_xattr_reader_load(reader.xattrs, &super, &image->file,
								compressor) == 0);
	}
	reader.data = sqfs_data_reader_create(&image->file, super.block_size, compressor, 0);
	require(reader.data && sqfs_data_reader_load_fragment_table(reader.data, &super) == 0);
	directories = sqfs_dir_reader_create(&super, compressor, &image->file, 0);
	require(directories &&
		sqfs_dir_reader_get_full_hierarchy(directories, ids, NULL, 0, &root) == 0);
	send_tree(&reader, root->children);
	end.size = root->inode->base.mode & 07777; /* the root is no entry */
	require(write(fd, &end, sizeof end) == sizeof end);
	while (read(fd, &node, sizeof node) == sizeof node)
		send_file(&reader, ((const sqfs_tree_node_t *)(uintptr_t)node)->inode);
	return EXIT_SUCCESS;
}

/* --- in the parent: it trusts the child no more than the image --- */

/* No "..", no ".", no empty part. */
static bool is_path(const char *path)
{
	for (const char *p = path; *p;) {
		size_t length = strcspn(++p, "/");

		if (length == 0 || (length == 1 && *p == '.') ||
		    (length == 2 && memcmp(p, "..", 2) == 0))
			return false;
		p += length;
	}
	return path[0] == '/' && strlen(path) < PATH_MAX;
}

/* size: of the packet. */
static int add_record(struct plan *plan, const struct record *record, size_t size)
{
	struct plan_entry entry = { .path = record->text, .origin = "" };
	size_t length = size - offsetof(struct record, text), path_length;

	if (size < offsetof(struct record, text) + 2 || record->text[length - 1] != '\0')
		return -EBADMSG;
	path_length = strlen(record->text) + 1;
	if (path_length == length || !is_path(record->text))
		return -EBADMSG;
	entry.type = S_ISDIR(record->mode)   ? PLAN_DIRECTORY
		     : S_ISREG(record->mode) ? PLAN_FILE
		     : S_ISLNK(record->mode) ? PLAN_SYMLINK
					     : PLAN_OTHER;
	entry.mode = record->mode & (entry.type == PLAN_OTHER ? S_IFMT | 07777 : 07777);
	entry.uid = record->uid;
	entry.gid = record->gid;
	entry.size = entry.type == PLAN_FILE ? record->size : 0;
	entry.has_capability = record->has_capability;
	entry.node = record->node;
	if (entry.type == PLAN_SYMLINK) {
		entry.target = pool_copy(plan->pool, record->text + path_length);
		if (!entry.target)
			return -ENOMEM;
	}
	return plan_put(plan, entry);
}

static int read_list(struct plan *plan, struct child *child)
{
	struct record record;
	ssize_t n;
	int r;

	for (;;) {
		n = child_read(child, (char *)&record, sizeof record);
		if (n < (ssize_t)offsetof(struct record, text))
			return n < 0 ? (int)n : -EBADMSG;
		if (record.mode == 0) {
			plan->root_mode = record.size & 07777;
			return 0;
		}
		r = add_record(plan, &record, (size_t)n);
		if (r < 0)
			return r;
	}
}

static int fetch(void *userdata, const struct plan_entry *entry, char *ret_bytes)
{
	struct image_file *file = userdata;
	size_t used = 0;
	ssize_t n;
	int r;

	r = child_ask(&file->reader, &entry->node, sizeof entry->node, SECONDS_MAX);
	while (r == 0 && used < entry->size) {
		n = child_read(&file->reader, ret_bytes + used, entry->size - used);
		if (n <= 0)
			r = n < 0 ? (int)n : -EBADMSG;
		else
			used += (size_t)n;
	}
	return r == -EPIPE || r == -ECONNRESET ? -EBADMSG : r;
}

/* Returns 0, or a negative errno and *ret_why. */
static int read_superblock(struct image_file *file, const char **ret_why)
{
	sqfs_super_t super;

	*ret_why = "it is truncated";
	if (pread(file->fd, &super, sizeof super, (off_t)file->root_offset) !=
		    (ssize_t)sizeof super ||
	    le64toh(super.bytes_used) > file->root_size)
		return -EBADMSG;
	*ret_why = "it ends within a sector of 512 bytes, which a loop device leaves out";
	if (le64toh(super.bytes_used) > file->root_size / SECTOR_SIZE * SECTOR_SIZE)
		return -EBADMSG;
	file->root_used = le64toh(super.bytes_used);
	*ret_why = "it has more entries than any portable service";
	if (le32toh(super.inode_count) > PLAN_ENTRIES_MAX)
		return -E2BIG;
	*ret_why = "libsquashfs does not know its compression";
	file->compression = sqfs_compressor_name_from_id(le16toh(super.compression_id));
	if (!file->compression || le16toh(super.compression_id) == SQFS_COMP_LZO)
		return -EOPNOTSUPP;
	*ret_why = NULL;
	return 0;
}

int image_read_squashfs(struct plan *plan, struct image_file *file, const char **ret_why)
{
	struct image image = { .file = { .read_at = read_at, .get_size = get_size } };
	char *bytes;
	int r;

	r = read_superblock(file, ret_why);
	if (r < 0)
		return r;
	bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	image.bytes = bytes + file->root_offset;
	image.size = file->root_size;
	r = child_fork(&file->reader, serve, &image, SECONDS_MAX, HEAP_SIZE);
	(void)munmap(bytes, file->size);
	if (r < 0)
		return r;
	r = read_list(plan, &file->reader);
	if (r == -ETIME)
		*ret_why = "libsquashfs timed out";
	else if (r == -E2BIG)
		*ret_why = "it has more entries than any portable service";
	else if (r == -EBADMSG || r == -EEXIST)
		*ret_why = "it is damaged";
	plan->fetch = fetch;
	plan->fetch_userdata = file;
	return r;
}
