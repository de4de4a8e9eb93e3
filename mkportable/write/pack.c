/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a plan. */
#include "write/pack.h"

#include "base/signals.h"
#include "fd.h"
#include "log.h"
#include "write/ddi.h"
#include "write/directory.h"
#include "write/squashfs.h"
#include "write/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

const struct pack_format pack_formats[] = {
	{ "squashfs", ".raw", true, pack_squashfs },
	{ "ddi", ".raw", true, pack_ddi },
	{ "directory", "", true, pack_directory },
	{ "tar", ".tar", false, pack_tar },
	{ 0 },
};

int pack(const struct plan *plan, const struct pack_format *format,
	 const struct pack_output *output, uint32_t seconds)
{
	CLEANUP_FD int lock_fd = -1;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction pipe_before;
	sigset_t signals, before;
	int r;

	/*
	 * Two builds of the same output would write the same temporary file. Without
	 * locks of the file system the caller has to avoid that.
	 */
	lock_fd = openat(output->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock_fd >= 0)
		(void)flock(lock_fd, LOCK_EX);

	/* When a packer ends early, the write fails; SIGPIPE would end us. */
	signals_that_end(&signals);
	if (sigprocmask(SIG_BLOCK, &signals, &before) < 0 ||
	    sigaction(SIGPIPE, &ignore, &pipe_before) < 0) {
		r = -errno;
		log_failure(r, "cannot set up signals");
		return r;
	}
	r = format->write(plan, output, seconds);
	(void)sigaction(SIGPIPE, &pipe_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
