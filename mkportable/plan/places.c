/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds mount points to the plan. */
#include "plan/places.h"

#include "elements.h"
#include "log.h"
#include "units/facts.h"

#include <errno.h>
#include <string.h>

/* Files that units bind. Every other path is taken for a directory. */
static const char *const well_known_files[] = {
	"/etc/adjtime",
	"/etc/bash.bashrc",
	"/etc/environment",
	"/etc/fstab",
	"/etc/gai.conf",
	"/etc/group",
	"/etc/gshadow",
	"/etc/host.conf",
	"/etc/hostname",
	"/etc/hosts",
	"/etc/krb5.conf",
	"/etc/krb5.keytab",
	"/etc/ld.so.cache",
	"/etc/locale.conf",
	"/etc/localtime",
	MACHINE_ID,
	"/etc/machine-info",
	"/etc/mtab",
	"/etc/networks",
	"/etc/nsswitch.conf",
	ETC_OS_RELEASE,
	"/etc/passwd",
	"/etc/profile",
	"/etc/protocols",
	RESOLV_CONF,
	"/etc/services",
	"/etc/shadow",
	"/etc/shells",
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/subgid",
	"/etc/subuid",
	"/etc/timezone",
	USR_OS_RELEASE,
};

static bool is_well_known_file(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(well_known_files); i++)
		if (strcmp(path, well_known_files[i]) == 0)
			return true;
	return false;
}

/* Profiles bind the host's file over it. What is there already is judged by the rules. */
static int add_empty_file(struct plan *plan, const char *path, const char *image)
{
	char resolved[PATH_MAX];

	if (plan_resolve(plan, path, false, resolved) == 0 && plan_find(plan, resolved))
		return 0;
	return plan_add_bytes(plan, path, "", 0, image);
}

static int add_api(struct plan *plan, const char *image)
{
	int r = 0;

	for (const struct api_directory *d = api_directories; d->path && r >= 0; d++)
		r = plan_add_directory(plan, d->path, d->mode, image);
	if (r >= 0)
		r = add_empty_file(plan, MACHINE_ID, image);
	return r < 0 ? r : add_empty_file(plan, RESOLV_CONF, image);
}

static int add_mount_point(struct plan *plan, const char *path, const char *origin)
{
	char resolved[PATH_MAX], shown[LOG_ESCAPED_SIZE];
	const struct plan_entry *there;
	char *kept;
	int r;

	r = plan_resolve(plan, path, true, resolved);
	if (r < 0) {
		log_failure(r, "%s: cannot add '%s' to the image", origin, log_escape(path, shown));
		return r;
	}
	there = plan_find(plan, resolved);
	if (there || path_is_volatile(resolved)) /* by a symbolic link */
		return 0;
	kept = pool_copy(plan->pool, resolved);
	if (!kept)
		return pool_exhausted();
	if (is_well_known_file(resolved))
		return plan_add_bytes(plan, kept, "", 0, origin);
	return plan_add_directory(plan, kept, 0755, origin);
}

static int add_need(struct plan *plan, const struct need *need, const char *origin)
{
	char resolved[PATH_MAX];

	switch (need->kind) {
	case NEED_PROGRAM:
		return 0;
	case NEED_MOUNT_POINT:
		return add_mount_point(plan, need->path, origin);
	case NEED_SYMLINK:
		return plan_add_symlink(plan, need->path, need->target, origin);
	case NEED_DIRECTORY:
		if (plan_resolve(plan, need->path, true, resolved) == 0 &&
		    path_is_volatile(resolved))
			return 0;
		return plan_add_directory(plan, need->path, 0755, origin);
	}
	return -EINVAL;
}

int places_add(struct plan *plan, const struct needs *needs, const char *image)
{
	const char *origin;
	int r;

	r = add_api(plan, image);
	for (const struct need *need = needs->first; need && r >= 0; need = need->next) {
		origin = unit_origin(need->unit, need->line, plan->pool);
		r = origin ? add_need(plan, need, origin) : pool_exhausted();
	}
	return r;
}
