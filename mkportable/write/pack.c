/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a plan out. */
#include "write/pack.h"

#include "base/signals.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

void pack_signals(sigset_t *set)
{
	signals_that_end(set);
	sigaddset(set, SIGCHLD);
}

int pack_interrupted(void)
{
	if (!signals_wait())
		return 0;
	log_error("interrupted");
	return -EINTR;
}

int pack_open_source(const struct plan_entry *entry, size_t *ret_size)
{
	CLEANUP_FD int fd = -1;
	char shown[LOG_ESCAPED_SIZE];
	struct stat st;
	int r;

	fd = open(entry->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot read '%s'", entry->origin,
			    log_escape(entry->source, shown));
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("%s: '%s' is no regular file any more", entry->origin,
			  log_escape(entry->source, shown));
		return -EINVAL;
	}
	*ret_size = (size_t)st.st_size;
	return TAKE_FD(fd);
}

int pack_file(const struct plan *plan, const struct pack_output *output, uint32_t seconds,
	      pack_write_fn *write)
{
	struct replacement new = REPLACEMENT_NONE;
	int r;

	r = replacement_begin(&new, output->folder_fd, output->name, 0644);
	if (r < 0) {
		log_failure(r, "cannot write '%s'", output->shown);
		return r;
	}
	r = write(plan, &new, output->shown, seconds);
	if (r >= 0)
		r = pack_interrupted();
	if (r < 0) {
		replacement_abandon(&new);
		return r;
	}
	r = replacement_commit(&new);
	if (r < 0)
		log_failure(r, "cannot write '%s'", output->shown);
	return r;
}

static int write_tar(const struct plan *plan, const struct replacement *new, const char *shown,
		     uint32_t seconds)
{
	return pack_tar(plan, new->fd, shown, seconds);
}

static int pack_tar_file(const struct plan *plan, const struct pack_output *output,
			 uint32_t seconds)
{
	return pack_file(plan, output, seconds, write_tar);
}

int pack(const struct plan *plan, enum pack_format format, const struct pack_output *output,
	 uint32_t seconds)
{
	static int (*const packers[])(const struct plan *plan, const struct pack_output *output,
				      uint32_t seconds) = {
		[PACK_SQUASHFS] = pack_squashfs,
		[PACK_DIRECTORY] = pack_directory,
		[PACK_TAR] = pack_tar_file,
	};
	CLEANUP_FD int lock_fd = -1;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction pipe_before;
	sigset_t signals, before;
	int r;

	/*
	 * Two builds of the same output would write the same temporary file. Where
	 * the file system knows no locks, that stays the caller's to avoid.
	 */
	lock_fd = openat(output->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock_fd >= 0)
		(void)flock(lock_fd, LOCK_EX);

	/* A packer that ends early is a failed write, not the end of us. */
	pack_signals(&signals);
	if (sigprocmask(SIG_BLOCK, &signals, &before) < 0 ||
	    sigaction(SIGPIPE, &ignore, &pipe_before) < 0) {
		r = -errno;
		log_failure(r, "cannot set up signals");
		return r;
	}
	r = packers[format](plan, output, seconds);
	(void)sigaction(SIGPIPE, &pipe_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
