/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder that an image is made from. */
#include "read/image-directory.h"

#include "fd.h"
#include "file.h"
#include "log.h"
#include "read/image-directory-tree.h"
#include "units/facts.h"
#include "units/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct folder {
	struct plan *plan;
	int fd;
	const char *path;  /* without slashes at the end */
	const char *shown; /* the same, for messages */
	const char *id;
	struct unit **end; /* where the next unit goes */
};

int image_folder_id(struct pool *pool, const char *folder, const char **ret)
{
	char *path = pool_copy(pool, folder), *slash;
	size_t length;

	if (!path)
		return -ENOMEM;
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	slash = strrchr(path, '/');
	if (strcmp(slash ? slash + 1 : path, ".") == 0 ||
	    strcmp(slash ? slash + 1 : path, "..") == 0) {
		path = realpath(folder, NULL);
		if (!path)
			return -errno;
		path = pool_adopt(pool, path);
		if (!path)
			return -ENOMEM;
		slash = strrchr(path, '/');
	}
	*ret = slash ? slash + 1 : path;
	return 0;
}

/* Why this is not a unit that systemd extracts; NULL for one. */
static const char *entry_problem(const char *name, const struct stat *st)
{
	const struct unit_type *type = unit_type_of(name);

	if (is_drop_in_name(name))
		return "systemd never takes drop-in folders from an image; write the settings into "
		       "the unit";
	if (type && !type->is_extracted)
		return "systemd takes only .service, .socket, .target, .timer and .path units from "
		       "an image";
	if (!type)
		return "neither a unit nor 'tree'; further files belong in tree/";
	if (S_ISLNK(st->st_mode))
		return "is a symbolic link; systemd makes an independent second unit of an alias";
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (!unit_name_is_valid(name))
		return "is not a valid name for a unit";
	if (st->st_size == 0)
		return "is empty, and systemd ignores empty units";
	return NULL;
}

struct problems {
	const struct unit *unit;
	unsigned n;
};

static void unit_problem(void *userdata, unsigned line, const char *what)
{
	struct problems *problems = userdata;

	problems->n++;
	unit_error(problems->unit, line, "%s", what);
}

/* What systemd refuses to load, so that no line of the file is to blame. */
static int check_unit(const struct unit *unit)
{
	if (!unit_is_service(unit) || unit_file_next(&unit->file, "Service", "ExecStart", NULL) ||
	    unit_file_next(&unit->file, "Service", "ExecStop", NULL) ||
	    unit_file_last(&unit->file, "Unit", "SuccessAction"))
		return 0;
	unit_error(unit, 0, "a service without ExecStart=");
	return -EINVAL;
}

static int read_unit(struct folder *f, const char *name, const char *shown)
{
	struct unit *unit = pool_take(f->plan->pool, sizeof *unit);
	struct problems problems = { .unit = unit };
	char *bytes, *path;
	int r;

	if (!unit)
		return pool_exhausted();
	r = file_read(f->fd, name, UNIT_FILE_SIZE_MAX, &bytes, &unit->size);
	if (r < 0) {
		log_failure(r, "%s: cannot read the unit", shown);
		return r;
	}
	unit->bytes = pool_adopt(f->plan->pool, bytes);
	unit->name = pool_copy(f->plan->pool, name);
	unit->shown = shown;
	path = pool_format(f->plan->pool, UNIT_DIRECTORY "/%s", name);
	if (!unit->bytes || !unit->name || !path)
		return pool_exhausted();
	unit->suffix = unit_suffix(unit->name);

	r = unit_file_parse(unit->bytes, unit->size, unit_problem, &problems, &unit->file);
	if (r < 0)
		return pool_exhausted();
	*f->end = unit;
	f->end = &unit->next;
	if (problems.n > 0)
		return -EINVAL;
	r = check_unit(unit);
	return r < 0 ? r : plan_add_bytes(f->plan, path, unit->bytes, unit->size, shown);
}

static int read_entry(struct folder *f, const char *name)
{
	char escaped[LOG_ESCAPED_SIZE];
	const char *shown, *problem;
	struct stat st;
	int r;

	if (name[0] == '.')
		return 0;
	shown = pool_format(f->plan->pool, "%s/%s", f->shown, log_escape(name, escaped));
	if (!shown)
		return pool_exhausted();
	if (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot look at it", shown);
		return r;
	}
	if (strcmp(name, "tree") == 0)
		return tree_read(f->plan, f->fd, f->path);
	problem = entry_problem(name, &st);
	if (problem) {
		log_error("%s: %s", shown, problem);
		return -EINVAL;
	}
	if (!unit_belongs(name, f->id)) {
		log_error("%s: the name must be '%s' followed by '-', '.' or '@', or systemd does "
			  "not take the unit from this image",
			  shown, f->id);
		return -EINVAL;
	}
	return read_unit(f, name, shown);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_entries(struct folder *f)
{
	struct dirent **entries;
	int n, r = 0;

	n = scandirat(f->fd, ".", &entries, NULL, by_name);
	if (n < 0) {
		r = -errno;
		log_failure(r, "cannot read the folder '%s'", f->shown);
		return r;
	}
	for (int i = 0; i < n; i++) {
		if (r >= 0)
			r = read_entry(f, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int image_folder_read(struct plan *plan, const char *folder, const char *id,
		      struct unit **ret_units)
{
	CLEANUP_FD int fd = -1;
	char escaped[LOG_ESCAPED_SIZE], *path = pool_copy(plan->pool, folder);
	struct folder f = { .plan = plan, .id = id, .end = ret_units };
	size_t length;
	int r;

	*ret_units = NULL;
	if (!path)
		return pool_exhausted();
	for (length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
		path[length - 1] = '\0';
	f.path = path;
	f.shown = pool_copy(plan->pool, log_escape(path, escaped));
	if (!f.shown)
		return pool_exhausted();
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		log_failure(r, "cannot open the folder '%s'", f.shown);
		return r;
	}
	f.fd = fd;
	r = read_entries(&f);
	if (r >= 0 && !*ret_units) {
		log_error("%s: no unit files in this folder", f.shown);
		return -ENOENT;
	}
	return r;
}
