/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exposure of services. */
#include "exposure.h"

#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A line of a hundred bytes for each of ten thousand services. */
#define TABLE_SIZE_MAX ((size_t)1024 * 1024)

/* Returns the process, or a negative errno. */
static pid_t start(int output_fd)
{
	static char name[] = "systemd-analyze", verb[] = "security", pager[] = "--no-pager";
	static char locale[] = "LC_ALL=C";
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const arguments[] = { name, verb, pager, NULL };
	char *const environment[] = { locale, path, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int e = posix_spawn_file_actions_init(&actions);

	if (e)
		return -e;
	e = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	if (!e)
		e = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
						     0);
	if (!e)
		e = posix_spawnp(&pid, name, &actions, NULL, arguments, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return e ? -e : pid;
}

static char *read_all(FILE *in)
{
	char *bytes = malloc(TABLE_SIZE_MAX);
	size_t size = bytes ? fread(bytes, 1, TABLE_SIZE_MAX - 1, in) : 0;

	if (bytes)
		bytes[size] = '\0';
	return bytes;
}

int exposure_table(struct pool *pool, const char **ret)
{
	int ends[2], status;
	char *table = NULL;
	pid_t pid;
	FILE *in;

	*ret = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid = start(ends[1]);
	close_fd(&ends[1]);
	in = fdopen(ends[0], "r");
	if (in && pid > 0)
		table = read_all(in);
	if (in)
		(void)fclose(in);
	else
		close_fd(&ends[0]);
	if (pid < 0)
		return 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			status = -1;
	if (!table || !pool_adopt(pool, table))
		return pool_exhausted();
	*ret = status == 0 ? table : NULL;
	return 0;
}

const char *exposure_of(struct pool *pool, const char *table, const char *service)
{
	const size_t length = strlen(service);

	for (const char *line = table; *line; line += *line == '\n') {
		const char *number = line + length;
		size_t digits;

		if (strncmp(line, service, length) == 0 && *number == ' ') {
			number += strspn(number, " ");
			digits = strspn(number, "0123456789.");
			if (digits > 0 && number[digits] == ' ')
				return pool_copy_bytes(pool, number, digits);
		}
		line += strcspn(line, "\n");
	}
	return NULL;
}
