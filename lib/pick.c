/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories of versions. */
#include "pick.h"

#include "architecture.h"
#include "number.h"
#include "versions.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DIGITS        "0123456789"
#define LETTERS       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* The length of a path without slashes at its end. */
static size_t path_length(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* Cuts the end off, if it is that and not all. */
static bool cut(char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	if (length <= end_length || strcmp(text + length - end_length, end) != 0)
		return false;
	text[length - end_length] = '\0';
	return true;
}

bool pick_has_versions(const char *path)
{
	size_t length = path_length(path);

	return length > 2 && memcmp(path + length - 2, ".v", 2) == 0 && path[length - 3] != '/';
}

/* "+LEFT[-DONE]" */
static bool parse_tries(const char *text, struct pick_name *ret)
{
	const char *dash = strchrnul(text, '-');
	uint64_t left, done = 0;

	if (parse_uint_bytes(text + 1, (size_t)(dash - text - 1), 0, UINT32_MAX, &left) < 0 ||
	    (*dash && parse_uint(dash + 1, 0, UINT32_MAX, &done) < 0))
		return false;
	ret->left = left;
	ret->done = done;
	return true;
}

/* 0: native, 1: its 32-bit kind, 2: no name of one; -1: another machine. */
static int rank(const char *architecture, const char *native)
{
	if (strcmp(architecture, native) == 0)
		return 0;
	if (strcmp(architecture, "x86") == 0 && strcmp(native, "x86-64") == 0)
		return 1;
	return architecture_is_name(architecture) ? -1 : 2;
}

bool pick_parse(const char *file_name, const char *name, bool only_raw, const char *native,
		unsigned systemd_version, struct pick_name *ret)
{
	/* version_is_valid(): since 262 what UAPI.10 allows. */
	const char *valid = systemd_version >= 262 ? DIGITS LETTERS ".-~^"
			    : systemd_version > 0  ? DIGITS LETTERS ".,_-+"
						   : DIGITS LETTERS ".,_-+~^";
	size_t length = strlen(name);
	char *mark;
	int r = 2;

	*ret = (struct pick_name){ .left = ULONG_MAX, .done = ULONG_MAX, .file_name = file_name };
	if (strncmp(file_name, name, length) != 0 || file_name[length] != '_' ||
	    strlen(file_name) >= sizeof ret->version)
		return false;
	memcpy(ret->version, file_name + length + 1, strlen(file_name) - length);
	if (!cut(ret->version, ".raw") && only_raw)
		return false;
	mark = strrchr(ret->version, '+');
	if (mark && parse_tries(mark, ret))
		*mark = '\0';
	mark = strrchr(ret->version, '_');
	if (mark) {
		r = rank(mark + 1, native);
		*mark = '\0';
	}
	ret->architecture = (unsigned)r;
	return r >= 0 && ret->version[0] && !ret->version[strspn(ret->version, valid)];
}

int pick_compare(const struct pick_name *a, const struct pick_name *b)
{
	int d = COMPARE(a->left != 0, b->left != 0);

	d = d ? d : version_compare(a->version, b->version);
	d = d ? d : COMPARE(b->architecture, a->architecture);
	d = d ? d : COMPARE(a->left, b->left);
	d = d ? d : COMPARE(b->done, a->done);
	return d ? d : strcmp(a->file_name, b->file_name);
}

int pick(struct pool *pool, const char *directory, unsigned systemd_version, const char **ret,
	 unsigned *ret_n)
{
	char *name = pool_copy_bytes(pool, directory, path_length(directory)), *base;
	DIR *stream = opendir(directory);
	struct pick_name best, found;
	struct dirent *entry;
	bool only_raw;
	unsigned n = 0;

	if (!stream)
		return -errno;
	base = name ? strrchr(name, '/') : NULL;
	base = base ? base + 1 : name;
	(void)(base && cut(base, ".v"));
	only_raw = base && cut(base, ".raw");
	while (base && (entry = readdir(stream))) {
		if (!pick_parse(entry->d_name, base, only_raw, architecture_native(),
				systemd_version, &found))
			continue;
		found.file_name = pool_copy(pool, entry->d_name);
		if (!found.file_name) {
			(void)closedir(stream);
			return -ENOMEM;
		}
		if (n++ == 0 || pick_compare(&found, &best) > 0)
			best = found;
	}
	(void)closedir(stream);
	if (n == 0)
		return -ENOENT;
	*ret_n = n;
	*ret = pool_format(pool, "%s/%s", directory, best.file_name);
	return *ret ? 0 : -ENOMEM;
}
