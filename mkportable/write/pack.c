/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a plan. */
#include "write/pack.h"

#include "base/signals.h"
#include "fd.h"
#include "log.h"
#include "number.h"
#include "write/ddi.h"
#include "write/directory.h"
#include "write/oci.h"
#include "write/squashfs.h"
#include "write/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

const struct pack_format pack_formats[] = {
	{ "squashfs", ".raw", true, pack_squashfs, NULL },
	{ "ddi", ".raw", true, pack_ddi, NULL },
	{ "directory", "", true, pack_directory, NULL },
	{ "tar", ".tar", false, pack_tar, pack_tar_stream },
	{ "oci", ".oci.tar", false, pack_oci, pack_oci_stream },
	{ 0 },
};

const struct pack_format *pack_format_find(const char *name)
{
	for (const struct pack_format *format = pack_formats; format->name; format++)
		if (strcmp(name, format->name) == 0)
			return format;
	return NULL;
}

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

int pack_time(uint32_t *ret)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char shown[LOG_ESCAPED_SIZE];
	uint64_t seconds = 0;

	/* squashfs has 32 bits for a time. */
	if (text && parse_uint(text, 0, UINT32_MAX, &seconds) < 0) {
		log_error("$SOURCE_DATE_EPOCH: not a number of seconds up to %u: '%s'", UINT32_MAX,
			  log_escape(text, shown));
		return -EINVAL;
	}
	*ret = (uint32_t)seconds;
	return 0;
}
