/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is attached. */
#include "attached.h"

#include "architecture.h"
#include "drop-in.h"
#include "elements.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "pick.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* attached_path() of systemd's portable.c. */
static const struct {
	const char *path;
	bool is_runtime;
} directories[] = {
	{ "/etc/systemd/system.attached", false },
	{ "/run/systemd/system.attached", true },
};

#define PROFILE_NAME "10-profile.conf"

static int fail(int r, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];

	log_failure(r, "cannot read '%s'", log_escape(path, shown));
	return r;
}

static int add_leftover(struct pool *pool, const char *path, const char *what,
			struct attached *attached)
{
	struct attached_leftover *leftover = pool_take(pool, sizeof *leftover);

	if (!leftover)
		return pool_exhausted();
	*leftover = (struct attached_leftover){ attached->leftovers, path, what };
	attached->leftovers = leftover;
	return 0;
}

/* "/usr/lib/systemd/portable/profile/NAME/service.conf" has the name. */
static const char *profile_name(struct pool *pool, const char *path)
{
	const char *end = strrchr(path, '/'), *begin;

	if (!end || end == path)
		return pool_copy(pool, path);
	begin = memrchr(path, '/', (size_t)(end - path));
	begin = begin ? begin + 1 : path;
	return pool_copy_bytes(pool, begin, (size_t)(end - begin));
}

/* A link to the file of a profile, or a copy of it (portablectl --copy=copy). */
static int find_profile(struct pool *pool, const char *root, const char *drop_ins,
			struct attached_unit *unit)
{
	const char *link = pool_format(pool, "%s/" PROFILE_NAME, drop_ins), *there;
	char target[PATH_MAX];
	struct stat st;
	ssize_t length;

	if (!link)
		return pool_exhausted();
	if (lstat(link, &st) < 0)
		return errno == ENOENT ? 0 : fail(-errno, link);
	unit->profile_path = link;
	unit->profile = "(a copy)";
	if (!S_ISLNK(st.st_mode))
		return 0;
	length = readlink(link, target, sizeof target);
	if (length < 0)
		return fail(-errno, link);
	unit->profile_path = pool_copy_bytes(pool, target, (size_t)length);
	if (!unit->profile_path)
		return pool_exhausted();
	unit->profile = profile_name(pool, unit->profile_path);
	there = pool_format(pool, "%s%s", root, unit->profile_path);
	if (!unit->profile || !there)
		return pool_exhausted();
	unit->profile_is_gone = access(there, F_OK) < 0;
	return 0;
}

static struct attached_image *image_of(struct pool *pool, const struct drop_in *drop_in,
				       struct attached *attached)
{
	struct attached_image **end = &attached->images, *image;
	const char *name = strrchr(drop_in->image, '/') + 1;

	for (; *end; end = &(*end)->next) {
		int d = strcmp((*end)->path, drop_in->image);

		if (d == 0 && strcmp((*end)->extensions, drop_in->extensions) == 0)
			return *end;
		if (d > 0)
			break;
	}
	image = pool_take(pool, sizeof *image);
	if (!image)
		return NULL;
	*image = (struct attached_image){
		.next = *end,
		.path = drop_in->image,
		.extensions = drop_in->extensions,
		.name = pool_copy_bytes(pool, name, image_prefix_length(name)),
	};
	if (!image->name)
		return NULL;
	*end = image;
	return image;
}

static int add_unit(struct pool *pool, const char *root, const char *drop_ins,
		    const struct drop_in *drop_in, struct attached_unit unit,
		    struct attached *attached)
{
	struct attached_image *image = image_of(pool, drop_in, attached);
	struct attached_unit *added = pool_take(pool, sizeof *added), **end;
	int r;

	if (!image || !added)
		return pool_exhausted();
	unit.root = drop_in->root;
	r = find_profile(pool, root, drop_ins, &unit);
	if (r < 0)
		return r;
	for (end = &image->units; *end && strcmp((*end)->name, unit.name) < 0;)
		end = &(*end)->next;
	unit.next = *end;
	*added = unit;
	*end = added;
	image->is_runtime |= unit.is_runtime;
	return 0;
}

