/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child, a program or a function of ours: what it can do, and what ends it. */
#include "base/child.h"
#include "check.h"
#include "elements.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

static int echo(int fd, void *userdata)
{
	char packet[64];
	ssize_t n;

	(void)userdata;
	while ((n = read(fd, packet, sizeof packet)) > 0)
		if (write(fd, packet, (size_t)n) != n)
			return 1;
	return 0;
}

static int answer(int fd, unsigned char n)
{
	return write(fd, &n, 1) == 1 ? 0 : 1;
}

/* How many of the first descriptors can be read. */
static int count_descriptors(int fd, void *userdata)
{
	unsigned char n = 0;

	(void)userdata;
	for (int i = 0; i < 64; i++)
		if (syscall(SYS_read, i, NULL, 0) == 0)
			n++;
	return answer(fd, n);
}

static int call_it(int fd, void *number)
{
	(void)syscall(*(const long *)number, 0, 0, 0);
	return answer(fd, 1);
}

static int take_memory(int fd, void *size)
{
	void *volatile memory = malloc(*(const size_t *)size);
	bool there = memory != NULL;

	free(memory);
	return answer(fd, there);
}

static int turn(int fd, void *userdata)
{
	volatile bool go_on = true;

	(void)fd;
	(void)userdata;
	while (go_on)
		continue;
	return 0;
}

/* -1: it ended without one. */
static int answer_of(child_fn *run, void *userdata)
{
	struct child child = CHILD_NONE;
	unsigned char n;
	ssize_t r;

	if (child_fork(&child, run, userdata, 10, 32 * MIB) < 0)
		return -2;
	r = child_read(&child, (char *)&n, 1);
	(void)child_end(&child);
	return r == 1 ? n : -1;
}

static void packets_go_both_ways(void)
{
	struct child child = CHILD_NONE;
	char answer[16] = "";

	CHECK(child_fork(&child, echo, NULL, 10, MIB) == 0);
	CHECK(child_ask(&child, "one", 3, 10) == 0 && child_ask(&child, "four", 4, 10) == 0);
	CHECK(child_read(&child, answer, sizeof answer) == 3);
	CHECK(child_read(&child, answer, sizeof answer) == 4);
	CHECK_TEXT(answer, "four");
	CHECK(child_end(&child) == -EIO);
	CHECK(child_end(&child) == 0);
}

static void another_system_call_ends_it(void)
{
	long calls[] = { SYS_openat, SYS_socket, SYS_clone,  SYS_execve, SYS_kill,
			 SYS_mmap,   SYS_brk,    SYS_fchmod, SYS_close,  SYS_getpid };

	for (size_t i = 0; i < ELEMENTS(calls); i++)
		CHECK(answer_of(call_it, &calls[i]) == -1);
}

static void it_has_no_descriptor_but_its_socket(void)
{
	int fd = open("/dev/zero", O_RDWR);

	CHECK(fd > 0 && dup2(fd, 63) == 63);
	CHECK(answer_of(count_descriptors, NULL) == 1);
	(void)close(fd);
	(void)close(63);
}

static void its_memory_ends_where_its_heap_ends(void)
{
#ifndef __clang__ /* that is the build with AddressSanitizer, which has a heap of its own */
	size_t little = 16 * MIB, much = 64 * MIB;

	CHECK(answer_of(take_memory, &little) == 1);
	CHECK(answer_of(take_memory, &much) == -1);
#else
	(void)take_memory;
#endif
}

static void one_that_does_not_end_is_ended(void)
{
	struct child child = CHILD_NONE;
	char answer[16];

	CHECK(child_fork(&child, turn, NULL, 1, MIB) == 0);
	CHECK(child_read(&child, answer, sizeof answer) <= 0);
	CHECK(child_end(&child) == -EIO);
}

/* The rest of the line of /proc/PID/status. */
static const char *status_of(pid_t pid, const char *key, char line[static 256])
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, 256, file)) {
		if (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] != ':')
			continue;
		(void)fclose(file);
		line[strcspn(line, "\n")] = '\0';
		line += strlen(key) + 1;
		return line + strspn(line, "\t ");
	}
	if (file)
		(void)fclose(file);
	return "none";
}

