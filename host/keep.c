/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps an image that systemd deletes. */
#include "keep.h"

#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int keep_image(struct pool *pool, const struct attached_image *image, const char **ret)
{
	const char *kept = pool_format(pool, "%s.kept", image->path);
	char shown[LOG_ESCAPED_SIZE];
	struct stat st, there;
	int r;

	if (!kept)
		return pool_exhausted();
	*ret = NULL;
	if (!attached_is_deleted(image))
		return 0;
	r = link(image->path, kept) < 0 ? -errno : 0;
	if (r == -EEXIST && lstat(image->path, &st) == 0 && lstat(kept, &there) == 0 &&
	    st.st_ino == there.st_ino && st.st_dev == there.st_dev)
		r = 0;
	if (r < 0)
		log_failure(r,
			    "systemd would delete '%s', and it cannot be kept by a link '.kept' "
			    "beside it; move it out of that directory, or detach with --delete",
			    log_escape(image->path, shown));
	else
		*ret = kept;
	return r;
}

int keep_restore(const char *kept, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	if (!kept)
		return 0;
	if (rename(kept, path) < 0) {
		r = -errno;
		log_failure(r, "'%s.kept' is the image now; cannot rename it",
			    log_escape(path, shown));
		return r;
	}
	/* Of two names of one file, rename(2) leaves both. */
	(void)unlink(kept);
	return 0;
}
