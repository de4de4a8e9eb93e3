/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child that reads an image for us, within limits of time and memory: a tool whose
 * standard output comes through a pipe and whose messages are dropped, or a function
 * of ours that has a socket and nothing else.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <sys/types.h>

/* Where the child finds the image: a descriptor, so that it reads the file that we looked at. */
#define CHILD_IMAGE "/proc/self/fd/3"

#define CHILD_NONE ((struct child){ .output_fd = -1, .signals_fd = -1 })

struct child {
	pid_t pid;
	int output_fd;     /* owned; of a function, the socket */
	int signals_fd;    /* owned; of signals that end us, and are blocked */
	long long ends_ms; /* on CLOCK_MONOTONIC: the deadline */
};

/*
 * Starts a program found in $PATH. image_fd is borrowed and becomes CHILD_IMAGE;
 * -1: there is none. memory: bytes of address space that it may have.
 *
 * Returns 0 or a negative errno, -ENOENT when there is no such program.
 */
int child_start(struct child *child, const char *const arguments[], int image_fd,
		unsigned seconds_max, size_t memory);

/*
 * Runs a function in a copy of this process: the only system calls that it has are
 * read(2) and write(2) on fd, a socket that keeps packets apart, and exit_group(2); its
 * only memory is what we have, and a heap of this size. Its return value is its exit
 * status.
 *
 * Returns 0 or a negative errno. The child ends at the latest when its socket is closed.
 */
typedef int child_fn(int fd, void *userdata);
int child_fork(struct child *child, child_fn *run, void *userdata, unsigned seconds_max,
	       size_t heap);

/* Sends it a packet, and sets the deadline anew. Returns 0 or a negative errno. */
int child_ask(struct child *child, const void *packet, size_t size, unsigned seconds_max);

/*
 * Reads what comes next. Returns how many bytes, 0 at the end, -ETIME behind the
 * deadline, -EINTR when a signal that ends us waits to be let through, or a negative
 * errno.
 */
ssize_t child_read(struct child *child, char *buffer, size_t size);

/* Ends it, by force if it runs still; nothing for CHILD_NONE. Returns its exit status, or -EIO when a signal ended it. */
int child_end(struct child *child);

/* Waits for it to end by itself, until the deadline. Returns as above, or -ETIME, -EINTR. */
int child_wait(struct child *child);

#endif
