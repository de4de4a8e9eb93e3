/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that others wrote for a whole system, and the tree that they lie in. */
#include "read/foreign-units.h"

#include "base/root.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "units/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Finds the root of "ROOT/usr/lib/systemd/system/x.service"; leaves *ret as it is if the path is no
 * such one. Returns 0 or -ENOMEM, logged.
 */
static int find_root(struct pool *pool, const char *path, const char **ret)
{
	/* The root may be the working directory. */
	const char *whole = path[0] == '/' ? path : pool_format(pool, "./%s", path), *root = NULL;
	size_t length;

	if (!whole)
		return pool_exhausted();
	length = (size_t)(strrchr(whole, '/') - whole);
	for (size_t i = 0; unit_directories[i]; i++) {
		size_t end = strlen(unit_directories[i]);

		if (length < end || strncmp(whole + length - end, unit_directories[i], end) != 0)
			continue;
		root = pool_format(pool, "%.*s/", (int)(length - end), whole);
		if (!root)
			return pool_exhausted();
		*ret = root;
		break;
	}
	return 0;
}

static mode_t tree_type(void *userdata, const char *path)
{
	const struct foreign_units *units = userdata;
	CLEANUP_FD int fd = root_open(units->root_fd, path, O_PATH);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static const char *tree_read(void *userdata, const char *path)
{
	const struct foreign_units *units = userdata;
	CLEANUP_FD int fd = -1;
	char *bytes;
	size_t size;

	if (tree_type(userdata, path) != S_IFREG)
		return NULL;
	fd = root_open(units->root_fd, path, O_RDONLY);
	return fd >= 0 && file_read_open(fd, UNIT_FILE_SIZE_MAX, &bytes, &size) >= 0
		       ? pool_adopt(units->pool, bytes)
		       : NULL;
}

void foreign_units_open(struct foreign_units *units, struct pool *pool)
{
	*units = (struct foreign_units){ .pool = pool, .root_fd = -1 };
}

void foreign_units_close(struct foreign_units *units)
{
	unit_list_release(units->first);
	close_fd(&units->root_fd);
}

const char *foreign_unit_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const struct unit_type *type = unit_type_of(name);

	return unit_name_is_valid(name) && type && type->is_extracted ? name : NULL;
}

static int read_unit(struct foreign_units *units, const char *path, unit_problem_fn *problem,
		     struct unit **ret)
{
	char shown[LOG_ESCAPED_SIZE], *bytes;
	struct unit *unit = pool_take(units->pool, sizeof *unit);
	size_t size;
	int r = file_read(AT_FDCWD, path, UNIT_FILE_SIZE_MAX, &bytes, &size);

	if (r == -EINVAL) {
		log_error("cannot read the unit '%s': not a regular file (a link to /dev/null "
			  "masks a unit)",
			  log_escape(path, shown));
		return r;
	}
	if (r < 0) {
		log_failure(r, "cannot read the unit '%s'", log_escape(path, shown));
		return r;
	}
	if (!pool_adopt(units->pool, bytes) || !unit)
		return pool_exhausted();
	*unit = (struct unit){ .name = foreign_unit_name(path),
			       .shown = pool_copy(units->pool, log_escape(path, shown)),
			       .bytes = bytes,
			       .size = size };
	if (!unit->shown)
		return pool_exhausted();
	unit->suffix = unit_suffix(unit->name);
	r = unit_file_parse(bytes, size, problem, unit, &unit->file);
	if (r < 0) {
		log_failure(r, "cannot read the unit '%s'", unit->shown);
		return r;
	}
	*ret = unit;
	return 0;
}

int foreign_units_read(struct foreign_units *units, const struct texts *paths,
		       unit_problem_fn *problem)
{
	struct unit **end = &units->first;
	char shown[LOG_ESCAPED_SIZE];
	const char *root = NULL;
	int r;

	for (size_t i = 0; i < paths->n; i++) {
		r = read_unit(units, paths->at[i], problem, end);
		if (r >= 0 && !root)
			r = find_root(units->pool, paths->at[i], &root);
		if (r < 0)
			return r;
		end = &(*end)->next;
	}
	if (root) {
		units->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (units->root_fd < 0) {
			r = -errno;
			log_failure(r, "cannot open the tree '%s'", log_escape(root, shown));
			return r;
		}
	}
	units->tree = (struct adopt_tree){ tree_type, tree_read, units };
	return 0;
}

const struct adopt_tree *foreign_units_tree(const struct foreign_units *units)
{
	return units->root_fd >= 0 ? &units->tree : NULL;
}
