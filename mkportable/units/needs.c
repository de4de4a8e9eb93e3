/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of needs; words and paths in settings. */
#include "units/needs.h"

#include "log.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void needs_open(struct needs *needs, struct pool *pool)
{
	*needs = (struct needs){ .pool = pool };
	needs->end = &needs->first;
}

int needs_add(struct needs *needs, const struct unit *unit, const struct unit_setting *setting,
	      struct need need)
{
	struct need *kept = pool_take(needs->pool, sizeof *kept);

	if (!kept)
		return pool_exhausted();
	need.unit = unit;
	need.key = setting->key;
	need.line = setting->line;
	*kept = need;
	*needs->end = kept;
	needs->end = &kept->next;
	return 0;
}

int needs_words(const struct unit *unit, const struct unit_setting *setting, const char *value,
		struct unit_words *ret)
{
	int r = unit_words_split(value, ret);

	if (r == -EINVAL)
		unit_error(unit, setting->line, "%s= ends inside quotes or with a backslash",
			   setting->key);
	else if (r < 0)
		return pool_exhausted();
	return r;
}

/* Removes "." and empty parts, in place. Returns whether there is a "..". */
static bool simplify(char *path)
{
	char *out = path + 1;
	const char *in = path;
	bool climbs = false;

	for (;;) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length == 0)
			break;
		climbs = climbs || (length == 2 && memcmp(in, "..", 2) == 0);
		if (length != 1 || *in != '.') {
			if (out > path + 1)
				*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	*out = '\0';
	return climbs;
}

static int read_path(struct pool *pool, const struct unit *unit, const struct unit_setting *setting,
		     const char *text, bool may_climb, const char **ret)
{
	char shown[LOG_ESCAPED_SIZE], letter;
	const char *expanded;
	char *path;
	int r;

	r = unit_expand(unit, text, pool, &expanded, &letter);
	if (r < 0)
		return pool_exhausted();
	if (r > 0) {
		char specifier[] = { '%', letter, '\0' }, shown_specifier[LOG_ESCAPED_SIZE];

		unit_undecided(
			unit, setting->line,
			"%s='%s': '%s' is known only when the unit starts; write out the path",
			setting->key, log_escape(text, shown),
			log_escape(specifier, shown_specifier));
		return -EINVAL;
	}
	if (expanded[0] != '/') {
		unit_error(unit, setting->line, "%s='%s' is not an absolute path", setting->key,
			   log_escape(expanded, shown));
		return -EINVAL;
	}
	/* The readers of mounts mark places with control characters. */
	if (strlen(expanded) >= PATH_MAX || strpbrk(text, "\1\2")) {
		unit_error(unit, setting->line, "%s='%s' is too long, or has control characters",
			   setting->key, log_escape(expanded, shown));
		return -EINVAL;
	}
	path = pool_copy(pool, expanded);
	if (!path)
		return pool_exhausted();
	if (simplify(path) && !may_climb) {
		unit_error(unit, setting->line, "%s='%s' contains '..'", setting->key,
			   log_escape(expanded, shown));
		return -EINVAL;
	}
	*ret = path;
	return 0;
}

int needs_path(struct pool *pool, const struct unit *unit, const struct unit_setting *setting,
	       const char *text, const char **ret)
{
	return read_path(pool, unit, setting, text, false, ret);
}

int needs_program_path(struct pool *pool, const struct unit *unit,
		       const struct unit_setting *setting, const char *text, const char **ret)
{
	return read_path(pool, unit, setting, text, true, ret);
}
