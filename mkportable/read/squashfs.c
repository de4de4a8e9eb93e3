/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a squashfs image through unsquashfs(1): its list of entries as a pseudo
 * file (-pf), of which only the part before the data is taken, and the files that
 * are asked for through -cat. Nothing is unpacked, so nothing can be written.
 */
#include "base/child.h"
#include "read/image.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 100,000 entries (PLAN_ENTRIES_MAX) with paths of 300 bytes. */
#define LISTING_MAX ((size_t)32 * 1024 * 1024)

/* A list of 4,000 entries takes 0.05 s; a damaged image may make unsquashfs turn in circles. */
#define LISTING_SECONDS_MAX 10
#define FETCH_SECONDS_MAX   20

/* What unsquashfs may take for its caches, tables and threads. */
#define UNSQUASHFS_MEMORY ((size_t)2 * 1024 * 1024 * 1024)

/* Between the entries and the bytes of the files. */
#define END_OF_LIST "#\n# START OF DATA - DO NOT MODIFY\n"

/* The superblock: the kernel's fs/squashfs/squashfs_fs.h. Little endian. */
#define SUPERBLOCK_SIZE    96
#define OFFSET_INODES      4
#define OFFSET_COMPRESSION 20
#define OFFSET_BYTES_USED  40
#define OFFSET_XATTR_TABLE 56

struct listing {
	struct plan *plan;
	uint32_t inodes;
	bool shows_xattrs;
	const char *why;
};

static uint32_t read_u32(const char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return le32toh(value);
}

static uint64_t read_u64(const char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof value);
	return le64toh(value);
}

/* Takes the next word, escaped by backslashes, off a line; in place. NULL at the end. */
static char *next_word(char **line)
{
	char *word = *line, *out = word, *in = word;

	if (*in == '\0')
		return NULL;
	for (; *in && *in != ' '; in++) {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	*line = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

/* A number of that base, no longer than a file's size. */
static bool read_number(char **line, int base, uint64_t max, uint64_t *ret)
{
	const char *word = next_word(line);
	uint64_t value = 0;

	if (!word || !*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word >= '0' + base ||
		    __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*word - '0'), &value) || value > max)
			return false;
	}
	*ret = value;
	return true;
}

/* No "..", no ".", no empty part: unsquashfs refuses them too, but we build on it. */
static bool is_path(const char *path)
{
	if (strlen(path) >= PATH_MAX - 1)
		return false;
	for (const char *p = path;; p++) {
		size_t length = strcspn(p, "/");

		if (length == 0 || (length == 1 && *p == '.') ||
		    (length == 2 && memcmp(p, "..", 2) == 0))
			return false;
		p += length;
		if (*p == '\0')
			return true;
	}
}

static int add_hard_link(struct listing *l, const char *path, const char *target)
{
	const char *absolute = pool_format(l->plan->pool, "/%s", target);
	const struct plan_entry *there;
	struct plan_entry entry;

	if (!absolute)
		return -ENOMEM;
	there = plan_find(l->plan, absolute);
	if (!there || there->type == PLAN_DIRECTORY)
		return -EBADMSG;
	entry = *there;
	entry.path = path;
	return plan_put(l->plan, entry);
}

/* "NAME TYPE SECONDS MODE UID GID [MORE]", or "NAME L TARGET". */
static int add_line(struct listing *l, char *line)
{
	struct plan_entry entry = { .origin = "" };
	char *name = next_word(&line), *type = name ? next_word(&line) : NULL;
	uint64_t seconds, mode, uid, gid, size;
	bool is_root;

	if (!type || strlen(type) != 1)
		return -EBADMSG;
	is_root = strcmp(name, "/") == 0;
	if (!is_root && !is_path(name))
		return -EBADMSG;
	entry.path = pool_format(l->plan->pool, "/%s", name);
	if (!entry.path)
		return -ENOMEM;
	if (*type == 'x') { /* since 4.6 */
		struct plan_entry *there = plan_find(l->plan, entry.path);

		if (there && strncmp(line, "security.capability=", 20) == 0)
			there->has_capability = true;
		l->shows_xattrs = true;
		return 0;
	}
	if (*type == 'L')
		return add_hard_link(l, entry.path, next_word(&line));
	if (!read_number(&line, 10, UINT64_MAX, &seconds) || !read_number(&line, 8, 07777, &mode) ||
	    !read_number(&line, 10, UINT32_MAX, &uid) || !read_number(&line, 10, UINT32_MAX, &gid))
		return -EBADMSG;
	if (l->inodes-- == 0)
		return -EBADMSG;
	if (is_root)
		return 0;
	entry.mode = (mode_t)mode;
	entry.uid = (uid_t)uid;
	entry.gid = (gid_t)gid;
	switch (*type) {
	case 'D':
		entry.type = PLAN_DIRECTORY;
		break;
	case 'R':
		if (!read_number(&line, 10, INT64_MAX, &size))
			return -EBADMSG;
		entry.type = PLAN_FILE;
		entry.size = size;
		break;
	case 'S':
		entry.type = PLAN_SYMLINK;
		entry.target = line;
		break;
	case 'C':
	case 'B':
	case 'I':
		entry.type = PLAN_OTHER;
		entry.mode |= *type == 'C' ? S_IFCHR : *type == 'B' ? S_IFBLK : S_IFIFO;
		break;
	default:
		return -EBADMSG;
	}
	return plan_put(l->plan, entry);
}

/*
 * Line breaks in names and in the targets of links stand in the list as they are.
 * What follows one is no entry, or one too many for the number of inodes.
 */
