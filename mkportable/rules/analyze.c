/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs systemd-analyze(1) on units in a private directory. */
#include "rules/analyze.h"

#include "base/child.h"
#include "base/scratch.h"
#include "fd.h"
#include "units/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A run takes 0.03 s, and longer on a busy machine. */
#define SECONDS_MAX    10
#define ANALYZE_MEMORY ((size_t)2 * 1024 * 1024 * 1024)

/* --recursive-errors= came with systemd 250; before 252 it does not name each line. */
#define VERIFY_SINCE 252

/* A line for each wrong line of the units; what is beyond it is left out. */
#define REMARKS_SIZE ((size_t)4 * 1024 * 1024)

/* Makes UNIT_DIRECTORY below a root. Returns 0 or a negative errno. */
static int make_directories(struct pool *pool, const char *root)
{
	static const char path[] = UNIT_DIRECTORY;
	const char *end = path, *directory;

	do {
		end = strchrnul(end + 1, '/');
		directory = pool_format(pool, "%s%.*s", root, (int)(end - path), path);
		if (!directory)
			return -ENOMEM;
		if (mkdir(directory, 0700) < 0)
			return -errno;
	} while (*end);
	return 0;
}

/* A name may be as long as a file name can be: no temporary file beside it. */
static int write_unit(int directory_fd, const struct unit *unit)
{
	CLEANUP_FD int fd = openat(directory_fd, unit->name,
				   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd_write_all(fd, unit->bytes, unit->size);
}

int analyze_write_units(struct pool *pool, const char *root, const struct unit *units)
{
	CLEANUP_FD int directory_fd = -1;
	const char *directory = pool_format(pool, "%s" UNIT_DIRECTORY, root);
	int r = make_directories(pool, root);

	if (r < 0)
		return r;
	if (!directory)
		return -ENOMEM;
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return -errno;
	/* The names were found valid: no slash, none that begins with a dot. */
	for (; units && r >= 0; units = units->next)
		r = write_unit(directory_fd, units);
	return r;
}

int analyze_run(const char *const *arguments, char *buffer, size_t size)
{
	struct child child = CHILD_NONE;
	CLEANUP_FD int error_fd = memfd_create("systemd-analyze", MFD_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;
	int r;

	if (error_fd < 0)
		return -errno;
	r = child_start(&child, &(struct child_program){ .arguments = arguments,
							 .input_fd = -1,
							 .error_fd = error_fd,
							 .image_fd = -1,
							 .directory_fd = -1,
							 .seconds_max = SECONDS_MAX,
							 .memory = ANALYZE_MEMORY,
							 .file_size = size,
							 .rights = CHILD_RIGHTS_NONE });
	if (r < 0)
		return r;
	while (used < size - 1 && (n = child_read(&child, buffer + used, size - 1 - used)) > 0)
		used += (size_t)n;
	(void)child_end(&child);
	if (n < 0)
		return (int)n;
	n = pread(error_fd, buffer + used, size - 1 - used, 0);
	used += n > 0 ? (size_t)n : 0;
	buffer[used] = '\0';
	return 0;
}

/* "systemd 252 (252.39-1~deb12u2)"; 0 without systemd. */
static int ask_version(unsigned *ret)
{
	static const char *const arguments[] = { "systemd-analyze", "--version", NULL };
	static const char beginning[] = "systemd ";
	char text[1024];
	int r = analyze_run(arguments, text, sizeof text);

	*ret = 0;
	if (r == -ENOENT)
		return 0;
	if (r >= 0 && strncmp(text, beginning, strlen(beginning)) == 0)
		*ret = (unsigned)strtoul(text + strlen(beginning), NULL, 10);
	return r;
}

static int verify_in(struct pool *pool, const char *root, const struct unit *units,
		     struct remark **ret)
{
	const char *root_option = pool_format(pool, "--root=%s", root), **arguments;
	char *text = pool_take(pool, REMARKS_SIZE);
	size_t n = 0;
	int r = analyze_write_units(pool, root, units);

	for (const struct unit *unit = units; unit; unit = unit->next)
		n++;
	arguments = pool_take(pool, (n + 7) * sizeof *arguments);
	if (!root_option || !text || !arguments)
		return -ENOMEM;
	n = 0;
	arguments[n++] = "systemd-analyze";
	arguments[n++] = "verify";
	arguments[n++] = "--man=no";
	arguments[n++] = "--recursive-errors=no";
	arguments[n++] = root_option;
	arguments[n++] = "--";
	for (const struct unit *unit = units; unit; unit = unit->next)
		arguments[n++] = unit->name;
	if (r >= 0)
		r = analyze_run(arguments, text, REMARKS_SIZE);
	return r < 0 ? r : verify_read(pool, text, ret);
}

int analyze_verify(struct pool *pool, const struct unit *units, struct remark **ret,
		   unsigned *ret_version)
{
	struct scratch scratch = { 0 };
	struct remark *remarks = NULL;
	unsigned version = 0;
	int r = 0;

	if (units)
		r = scratch_make(&scratch, pool);
	if (units && r >= 0)
		r = ask_version(&version);
	if (version < VERIFY_SINCE)
		version = 0;
	if (r >= 0 && version)
		r = verify_in(pool, scratch.path, units, &remarks);
	scratch_remove(&scratch);
	/* More names than a command line takes, or too slow: as if it were not installed. */
	if (r == -E2BIG || r == -ETIME) {
		version = 0;
		r = 0;
	}
	if (r < 0)
		return r;
	*ret = remarks;
	*ret_version = version;
	return 0;
}
