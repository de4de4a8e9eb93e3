/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exposure of services, measured by systemd-analyze(1). */
#include "rules/exposure.h"

#include "base/scratch.h"
#include "rules/analyze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A table of all settings, then the level. */
#define OUTPUT_SIZE ((size_t)64 * 1024)

/* "… for x.service: 0.3 SAFE :-)" */
static int read_level(const char *text, const char *unit)
{
	static const char mark[] = "Overall exposure level for ";
	const char *p = strstr(text, mark);
	int whole = 0;

	if (!p)
		return EXPOSURE_UNKNOWN;
	p += strlen(mark);
	if (strncmp(p, unit, strlen(unit)) != 0 || strncmp(p + strlen(unit), ": ", 2) != 0)
		return EXPOSURE_UNKNOWN;
	for (p += strlen(unit) + 2; *p >= '0' && *p <= '9' && whole < 10; p++)
		whole = whole * 10 + (*p - '0');
	if (p[0] != '.' || p[1] < '0' || p[1] > '9')
		return EXPOSURE_UNKNOWN;
	return whole * 10 + (p[1] - '0');
}

static int measure(struct pool *pool, const char *root, struct exposure *exposure)
{
	const char *root_option = pool_format(pool, "--root=%s", root), *profile_option = NULL;
	const struct unit *unit = exposure->unit;
	const char *name = unit->name;
	char *path = NULL, text[OUTPUT_SIZE];
	int r;

	if (exposure->profile) {
		/* It takes a path only when it is absolute. */
		path = realpath(exposure->profile->path, NULL);
		path = path ? pool_adopt(pool, path) : NULL;
		profile_option = path ? pool_format(pool, "--profile=%s", path) : NULL;
	}
	if (unit_is_template(unit)) /* it counts instances only */
		name = pool_format(pool, "%.*s1%s", (int)(unit->suffix - unit->name), unit->name,
				   unit->suffix);
	if (!name || !root_option || (exposure->profile && !profile_option))
		return -ENOMEM;
	const char *const arguments[] = { "systemd-analyze",
					  "security",
					  "--offline=yes",
					  "--no-pager",
					  root_option,
					  profile_option ? profile_option : "--threshold=100",
					  "--",
					  name,
					  NULL };

	r = analyze_run(arguments, text, sizeof text);
	if (r >= 0)
		exposure->tenths = read_level(text, name);
	return r == -ENOENT ? 0 : r;
}

/* Appends one at *end and measures it. */
static int add(struct pool *pool, const char *root, struct exposure exposure,
	       struct exposure ***end)
{
	struct exposure *kept = pool_take(pool, sizeof *kept);

	if (!kept)
		return -ENOMEM;
	*kept = exposure;
	**end = kept;
	*end = &kept->next;
	return measure(pool, root, kept);
}

int exposure_measure(struct pool *pool, const struct unit *units, const struct profile *profiles,
		     size_t profiles_n, struct exposure **ret)
{
	struct exposure unknown = { .tenths = EXPOSURE_UNKNOWN }, *first = NULL, **end = &first;
	struct scratch scratch = { 0 };
	int r = scratch_make(&scratch, pool);

	if (r >= 0)
		r = analyze_write_units(pool, scratch.path, units);
	for (; units && r >= 0; units = units->next) {
		if (!unit_is_service(units))
			continue;
		unknown.unit = units;
		unknown.profile = NULL;
		r = add(pool, scratch.path, unknown, &end);
		for (size_t i = 0; i < profiles_n && r >= 0; i++) {
			unknown.profile = &profiles[i];
			r = add(pool, scratch.path, unknown, &end);
		}
	}
	scratch_remove(&scratch);
	if (r >= 0)
		*ret = first;
	return r;
}
