/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child that works for us within limits of time and memory: a program whose output
 * comes through a pipe, or a function of ours in a process without any rights.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a program names the image: by a descriptor, so that it reads the file that we checked. */
#define CHILD_IMAGE "/proc/self/fd/3"

#define CHILD_NONE ((struct child){ .output_fd = -1, .signals_fd = -1 })

struct child {
	pid_t pid;
	int output_fd;  /* owned; the socket of a function */
	int signals_fd; /* owned; for the signals of signals_that_end(), if they are blocked */
	uint64_t deadline_us; /* on CLOCK_MONOTONIC; 0: none */
};

/* Of root's capabilities; another user's child has that user's rights. */
enum child_rights {
	CHILD_RIGHTS_ALL,
	CHILD_RIGHTS_MOUNT, /* to mount an image and copy its files; no new privileges */
	CHILD_RIGHTS_NONE,  /* to read and write root's files; no new privileges */
};

struct child_program {
	const char *const *arguments; /* the first is found in $PATH; the last is NULL */
	int input_fd, error_fd;       /* borrowed; -1: /dev/null */
	int image_fd;                 /* borrowed; becomes CHILD_IMAGE; -1: none */
	int directory_fd;             /* borrowed; where it runs; -1: here */
	unsigned seconds_max;         /* 0: no limit */
	size_t memory;                /* bytes of address space; 0: no limit */
	size_t file_size;             /* bytes of what it writes to a file; 0: no limit */
	enum child_rights rights;
};

/*
 * Starts a program with a fixed environment, its standard output in a pipe; it runs with its
 * limits from the beginning. Returns 0 or a negative errno, -ENOENT when there is no such
 * program.
 */
int child_start(struct child *child, const struct child_program *program);

/*
 * Runs a function in a copy of this process, as the user nobody when we are root, and
 * without capabilities. Its only system calls are read(2) and
 * write(2) on fd, a socket that keeps packets apart, and exit_group(2); its only memory is
 * a copy of ours and a heap of this size. Its return value is its exit status, and it ends
 * at the latest when the socket is closed here. Returns 0 or a negative errno.
 */
typedef int child_fn(int fd, void *userdata);
int child_fork(struct child *child, child_fn *run, void *userdata, unsigned seconds_max,
	       size_t heap);

/* Sends it a packet, and sets a new deadline. Returns 0 or a negative errno. */
int child_ask(struct child *child, const void *packet, size_t size, unsigned seconds_max);

/*
 * Reads from the pipe or socket. Returns the number of bytes, 0 at the end, -ETIME at the
 * deadline, -EINTR when a blocked signal that ends us is pending, or a negative errno.
 */
ssize_t child_read(struct child *child, char *buffer, size_t size);

/*
 * Kills the child if it still runs. Returns its exit status, or -EIO when a signal ended
 * it. CHILD_NONE is left alone.
 */
int child_end(struct child *child);

/* Waits until it ends by itself. Returns as above, or -ETIME or -EINTR as child_read(). */
int child_wait(struct child *child);

#endif
