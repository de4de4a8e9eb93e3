/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the packers have in common. */
#include "write/common.h"

#include "base/signals.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <sys/stat.h>

int pack_interrupted(void)
{
	if (!signals_pending())
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

	fd = plan_open_source(entry);
	r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", entry->origin,
			    log_escape(entry->source, shown));
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("%s: '%s' is no longer a regular file", entry->origin,
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

	r = replacement_begin(&new, output->directory_fd, output->name, 0644);
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
