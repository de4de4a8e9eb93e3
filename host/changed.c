/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether any unit file or drop-in has changed. */
#include "changed.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool is_newer(const struct stat *st, uint64_t since_us)
{
	return timespec_us(&st->st_mtim) >= since_us;
}

/*
 * What cannot be read counts as changed. depth: 0 for a directory of units, whose directories of
 * drop-ins are read as well.
 */
static bool directory_changed(int parent_fd, const char *path, uint64_t since_us, int depth)
{
	int fd = openat(parent_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	bool changed = stream ? false : errno != ENOENT;
	const struct dirent *entry;
	struct stat st;

	/* Names come and go. */
	if (stream && (fstat(fd, &st) < 0 || is_newer(&st, since_us)))
		changed = true;
	while (stream && !changed && (entry = readdir(stream))) {
		size_t length = strlen(entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		/* Links are followed: of a profile or a unit the file counts. One may dangle. */
		if (fstatat(fd, entry->d_name, &st, 0) < 0)
			changed = errno != ENOENT;
		else if (!S_ISDIR(st.st_mode))
			changed = S_ISREG(st.st_mode) && is_newer(&st, since_us);
		else if (depth == 0 && length > 2 && strcmp(entry->d_name + length - 2, ".d") == 0)
			changed = directory_changed(fd, entry->d_name, since_us, depth + 1);
	}
	if (stream)
		(void)closedir(stream);
	else
		close_fd(&fd);
	return changed;
}

/* What systemd and its generators write themselves, while they read units. */
static bool is_of_systemd(const char *directory)
{
	static const char *const beginnings[] = { "/run/systemd/generator",
						  "/run/systemd/transient" };

	for (size_t i = 0; i < ELEMENTS(beginnings); i++)
		if (strncmp(directory, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

bool units_changed(char *const *directories, uint64_t since_us)
{
	struct timespec tick = { 0 };

	/* The kernel stamps files with the time of its last tick. */
	(void)clock_getres(CLOCK_REALTIME_COARSE, &tick);
	since_us -= timespec_us(&tick);
	for (; *directories; directories++)
		if (!is_of_systemd(*directories) &&
		    directory_changed(AT_FDCWD, *directories, since_us, 0))
			return true;
	return false;
}
