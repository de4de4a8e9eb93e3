/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a directory that is an image. */
#include "fd.h"
#include "log.h"
#include "read/image.h"
#include "read/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

struct reading {
	struct plan *plan;
	const char *root; /* on the host */
	dev_t device;     /* what is mounted below does not belong to the image */
};

static int add_entry(void *userdata, const struct walk_entry *found)
{
	const struct reading *t = userdata;
	const struct stat *st = &found->st;
	struct plan_entry entry = {
		.path = found->path, .origin = "", .uid = st->st_uid, .gid = st->st_gid
	};
	int r = 0;

	entry.type = S_ISDIR(st->st_mode)   ? PLAN_DIRECTORY
		     : S_ISREG(st->st_mode) ? PLAN_FILE
		     : S_ISLNK(st->st_mode) ? PLAN_SYMLINK
					    : PLAN_OTHER;
	entry.mode = entry.type == PLAN_OTHER ? st->st_mode : st->st_mode & 07777;
	if (entry.type == PLAN_SYMLINK)
		r = walk_read_link(t->plan->pool, found, &entry.target);
	if (entry.type == PLAN_FILE) {
		entry.size = (size_t)st->st_size;
		entry.source = pool_format(t->plan->pool, "%s%s", t->root, found->path);
		if (!entry.source)
			return -ENOMEM;
		entry.has_capability = lgetxattr(entry.source, "security.capability", NULL, 0) > 0;
	}
	if (r == 0)
		r = plan_put(t->plan, entry);
	return r < 0 ? r : st->st_dev == t->device ? 0 : WALK_SKIP;
}

int image_read_tree(struct plan *plan, const char *path, const char **ret_why)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct reading t = { .plan = plan, .root = path };
	const char *failed = NULL;
	char shown[LOG_ESCAPED_SIZE];
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	t.device = st.st_dev;
	plan->root_mode = st.st_mode & 07777;
	r = walk(plan->pool, fd, add_entry, &t, &failed);
	if (r == -E2BIG)
		*ret_why = "it has more entries than any portable service";
	else if (r == -ELOOP && failed)
		*ret_why = "its directories are nested deeper than 128";
	else if (r < 0 && failed) /* which one of many */
		*ret_why = pool_format(plan->pool, "'%s' in it: %s", log_escape(failed, shown),
				       strerror(-r));
	return r;
}