static void it_is_nobody_and_has_no_capabilities(void)
{
	struct child child = CHILD_NONE;
	char line[256];

	CHECK(child_fork(&child, echo, NULL, 10, MIB) == 0);
	if (geteuid() == 0) {
		CHECK_TEXT(status_of(child.pid, "Uid", line), "65534\t65534\t65534\t65534");
		CHECK_TEXT(status_of(child.pid, "Gid", line), "65534\t65534\t65534\t65534");
		CHECK_TEXT(status_of(child.pid, "Groups", line), "");
	}
	CHECK_TEXT(status_of(child.pid, "CapPrm", line), "0000000000000000");
	CHECK_TEXT(status_of(child.pid, "CapEff", line), "0000000000000000");
	CHECK_TEXT(status_of(child.pid, "NoNewPrivs", line), "1");
	(void)child_end(&child);
}

/* What a program prints. */
static const char *output_of(const char *script, enum child_rights rights, char text[static 256])
{
	const char *const arguments[] = { "sh", "-c", script, NULL };
	struct child child = CHILD_NONE;
	size_t used = 0;
	ssize_t n;

	if (child_start(&child, &(struct child_program){ .arguments = arguments,
							 .input_fd = -1,
							 .error_fd = -1,
							 .image_fd = -1,
							 .directory_fd = -1,
							 .seconds_max = 7,
							 .memory = 512 * MIB,
							 .rights = rights }) < 0)
		return "not started";
	while (used < 255 && (n = child_read(&child, text + used, 255 - used)) > 0)
		used += (size_t)n;
	(void)child_end(&child);
	text[used] = '\0';
	return text;
}

static void a_program_has_its_limits_from_the_beginning(void)
{
	char text[256];

	/* The last descriptor is that of ls. */
	for (unsigned i = 0; i < 20; i++)
		CHECK_TEXT(output_of("ulimit -t; ulimit -v; exec ls /proc/self/fd",
				     CHILD_RIGHTS_ALL, text),
			   "7\n524288\n0\n1\n2\n3\n");
}

static void one_that_mounts_images_keeps_no_capability_for_other_things(void)
{
	/* CHOWN, DAC_OVERRIDE, FOWNER, FSETID; SYS_ADMIN, MKNOD */
	const uint64_t kept = 1U << 0 | 1U << 1 | 1U << 3 | 1U << 4 | 1U << 21 | 1U << 27;
	char text[256];

	(void)output_of("sed -n 's/^NoNewPrivs:.//p; s/^CapEff:.//p' /proc/self/status",
			CHILD_RIGHTS_MOUNT, text);
	CHECK((strtoull(text, NULL, 16) & ~kept) == 0);
	CHECK(geteuid() != 0 || strtoull(text, NULL, 16) != 0);
	CHECK_TEXT(text + strcspn(text, "\n"), "\n1\n");
	CHECK_TEXT(output_of("sed -n 's/^NoNewPrivs:.//p; s/^CapEff:.//p' /proc/self/status",
			     CHILD_RIGHTS_NONE, text),
		   "0000000000000000\n1\n");
}

static void a_program_that_does_not_exist_is_said_to(void)
{
	const char *const arguments[] = { "/no-such-program", NULL };
	struct child child = CHILD_NONE;

	CHECK(child_start(&child, &(struct child_program){ .arguments = arguments,
							   .input_fd = -1,
							   .error_fd = -1,
							   .image_fd = -1,
							   .directory_fd = -1 }) == -ENOENT);
}

int main(void)
{
	RUN(packets_go_both_ways);
	RUN(another_system_call_ends_it);
	RUN(it_has_no_descriptor_but_its_socket);
	RUN(its_memory_ends_where_its_heap_ends);
	RUN(one_that_does_not_end_is_ended);
	RUN(it_is_nobody_and_has_no_capabilities);
	RUN(a_program_has_its_limits_from_the_beginning);
	RUN(one_that_mounts_images_keeps_no_capability_for_other_things);
	RUN(a_program_that_does_not_exist_is_said_to);
	return CHECK_STATUS();
}
