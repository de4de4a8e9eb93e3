/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory that an image is made from. */
#include "read/source-directory.h"

#include "elements.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "read/walk.h"
#include "units/facts.h"
#include "units/names.h"

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
	struct unit **end; /* where the next unit goes */
};

/* Why this is not a unit that systemd extracts; NULL for one. */
static const char *unit_problem(const char *name, const struct stat *st)
{
	const struct unit_type *type = unit_type_of(name);

	if (is_drop_in_name(name))
		return "systemd never takes drop-in directories from an image; write the settings into "
		       "the unit";
	if (type && !type->is_extracted)
		return "systemd takes only .service, .socket, .target, .timer and .path units from "
		       "an image";
	if (!type)
		return "neither a unit nor the directory 'tree'; further files belong in tree/";
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

static void tell_problem(void *userdata, unsigned line, const char *what)
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

static int read_unit(struct source *s, const struct walk_entry *entry, const char *shown)
{
	struct unit *unit = pool_take(s->plan->pool, sizeof *unit);
	struct problems problems = { .unit = unit };
	char *bytes, *path;
	int r;

	if (!unit)
		return pool_exhausted();
	r = file_read(entry->directory_fd, entry->name, UNIT_FILE_SIZE_MAX, &bytes, &unit->size);
	if (r < 0) {
		log_failure(r, "%s: cannot read the unit", shown);
		return r;
	}
	unit->bytes = pool_adopt(s->plan->pool, bytes);
	unit->name = pool_copy(s->plan->pool, entry->name);
	unit->shown = shown;
	path = pool_format(s->plan->pool, UNIT_DIRECTORY "%s", entry->path);
	if (!unit->bytes || !unit->name || !path)
		return pool_exhausted();
	unit->suffix = unit_suffix(unit->name);

	r = unit_file_parse(unit->bytes, unit->size, tell_problem, &problems, &unit->file);
	if (r < 0)
		return pool_exhausted();
	*s->end = unit;
	s->end = &unit->next;
	if (problems.n > 0)
		return -EINVAL;
	r = check_unit(unit);
	return r < 0 ? r : plan_add_bytes(s->plan, path, unit->bytes, unit->size, shown);
}

/* An entry beside tree/. */
static int add_unit(struct source *s, const struct walk_entry *entry, const char *shown)
{
	const char *problem = unit_problem(entry->name, &entry->st);

	if (problem) {
		log_error("%s: %s", shown, problem);
		return -EINVAL;
	}
	if (!unit_belongs(entry->name, s->id)) {
		log_error("%s: the name must be '%s' followed by '-', '.' or '@', or systemd does "
			  "not take the unit from this image",
			  shown, s->id);
		return -EINVAL;
	}
	return read_unit(s, entry, shown);
}

/* Whether the path in the image is in a directory of units: there, tree/ would bypass the checks. */
static bool is_in_unit_directory(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(unit_directories); i++) {
		size_t length = strlen(unit_directories[i]);

		if (strncmp(path, unit_directories[i], length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

static const char *tree_problem(const char *path, const struct stat *st)
{
	if (is_in_unit_directory(path))
		return "units belong beside tree/, not in it";
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

/* An entry below tree/; path: its path in the image. */
static int add_tree_entry(struct source *s, const struct walk_entry *entry, const char *path,
			  const char *shown)
{
	const char *problem = tree_problem(path, &entry->st), *source, *target;
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
	struct source *s = userdata;
	char escaped[LOG_ESCAPED_SIZE];
	const char *shown;

	if (strcmp(entry->path, tree) == 0 && S_ISDIR(entry->st.st_mode))
		return 0;
	if (entry->path[1] == '.')
		return WALK_SKIP;
	shown = pool_format(s->plan->pool, "%s%s", s->shown, log_escape(entry->path, escaped));
	if (!shown)
		return pool_exhausted();
	if (strncmp(entry->path, tree, strlen(tree)) == 0 && entry->path[strlen(tree)] == '/')
		return add_tree_entry(s, entry, entry->path + strlen(tree), shown);
	return add_unit(s, entry, shown);
}

int source_directory_read(struct plan *plan, const char *path, const char *id,
			  struct unit **ret_units)
{
	CLEANUP_FD int fd = -1;
	char escaped[LOG_ESCAPED_SIZE], *own = pool_copy(plan->pool, path);
	struct source s = { .plan = plan, .path = own, .id = id, .end = ret_units };
	const char *failed = NULL;
	size_t length;
	int r;

	*ret_units = NULL;
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
	if (r >= 0 && !*ret_units) {
		log_error("%s: no unit files in this directory", s.shown);
		return -ENOENT;
	}
	return r;
}
