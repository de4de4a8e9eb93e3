/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes debug information and symbol tables. */
#include "write/strip.h"

#include "base/child.h"
#include "base/elf-sections.h"
#include "elements.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "plan/programs.h"
#include "write/common.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A gigabyte of debug information takes some ten seconds. */
#define SECONDS_MAX 600

#define COPY_SIZE ((size_t)128 * 1024)

/* What eu-strip says when it fails. */
#define DIAGNOSTICS_MAX ((size_t)4096)

/* Names in the scratch directory. */
#define STRIPPED "stripped"
#define REMOVED  "removed"

struct stripping {
	const struct plan *plan;
	struct pool *pool;
	int scratch_fd;
	const char *scratch;
	const char *debug_directory; /* NULL: none */
	unsigned n;
};

/* Whether the source of an entry begins like an ELF file. Returns 1, 0 or a negative errno. */
static int is_elf(const struct plan_entry *entry)
{
	char magic[SELFMAG];
	size_t size;
	CLEANUP_FD int fd = pack_open_source(entry, &size);

	if (fd < 0)
		return fd;
	return pread(fd, magic, sizeof magic, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* libelf writes through a mapping: on a full disk eu-strip is ended by SIGBUS. */
static bool is_full(int directory_fd, int input_fd)
{
	struct statvfs disk;
	struct stat input;

	return fstatvfs(directory_fd, &disk) == 0 && fstat(input_fd, &input) == 0 &&
	       disk.f_bavail * disk.f_frsize < (uint64_t)input.st_size;
}

static int run_strip(const char *const *arguments, int input_fd, int scratch_fd,
		     const struct plan_entry *entry)
{
	CLEANUP_FD int error_fd = memfd_create("eu-strip", MFD_CLOEXEC);
	char text[DIAGNOSTICS_MAX], shown[LOG_ESCAPED_SIZE];
	struct child child = CHILD_NONE;
	ssize_t n;
	int r = error_fd < 0 ? -errno : 0;

	if (r == 0)
		r = child_start(&child, &(struct child_program){ .arguments = arguments,
								 .input_fd = -1,
								 .error_fd = error_fd,
								 .image_fd = input_fd,
								 .directory_fd = scratch_fd,
								 .seconds_max = SECONDS_MAX,
								 .rights = CHILD_RIGHTS_NONE });
	if (r == 0)
		r = child_wait(&child);
	if (r == -EINTR)
		return pack_interrupted();
	if (r == 0)
		return 0;
	if (r == -ENOENT) {
		log_error("--strip: cannot find eu-strip in $PATH; install elfutils");
		return r;
	}
	if (r == -EIO && is_full(scratch_fd, input_fd)) {
		r = -ENOSPC;
		log_failure(r, "%s: cannot write the stripped file below $TMPDIR", entry->origin);
		return r;
	}
	if (r < 0) {
		log_failure(r, "%s: cannot run eu-strip", entry->origin);
		return r;
	}
	n = pread(error_fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	log_error("%s: cannot strip the file: %s; in tree/ it would be left as it is",
		  entry->origin, log_escape(text, shown));
	return -EBADMSG;
}

/* Where debuggers look for what was removed: "DIRECTORY/.build-id/ab/cdef.debug". */
static const char *debug_path(const struct stripping *s, const struct plan_entry *entry,
			      const char *build_id)
{
	return build_id ? pool_format(s->pool, "%s/.build-id/%.2s/%s.debug", s->debug_directory,
				      build_id, build_id + 2)
			: pool_format(s->pool, "%s%s.debug", s->debug_directory, entry->path);
}

/* Makes all directories on the way to a file. Returns the last one, open, or a negative errno. */
static int make_parents(struct pool *pool, const char *path)
{
	int fd;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *directory = pool_copy_bytes(pool, path, (size_t)(slash - path));

		if (!directory)
			return -ENOMEM;
		if (mkdir(directory, 0777) < 0 && errno != EEXIST)
			return -errno;
		if (strchr(slash + 1, '/'))
			continue;
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	return -EINVAL;
}

static int copy(int from_fd, int to_fd)
{
	char buffer[COPY_SIZE];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(from_fd, buffer, sizeof buffer)) != 0)
		r = n < 0 ? -errno : fd_write_all(to_fd, buffer, (size_t)n);
	return r;
}

static int keep_removed(const struct stripping *s, const char *path)
{
	CLEANUP_FD int from_fd = openat(s->scratch_fd, REMOVED, O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int directory_fd = -1;
	struct replacement new = REPLACEMENT_NONE;
	char shown[LOG_ESCAPED_SIZE];
	int r;

	r = from_fd < 0 ? -errno : make_parents(s->pool, path);
	if (r >= 0)
		directory_fd = r;
	if (r >= 0)
		r = replacement_begin(&new, directory_fd, strrchr(path, '/') + 1, 0644);
	if (r >= 0)
		r = copy(from_fd, new.fd);
	if (r >= 0)
		r = replacement_commit(&new);
	replacement_abandon(&new);
	if (r < 0)
		log_failure(r, "cannot write '%s'", log_escape(path, shown));
	return r;
}

/* The stripped file gets a number for its name, so that the next one has a place. */
static int replace_source(struct stripping *s, struct plan_entry *entry)
{
	const char *name = pool_format(s->pool, "%u", s->n++);

	entry->source = name ? pool_format(s->pool, "%s/%s", s->scratch, name) : NULL;
	entry->root = NULL;
	if (!entry->source)
		return pool_exhausted();
	if (renameat(s->scratch_fd, STRIPPED, s->scratch_fd, name) < 0) {
		int r = -errno;

		log_failure(r, "%s: cannot keep the stripped file", entry->origin);
		return r;
	}
	return 0;
}

static int strip(struct stripping *s, struct plan_entry *entry, const char *build_id)
{
	const char *arguments[] = { "eu-strip", "-o", STRIPPED, CHILD_IMAGE, "-f",
				    REMOVED,    "-F", NULL,     NULL };
	/* Another user's file may be closed to a child without root's rights. */
	CLEANUP_FD int input_fd = memfd_create("program", MFD_CLOEXEC);
	CLEANUP_FD int source_fd = -1;
	const char *path = NULL;
	size_t size;
	int r;

	source_fd = pack_open_source(entry, &size);
	if (source_fd < 0)
		return source_fd;
	r = input_fd < 0 ? -errno : copy(source_fd, input_fd);
	if (r < 0) {
		log_failure(r, "%s: cannot copy the file", entry->origin);
		return r;
	}
	if (s->debug_directory) {
		path = debug_path(s, entry, build_id);
		if (!path)
			return pool_exhausted();
		arguments[ELEMENTS(arguments) - 2] = strrchr(path, '/') + 1;
	} else {
		arguments[4] = NULL;
	}
	r = run_strip(arguments, input_fd, s->scratch_fd, entry);
	if (r == 0 && path)
		r = keep_removed(s, path);
	return r < 0 ? r : replace_source(s, entry);
}

static int strip_entry(struct stripping *s, struct plan_entry *entry)
{
	struct elf_sections sections;
	char *bytes;
	size_t size;
	int r = is_elf(entry);

	if (r <= 0)
		return r;
	r = plan_read(s->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "%s: cannot read the file", entry->origin);
		return r;
	}
	r = elf_sections_read(s->pool, bytes, size, &sections);
	free(bytes);
	if (r == -ENOMEM)
		return pool_exhausted();
	/* Others are object files, or data that looks like a program. */
	return r == 0 && sections.has_symbols && !sections.has_tail
		       ? strip(s, entry, sections.build_id)
		       : 0;
}

int strip_programs(const struct plan *plan, const struct scratch *scratch,
		   const char *debug_directory)
{
	CLEANUP_FD int scratch_fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stripping s = { .plan = plan,
			       .pool = plan->pool,
			       .scratch_fd = scratch_fd,
			       .scratch = scratch->path,
			       .debug_directory = debug_directory };
	struct plan_entry **entries = plan_sorted(plan);
	int r = scratch_fd < 0 ? -errno : 0;

	if (r < 0)
		log_failure(r, "cannot open '%s'", scratch->path);
	if (!entries)
		return pool_exhausted();
	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (entries[i]->type == PLAN_FILE && (entries[i]->root || entries[i]->is_placed))
			r = strip_entry(&s, entries[i]);
	return r;
}
