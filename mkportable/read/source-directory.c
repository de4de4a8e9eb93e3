/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory that an image is made from. */
#include "read/source-directory.h"

#include "fd.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "read/walk.h"
#include "unit-file.h"
#include "units/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct source {
	struct plan *plan;
	const char *path;  /* without slashes at the end */
	const char *shown; /* the same, for messages */
	const char *id;
};

/*
 * Adds an entry beside tree/. Whether it is a unit that systemd takes, the rules say;
 * here it only has to be called like one of this image.
 */
static int add_unit(struct source *s, const struct walk_entry *entry, const char *path,
		    const char *shown)
{
	const char *name = entry->name;
	char *bytes;
	size_t size;
	int r;

	if (!unit_belongs(name, s->id) || !(unit_type_of(name) || is_drop_in_name(name))) {
		log_error("%s: neither 'tree' nor a unit called '%s' followed by '-', '.' or '@'; "
			  "other files belong in tree/",
			  shown, s->id ? s->id : "NAME");
		return -EINVAL;
	}
	if (S_ISDIR(entry->st.st_mode))
		return plan_add_directory(s->plan, path, 0755, shown);
	if (!S_ISREG(entry->st.st_mode)) {
		log_error("%s: a unit must be a regular file; use Alias= in [Install] for a second "
			  "name",
			  shown);
		return -EINVAL;
	}
	/* Once: what is judged is what is written. */
	r = file_read(entry->directory_fd, name, UNIT_FILE_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "%s: cannot read the unit", shown);
		return r;
	}
	if (!pool_adopt(s->plan->pool, bytes))
		return pool_exhausted();
	return plan_add_bytes(s->plan, path, bytes, size, shown);
}

/* Whether the path in the image is in a directory of units. */
static bool is_in_unit_directory(const char *path)
{
	for (size_t i = 0; unit_directories[i]; i++) {
		size_t length = strlen(unit_directories[i]);

		if (strncmp(path, unit_directories[i], length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

/* Why an image cannot have it; NULL: it can. */
static const char *file_problem(const struct stat *st)
{
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode))
		return S_ISFIFO(st->st_mode)   ? "a FIFO cannot be part of an image"
		       : S_ISSOCK(st->st_mode) ? "a socket cannot be part of an image"
					       : "a device cannot be part of an image";
	if (st->st_mode & S_ISUID)
		return "has the set-user-ID bit";
	if (st->st_mode & S_ISGID)
		return "has the set-group-ID bit";
	if (!S_ISLNK(st->st_mode) && (st->st_mode & S_ISVTX))
		return "has the sticky bit";
	return NULL;
}

/* Adds an entry as it is. */
static int add_file(struct source *s, const struct walk_entry *entry, const char *path,
		    const char *shown)
{
	const char *problem = file_problem(&entry->st), *source, *target;
	int r;

	if (problem) {
		log_error("%s: %s", shown, problem);
		return -EINVAL;
	}
	if (S_ISDIR(entry->st.st_mode))
		return plan_add_directory(s->plan, path, 0755, shown);
	if (S_ISREG(entry->st.st_mode)) {
		source = pool_format(s->plan->pool, "%s%s", s->path, entry->path);
		return source ? plan_add_file(s->plan, path, entry->st.st_mode & 0111 ? 0755 : 0644,
					      source, shown)
			      : pool_exhausted();
	}
	r = walk_read_link(s->plan->pool, entry, &target);
	if (r < 0) {
		log_failure(r, "%s: cannot read the link", shown);
		return r;
	}
	return plan_add_symlink(s->plan, path, target, shown);
}

static int add_entry(void *userdata, const struct walk_entry *entry)
{
	static const char tree[] = "/tree";
	size_t length = strlen(tree);
	struct source *s = userdata;
	char escaped[LOG_ESCAPED_SIZE];
	const char *shown, *path;

	if (strcmp(entry->path, tree) == 0 && S_ISDIR(entry->st.st_mode))
		return 0;
	if (entry->path[1] == '.')
		return WALK_SKIP;
	/* For those who read the directory. */
	if (strcmp(entry->path, "/README.md") == 0 && S_ISREG(entry->st.st_mode))
		return WALK_SKIP;
	shown = pool_format(s->plan->pool, "%s%s", s->shown, log_escape(entry->path, escaped));
	path = pool_format(s->plan->pool, UNIT_DIRECTORY "%s", entry->path);
	if (!shown || !path)
		return pool_exhausted();
	if (strncmp(entry->path, tree, length) == 0 && entry->path[length] == '/') {
		path = entry->path + length;
		if (is_in_unit_directory(path)) {
			log_error("%s: units belong beside tree/, not in it", shown);
			return -EINVAL;
		}
		return add_file(s, entry, path, shown);
	}
	if (strchr(entry->path + 1, '/')) /* in a directory of drop-ins or links */
		return add_file(s, entry, path, shown);
	return add_unit(s, entry, path, shown);
}

int source_directory_read(struct plan *plan, const char *path, const char *id)
{
	CLEANUP_FD int fd = -1;
	char escaped[LOG_ESCAPED_SIZE], *own = pool_copy(plan->pool, path);
	struct source s = { .plan = plan, .path = own, .id = id };
	const char *failed = NULL;
	size_t length;
	int r;

	if (!own)
		return pool_exhausted();
	for (length = strlen(own); length > 1 && own[length - 1] == '/'; length--)
		own[length - 1] = '\0';
	s.shown = pool_copy(plan->pool, log_escape(own, escaped));
	if (!s.shown)
		return pool_exhausted();
	fd = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		log_failure(r, "cannot open the directory '%s'", s.shown);
		return r;
	}
	r = walk(plan->pool, fd, add_entry, &s, &failed);
	if (r == -ELOOP && failed)
		log_error("%s%s: nested deeper than %d directories", s.shown,
			  log_escape(failed, escaped), WALK_DEPTH_MAX);
	else if (r < 0 && failed)
		log_failure(r, "%s%s: cannot read it", s.shown, log_escape(failed, escaped));
	return r;
}