static int read_drop_in(struct pool *pool, const char *drop_ins, struct drop_in *ret)
{
	const char *path = pool_format(pool, "%s/" DROP_IN_NAME, drop_ins);
	char *bytes;
	size_t size;
	int r;

	if (!path)
		return pool_exhausted();
	r = file_read(AT_FDCWD, path, DROP_IN_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r == -ENOENT ? r : fail(r, path);
	r = drop_in_read(pool, bytes, size, ret);
	free(bytes);
	return r == -EBADMSG ? -ENOENT : r < 0 ? fail(r, path) : 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* One name in such a directory: a unit, or the directory of its drop-ins. */
static int look_at(struct pool *pool, const char *root, const char *directory, bool is_runtime,
		   const char *name, struct attached *attached)
{
	const char *path = pool_format(pool, "%s/%s", directory, name);
	struct attached_unit unit = { .directory = directory, .is_runtime = is_runtime };
	struct drop_in drop_in = { 0 };
	char *other;
	int r;

	unit.name = pool_copy(pool, name);
	if (!path || !unit.name)
		return pool_exhausted();
	other = ends_with(name, ".d") ? pool_copy_bytes(pool, path, strlen(path) - 2)
				      : pool_format(pool, "%s.d", path);
	if (!other)
		return pool_exhausted();
	if (ends_with(name, ".d"))
		return access(other, F_OK) == 0
			       ? 0
			       : add_leftover(pool, path, "drop-ins without their unit", attached);
	if (!strchr(name, '.') || name[0] == '.')
		return add_leftover(pool, path, "no unit", attached);
	r = read_drop_in(pool, other, &drop_in);
	if (r == -ENOENT)
		return add_leftover(pool, path, "a unit of no image", attached);
	return r < 0 || !drop_in.image ? r : add_unit(pool, root, other, &drop_in, unit, attached);
}

static int read_directory(struct pool *pool, const char *root, const char *directory,
			  bool is_runtime, struct attached *attached)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return errno == ENOENT ? 0 : fail(-errno, directory);
	while (r >= 0 && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = look_at(pool, root, directory, is_runtime, entry->d_name, attached);
	(void)closedir(stream);
	return r;
}

int attached_find(struct pool *pool, const char *root, struct attached *ret)
{
	struct attached attached = { 0 };

	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		const char *path = pool_format(pool, "%s%s", root, directories[i].path);
		int r = path ? read_directory(pool, root, path, directories[i].is_runtime,
					      &attached)
			     : pool_exhausted();

		if (r < 0)
			return r;
	}
	*ret = attached;
	return 0;
}

bool attached_is(const struct attached_image *image, const char *name)
{
	const char *file = strrchr(image->path, '/') + 1;
	size_t length = strlen(file) - (ends_with(file, ".raw") ? strlen(".raw") : 0);

	return strcmp(image->name, name) == 0 || strcmp(image->path, name) == 0 ||
	       strcmp(file, name) == 0 ||
	       (strlen(name) == length && strncmp(file, name, length) == 0);
}

bool attached_is_deleted(const struct attached_image *image)
{
	static const char etc[] = "/etc/portables/", run[] = "/run/portables/";
	const char *place = image->is_runtime ? run : etc;
	struct stat st;

	return strncmp(image->path, place, strlen(place)) == 0 &&
	       !strchr(image->path + strlen(place), '/') && lstat(image->path, &st) == 0 &&
	       !S_ISLNK(st.st_mode);
}

const char *const *attached_extensions(struct pool *pool, const struct attached_image *image)
{
	const char *paths = image->extensions, *next;
	const char **list;
	size_t n = 0;

	for (next = paths; (next = strstr(next, ":/")); next++)
		n++;
	list = pool_take(pool, (n + 2) * sizeof *list);
	for (n = 0; list && paths && paths[0]; paths = next ? next + 1 : NULL) {
		next = strstr(paths, ":/");
		list[n] =
			pool_copy_bytes(pool, paths, next ? (size_t)(next - paths) : strlen(paths));
		if (!list[n++])
			return NULL;
	}
	return list;
}

/* Of the files that are called like this one but for their version. */
static int newest_beside(struct pool *pool, const char *directory,
			 const struct attached_image *image, const char **ret)
{
	const char *own = strrchr(image->path, '/') + 1, *native = architecture_native();
	struct pick_name best, found;
	DIR *stream;
	struct dirent *entry;

	*ret = NULL;
	if (!pick_parse(own, image->name, ends_with(own, ".raw"), native, 0, &best))
		return 0;
	stream = opendir(directory);
	if (!stream)
		return -errno;
	while ((entry = readdir(stream))) {
		if (!pick_parse(entry->d_name, image->name, ends_with(own, ".raw"), native, 0,
				&found) ||
		    pick_compare(&found, &best) <= 0)
			continue;
		best = found;
		best.file_name = pool_copy(pool, entry->d_name);
		*ret = pool_format(pool, "%s/%s", directory, entry->d_name);
		if (!best.file_name || !*ret) {
			(void)closedir(stream);
			return -ENOMEM;
		}
	}
	(void)closedir(stream);
	return 0;
}

int attached_newer(struct pool *pool, const struct attached_image *image, const char **ret)
{
	const char *slash = strrchr(image->path, '/'), *newest = NULL;
	const char *directory = pool_copy_bytes(
		pool, image->path, slash > image->path ? (size_t)(slash - image->path) : 1);
	unsigned n;
	int r;

	if (!directory)
		return -ENOMEM;
	if (pick_has_versions(directory))
		r = pick(pool, directory, 0, &newest, &n);
	else
		r = newest_beside(pool, directory, image, &newest);
	if (r < 0)
		return r;
	*ret = newest && strcmp(newest, image->path) != 0 ? newest : NULL;
	return 0;
}