static int read_list(struct listing *l, char *text)
{
	char *line;
	int r;

	while ((line = strsep(&text, "\n"))) {
		if (line[0] == '\0' || line[0] == '#')
			continue;
		r = add_line(l, line);
		if (r == -E2BIG)
			l->why = "it has more entries than any portable service";
		else if (r == -EBADMSG || r == -EEXIST)
			l->why = "it is damaged, or has names with line breaks";
		if (r < 0)
			return r;
	}
	if (l->inodes != 0) {
		l->why = "it is damaged, or has names with line breaks";
		return -EBADMSG;
	}
	return 0;
}

/* Reads the child's output up to the mark. The text is the pool's. */
static int take_list(struct pool *pool, struct child *child, char **ret)
{
	char *text = NULL, *larger, *end = NULL;
	size_t room = 0, used = 0;
	ssize_t n;

	for (;;) {
		if (room - used < 2) {
			room = room ? room * 2 : (size_t)64 * 1024;
			larger = room > LISTING_MAX ? NULL : realloc(text, room);
			if (!larger) {
				free(text);
				return -E2BIG;
			}
			text = larger;
		}
		n = child_read(child, text + used, room - used - 1);
		if (n < 0) {
			free(text);
			return (int)n;
		}
		if (n == 0)
			break;
		/* The mark may have begun in what came before. */
		end = memmem(text + (used > sizeof END_OF_LIST ? used - sizeof END_OF_LIST : 0),
			     (used > sizeof END_OF_LIST ? sizeof END_OF_LIST : used) + (size_t)n,
			     END_OF_LIST, strlen(END_OF_LIST));
		used += (size_t)n;
		if (end)
			break;
	}
	if (used == 0 || memchr(text, '\0', end ? (size_t)(end - text) : used)) {
		free(text);
		return -EBADMSG;
	}
	*(end ? end : text + used) = '\0';
	*ret = pool_adopt(pool, text);
	return *ret ? 0 : -ENOMEM;
}

static int fetch(void *userdata, const struct plan_entry *entry, char *ret_bytes)
{
	const struct image_file *file = userdata;
	const char *const arguments[] = { "unsquashfs", "-n",        "-q",        "-no-wildcards",
					  "-da",        "16",        "-fr",       "16",
					  "-cat",       CHILD_IMAGE, entry->path, NULL };
	struct child child = CHILD_NONE;
	char surplus;
	size_t used = 0;
	ssize_t n;
	int r;

	r = child_start(&child, arguments, file->fd, FETCH_SECONDS_MAX, UNSQUASHFS_MEMORY);
	if (r < 0)
		return r;
	do {
		n = used < entry->size ? child_read(&child, ret_bytes + used, entry->size - used)
				       : child_read(&child, &surplus, 1);
		if (n > 0 && used == entry->size)
			n = -EBADMSG;
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (n < 0) {
		(void)child_end(&child);
		return (int)n;
	}
	return child_wait(&child) == 0 && used == entry->size ? 0 : -EBADMSG;
}

static int read_superblock(struct image_file *file, struct listing *l)
{
	/* The numbers of squashfs_fs.h; 2, lzma, was never in a kernel. */
	static const char *const names[] = { NULL, "gzip", "lzma", "lzo", "xz", "lz4", "zstd" };
	char bytes[SUPERBLOCK_SIZE];
	uint16_t compression;

	l->why = "it is truncated";
	if (pread(file->fd, bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes ||
	    read_u64(bytes + OFFSET_BYTES_USED) > file->size)
		return -EBADMSG;
	l->inodes = read_u32(bytes + OFFSET_INODES);
	l->why = "it has more entries than any portable service";
	if (l->inodes > PLAN_ENTRIES_MAX)
		return -E2BIG;
	memcpy(&compression, bytes + OFFSET_COMPRESSION, sizeof compression);
	compression = le16toh(compression);
	if (compression < sizeof names / sizeof *names)
		file->compression = names[compression];
	file->hides_xattrs = read_u64(bytes + OFFSET_XATTR_TABLE) != UINT64_MAX;
	l->why = NULL;
	return 0;
}

int image_read_squashfs(struct plan *plan, struct image_file *file, const char **ret_why)
{
	static const char *const arguments[] = { "unsquashfs", "-n",  "-q",
						 "-da",        "16",  "-fr",
						 "16",         "-pf", "/proc/self/fd/1",
						 CHILD_IMAGE,  NULL };
	struct listing l = { .plan = plan };
	struct child child = CHILD_NONE;
	char *text = NULL;
	int r;

	file->format = "squashfs";
	r = read_superblock(file, &l);
	*ret_why = l.why;
	if (r < 0)
		return r;
	r = child_start(&child, arguments, file->fd, LISTING_SECONDS_MAX, UNSQUASHFS_MEMORY);
	if (r < 0) {
		*ret_why = r == -ENOENT ? "there is no unsquashfs; install squashfs-tools" : NULL;
		return r;
	}
	r = take_list(plan->pool, &child, &text);
	(void)child_end(&child); /* the bytes of all files would follow */
	if (r == -ETIME)
		*ret_why = "unsquashfs does not come to an end with it";
	else if (r == -E2BIG)
		*ret_why = "the list of its entries is longer than 32 MiB";
	else if (r == -EBADMSG)
		*ret_why = "unsquashfs cannot read it";
	if (r < 0)
		return r;
	r = read_list(&l, text);
	*ret_why = l.why;
	file->hides_xattrs = file->hides_xattrs && !l.shows_xattrs;
	plan->fetch = fetch;
	plan->fetch_userdata = file;
	return r;
}
