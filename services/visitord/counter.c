/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A number that only grows, and is on disk before anybody gets it. */
#include "counter.h"

#include "fd.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNTER_FILE "counter"
#define COUNTER_MODE 0644

/* Room for blanks that a person added; a larger file is not ours. */
#define COUNTER_FILE_MAX 64

int counter_parse(const char *bytes, uint64_t size, uint64_t *ret)
{
	if (size == 0)
		return -ENODATA;
	if (bytes[size - 1] == '\n')
		size--;
	while (size > 0 && bytes[size - 1] == ' ')
		size--;
	return parse_uint_bytes(bytes, size, 0, UINT64_MAX, ret) < 0 ? -EBADMSG : 0;
}

void counter_format(uint64_t number, char ret[static COUNTER_RECORD_SIZE])
{
	char digits[COUNTER_RECORD_SIZE];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + number % 10);
	while ((number /= 10) > 0);

	memset(ret, ' ', COUNTER_RECORD_SIZE - 1);
	memcpy(ret, digits + n, sizeof digits - n);
	ret[COUNTER_RECORD_SIZE - 1] = '\n';
}

/* Opens the file for writing in place, if it is there and has our form. */
static void open_in_place(struct counter *counter)
{
	CLEANUP_FD int fd = -1;
	struct stat st;

	/* O_NONBLOCK: for a FIFO that took the file's place. */
	fd = openat(counter->directory_fd, COUNTER_FILE,
		    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == COUNTER_RECORD_SIZE)
		counter->fd = TAKE_FD(fd);
}

int counter_open(struct counter *counter, const char *directory)
{
	char *bytes;
	size_t size;
	int r;

	*counter = (struct counter)COUNTER_CLOSED;
	counter->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (counter->directory_fd < 0)
		return -errno;
	/* On the directory, because the file is replaced now and then, and with it its lock. */
	if (flock(counter->directory_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;

	r = file_read(counter->directory_fd, COUNTER_FILE, COUNTER_FILE_MAX, &bytes, &size);
	if (r == -ENOENT)
		return 0;
	if (r == -EFBIG)
		return -EBADMSG;
	if (r < 0)
		return r;
	r = counter_parse(bytes, size, &counter->number);
	free(bytes);
	if (r == 0)
		open_in_place(counter);
	return r;
}

void counter_close(struct counter *counter)
{
	close_fd(&counter->fd);
	close_fd(&counter->directory_fd);
}

static int write_in_place(int fd, const char record[static COUNTER_RECORD_SIZE])
{
	struct stat st;
	ssize_t n;

	/* Somebody removed or replaced the file: the number would be lost at the next start. */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0 || st.st_size != COUNTER_RECORD_SIZE)
		return -ESTALE;
	n = pwrite(fd, record, COUNTER_RECORD_SIZE, 0);
	if (n < 0)
		return -errno;
	if (n != COUNTER_RECORD_SIZE)
		return -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int counter_add(struct counter *counter, uint64_t n, uint64_t *ret_first)
{
	char record[COUNTER_RECORD_SIZE];
	int r = -ESTALE;

	if (n > UINT64_MAX - counter->number)
		return -ERANGE;
	counter_format(counter->number + n, record);

	if (counter->fd >= 0) {
		r = write_in_place(counter->fd, record);
		if (r < 0)
			close_fd(&counter->fd);
		if (r < 0 && r != -ESTALE)
			return r;
	}
	if (r < 0) {
		r = file_replace(counter->directory_fd, COUNTER_FILE, record, sizeof record,
				 COUNTER_MODE);
		if (r < 0)
			return r;
		open_in_place(counter);
	}
	*ret_first = counter->number + 1;
	counter->number += n;
	return 0;
}
