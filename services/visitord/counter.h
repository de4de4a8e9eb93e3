/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A number that only grows, and is on disk before anybody gets it.
 *
 * It is the file "counter" of the state directory: the decimal number, blanks up
 * to COUNTER_RECORD_SIZE - 1 characters, a newline. The fixed size is the point.
 * A commit is then one pwrite(2) over bytes that are there already, inside of one
 * disk sector, and one fdatasync(2): no block is allocated and no metadata
 * changes, so that it works on a full disk, costs one write of the device, and
 * leaves the old or the new number after a power loss, since devices write
 * sectors whole (and file systems that copy on write are atomic anyway).
 *
 * Everything else goes through a new file and rename(2): the first write, a file
 * in another form ("42\n", as simpler programs write it), one that was removed or
 * replaced by others, and the first commit after a failure. The kernel reports a
 * failed write-back once, and then shows pages that the disk never saw; so a file
 * whose fdatasync(2) failed is not written to again.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include <stdint.h>

/* Digits of UINT64_MAX, and a newline. */
#define COUNTER_RECORD_SIZE 21

struct counter {
	int directory_fd; /* owned; carries the lock */
	int fd;           /* owned; the file if it can be written in place, or -1 */
	uint64_t number;  /* given out last */
};

#define COUNTER_CLOSED                       \
	{                                    \
		.directory_fd = -1, .fd = -1 \
	}

/*
 * Reads the number in that directory, 0 if there is no file, and locks the
 * directory against a second process. Nothing is written: a directory that is
 * full or read-only is fine until there is something to count.
 *
 * Returns 0; -EBUSY when another process has it; -ENODATA for an empty file;
 * -EBADMSG for a file that is not a number up to UINT64_MAX; or the errno of
 * opening, locking and reading. counter_close() is allowed either way.
 */
int counter_open(struct counter *counter, const char *directory);
void counter_close(struct counter *counter);

/*
 * Raises the number. When it returns 0 the new number is on disk, and the caller
 * may hand out *ret_first up to *ret_first + n - 1.
 *
 * Returns 0; -ERANGE when there are fewer than n numbers left; or the errno of
 * writing. On failure nobody may be given a number, and the next call tries
 * again. A crash after a failure can leave the higher number on disk, so numbers
 * may be skipped then; none is ever given twice.
 */
int counter_add(struct counter *counter, uint64_t n, uint64_t *ret_first);

/*
 * The two forms of the file, apart from any file. The parser takes digits, then
 * blanks, then at most one newline. Errors as in counter_open().
 */
int counter_parse(const char *bytes, uint64_t size, uint64_t *ret);
void counter_format(uint64_t number, char ret[static COUNTER_RECORD_SIZE]);

#endif
