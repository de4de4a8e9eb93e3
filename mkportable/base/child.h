/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tool that reads an image for us: its standard output comes through a pipe, its
 * messages go nowhere, and it is killed when it takes too long or too much.
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
	int output_fd;     /* owned */
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
 * Reads what comes next. Returns how many bytes, 0 at the end, -ETIME behind the
 * deadline, -EINTR when a signal that ends us waits to be let through, or a negative
 * errno.
 */
ssize_t child_read(struct child *child, char *buffer, size_t size);

/* Ends it, by force if it runs still. Returns its exit status, or -EIO when a signal ended it. */
int child_end(struct child *child);

/* Waits for it to end by itself, until the deadline. Returns as above, or -ETIME, -EINTR. */
int child_wait(struct child *child);

#endif
