/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as a tar archive, through libarchive. */
#include "write/tar.h"

#include "fd.h"
#include "log.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_SIZE ((size_t)128 * 1024)

/* tar(1) pads to this; libarchive would not pad a regular file. */
#define TAR_BLOCK 10240

/* No image has a larger file, as in plan/programs.h. */
#define FETCHED_SIZE_MAX ((size_t)1024 * 1024 * 1024)

/* Written at once. */
#define TAR_WRITE_SIZE (32 * TAR_BLOCK)

struct tar {
	struct archive *archive;
	struct archive_entry *header;
	const struct plan *plan;
	const char *shown;
	tar_sink_fn *sink;
	void *userdata;
	int error; /* a negative errno: nothing more is written */
	uint32_t seconds;
};

/*
 * Writes for libarchive. Always reports success to it: its own handling of a failed write
 * leaks memory and loses the errno.
 */
static la_ssize_t take(struct archive *archive, void *tar, const void *bytes, size_t size)
{
	struct tar *t = tar;

	(void)archive;
	if (t->error == 0)
		t->error = t->sink(t->userdata, bytes, size);
	return (la_ssize_t)size;
}

/* Logs the failure of a call of libarchive. */
static int refused(struct tar *t)
{
	const char *why = archive_error_string(t->archive);

	log_error("cannot write '%s': %s", t->shown, why ? why : "libarchive failed");
	return -EIO;
}

static int write_bytes(struct tar *t, const void *bytes, size_t size)
{
	if (archive_write_data(t->archive, bytes, size) != (la_ssize_t)size)
		return refused(t);
	return t->error;
}

static int write_header(struct tar *t, const struct plan_entry *entry, size_t size)
{
	static const mode_t types[] = {
		[PLAN_DIRECTORY] = AE_IFDIR,
		[PLAN_FILE] = AE_IFREG,
		[PLAN_SYMLINK] = AE_IFLNK,
	};

	archive_entry_clear(t->header);
	/* Without the leading slash, as tar(1) writes names. */
	archive_entry_set_pathname(t->header, entry->path + 1);
	archive_entry_set_filetype(t->header, types[entry->type]);
	archive_entry_set_perm(t->header, entry->mode);
	archive_entry_set_uid(t->header, entry->uid);
	archive_entry_set_gid(t->header, entry->gid);
	archive_entry_set_mtime(t->header, (time_t)t->seconds, 0);
	archive_entry_set_size(t->header, (la_int64_t)size);
	if (entry->type == PLAN_SYMLINK)
		archive_entry_set_symlink(t->header, entry->target);
	if (archive_write_header(t->archive, t->header) != ARCHIVE_OK)
		return refused(t);
	return t->error;
}

static int write_file(struct tar *t, const struct plan_entry *entry)
{
	CLEANUP_FD int fd = -1;
	char buffer[COPY_SIZE], shown[LOG_ESCAPED_SIZE];
	size_t left;
	ssize_t n;
	int r;

	fd = pack_open_source(entry, &left);
	if (fd < 0)
		return fd;
	r = write_header(t, entry, left);
	while (r >= 0 && left > 0) {
		n = read(fd, buffer, left < sizeof buffer ? left : sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r = n < 0 ? -errno : -ESTALE;
			log_failure(r, "%s: cannot read '%s'", entry->origin,
				    log_escape(entry->source, shown));
			return r;
		}
		r = write_bytes(t, buffer, (size_t)n);
		left -= (size_t)n;
	}
	return r;
}

/* Of an image that was read. */
static int write_fetched(struct tar *t, const struct plan_entry *entry)
{
	char *bytes, shown[LOG_ESCAPED_SIZE];
	size_t size;
	int r = plan_read(t->plan, entry, FETCHED_SIZE_MAX, &bytes, &size);

	if (r < 0) {
		log_failure(r, "cannot read '%s' of the image", log_escape(entry->path, shown));
		return r;
	}
	r = write_header(t, entry, size);
	if (r >= 0)
		r = write_bytes(t, bytes, size);
	free(bytes);
	return r;
}

static int write_entry(struct tar *t, const struct plan_entry *entry)
{
	int r;

	if (entry->type == PLAN_FILE && entry->source)
		return write_file(t, entry);
	if (entry->type == PLAN_FILE && !entry->bytes && entry->size > 0)
		return write_fetched(t, entry);
	r = write_header(t, entry, entry->size);
	if (r >= 0 && entry->size > 0)
		r = write_bytes(t, entry->bytes, entry->size);
	return r;
}

static int write_entries(struct tar *t)
{
	const struct plan *plan = t->plan;
	struct plan_entry **entries = plan_sorted(plan);
	int r = 0;

	if (!entries)
		return pool_exhausted();
	for (size_t i = 0; i < plan->n && r >= 0; i++) {
		r = pack_interrupted();
		if (r >= 0)
			r = write_entry(t, entries[i]);
	}
	return r;
}

int pack_tar_through(tar_sink_fn *sink, void *userdata, const struct plan *plan, const char *shown,
		     uint32_t seconds)
{
	struct tar t = {
		.plan = plan, .shown = shown, .sink = sink, .userdata = userdata, .seconds = seconds
	};

	t.archive = archive_write_new();
	t.header = archive_entry_new();
	if (!t.archive || !t.header) {
		t.error = pool_exhausted();
	} else if (archive_write_set_format_gnutar(t.archive) != ARCHIVE_OK ||
		   archive_write_set_bytes_per_block(t.archive, TAR_WRITE_SIZE) != ARCHIVE_OK ||
		   archive_write_set_bytes_in_last_block(t.archive, TAR_BLOCK) != ARCHIVE_OK ||
		   archive_write_open(t.archive, &t, NULL, take, NULL) != ARCHIVE_OK) {
		/* The GNU format: names of any length and any bytes, in any locale. */
		t.error = refused(&t);
	} else {
		int r = write_entries(&t);

		if (r < 0)
			t.error =
				r; /* or the close would complete an archive without all entries */
		if (archive_write_close(t.archive) != ARCHIVE_OK && t.error == 0)
			t.error = refused(&t);
	}
	archive_entry_free(t.header);
	(void)archive_write_free(t.archive);
	return t.error;
}

/* A descriptor, and what messages call it. */
struct tar_file {
	int fd;
	const char *shown;
};

static int write_to_file(void *userdata, const void *bytes, size_t size)
{
	const struct tar_file *file = userdata;
	int r = fd_write_all(file->fd, bytes, size);

	if (r < 0 && r != -EPIPE)
		log_failure(r, "cannot write '%s'", file->shown);
	return r;
}

int pack_tar_to(int fd, const struct plan *plan, const char *shown, uint32_t seconds)
{
	struct tar_file file = { fd, shown };

	return pack_tar_through(write_to_file, &file, plan, shown, seconds);
}

static int write_new(const struct plan *plan, const struct pack_output *output,
		     const struct replacement *new, uint32_t seconds,
		     struct pack_sidecars *ret_sidecars)
{
	(void)ret_sidecars;
	return pack_tar_to(new->fd, plan, output->shown, seconds);
}

int pack_tar_stream(int fd, const struct plan *plan, const struct pack_output *output,
		    uint32_t seconds)
{
	return pack_tar_to(fd, plan, output->shown, seconds);
}

int pack_tar(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_new);
}
