/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drop-in that systemd-portabled writes. */
#include "drop-in.h"

#include "unit-file.h"

#include <errno.h>
#include <string.h>

/* PORTABLE_DROPIN_MARKER_BEGIN and _END of systemd's portable.c, without the line break. */
#define MARKER_BEGIN "# Drop-in created for image '"
#define MARKER_END   "', do not edit."

/* The path of one image; since a path may have ':' itself, ends before ":/". */
static size_t path_length(const char *paths)
{
	const char *next = strstr(paths, ":/");

	return next ? (size_t)(next - paths) : strlen(paths);
}

int drop_in_read(struct pool *pool, const char *bytes, size_t size, struct drop_in *ret)
{
	const size_t begin = sizeof MARKER_BEGIN - 1, end = sizeof MARKER_END - 1;
	const char *line_end = memchr(bytes, '\n', size), *root;
	size_t line = line_end ? (size_t)(line_end - bytes) : size, length;
	struct unit_file file;
	struct drop_in found;
	char *paths;
	int r;

	if (line <= begin + end || memcmp(bytes, MARKER_BEGIN, begin) != 0 ||
	    memcmp(bytes + line - end, MARKER_END, end) != 0 || bytes[begin] != '/' ||
	    memchr(bytes, '\0', line))
		return -EBADMSG;
	paths = pool_copy_bytes(pool, bytes + begin, line - begin - end);
	r = paths ? unit_file_parse(bytes, size, NULL, NULL, &file) : -ENOMEM;
	if (r < 0)
		return r;
	root = unit_file_last(&file, "Service", "RootImage");
	if (!root)
		root = unit_file_last(&file, "Service", "RootDirectory");
	found.root = root ? pool_copy(pool, root) : NULL;
	if (root && !found.root)
		r = -ENOMEM;
	unit_file_release(&file);
	length = path_length(paths);
	found.image = paths;
	found.extensions = paths[length] ? paths + length + 1 : "";
	paths[length] = '\0';
	if (r == 0)
		*ret = found;
	return r;
}
