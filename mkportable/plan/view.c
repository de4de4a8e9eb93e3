/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service sees of an image. */
#include "plan/view.h"

#include "elements.h"
#include "units/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Files that units bind. Every other path is taken for a directory. */
static const char *const known_files[] = {
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

/* Directories that every host has. */
static const char *const known_directories[] = {
	"/",          "/bin",     "/boot",        "/dev",
	"/etc",       "/etc/ssl", "/etc/systemd", "/home",
	"/lib",       "/mnt",     "/opt",         "/proc",
	"/root",      "/run",     "/run/dbus",    "/run/systemd",
	"/sbin",      "/srv",     "/sys",         "/tmp",
	"/usr",       "/usr/bin", "/usr/lib",     "/usr/sbin",
	"/usr/share", "/var",     "/var/cache",   "/var/lib",
	"/var/log",   "/var/tmp",
};

/* What the kernel has in /proc and /sys, where nothing can be made. */
static const char *const kernel_names[] = {
	"/proc/acpi",        "/proc/asound",      "/proc/buddyinfo",
	"/proc/bus",         "/proc/cgroups",     "/proc/cmdline",
	"/proc/config.gz",   "/proc/consoles",    "/proc/cpuinfo",
	"/proc/crypto",      "/proc/devices",     "/proc/diskstats",
	"/proc/dma",         "/proc/driver",      "/proc/fb",
	"/proc/filesystems", "/proc/fs",          "/proc/interrupts",
	"/proc/iomem",       "/proc/ioports",     "/proc/irq",
	"/proc/kallsyms",    "/proc/kcore",       "/proc/key-users",
	"/proc/keys",        "/proc/kmsg",        "/proc/loadavg",
	"/proc/locks",       "/proc/mdstat",      "/proc/meminfo",
	"/proc/misc",        "/proc/modules",     "/proc/mounts",
	"/proc/mtrr",        "/proc/net",         "/proc/partitions",
	"/proc/pressure",    "/proc/scsi",        "/proc/self",
	"/proc/slabinfo",    "/proc/softirqs",    "/proc/stat",
	"/proc/swaps",       "/proc/sys",         "/proc/sysrq-trigger",
	"/proc/sysvipc",     "/proc/thread-self", "/proc/timer_list",
	"/proc/tty",         "/proc/uptime",      "/proc/version",
	"/proc/vmallocinfo", "/proc/vmstat",      "/proc/zoneinfo",
	"/sys/block",        "/sys/bus",          "/sys/class",
	"/sys/dev",          "/sys/devices",      "/sys/firmware",
	"/sys/fs",           "/sys/hypervisor",   "/sys/kernel",
	"/sys/module",       "/sys/power",
};

/* What mount_private_dev() of systemd makes. */
static const char *const device_names[] = {
	"/dev/null", "/dev/zero", "/dev/full",  "/dev/random", "/dev/urandom",   "/dev/tty",
	"/dev/ptmx", "/dev/pts",  "/dev/shm",   "/dev/mqueue", "/dev/hugepages", "/dev/log",
	"/dev/core", "/dev/fd",   "/dev/stdin", "/dev/stdout", "/dev/stderr",
};

struct view_step {
	struct mount *mount;
	enum {
		STEP_PENDING,
		STEP_APPLIED,
		STEP_SKIPPED
	} state;
};

/* Whether a path is the other one or below it. */
static bool covers(const char *above, const char *path)
{
	size_t length = strcmp(above, "/") == 0 ? 0 : strlen(above);

	return strncmp(path, above, length) == 0 && (!path[length] || path[length] == '/');
}

static bool is_one_of(const char *const *names, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], path) == 0)
			return true;
	return false;
}

static bool is_below_one_of(const char *const *names, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (covers(names[i], path))
			return true;
	return false;
}

static bool is_known_file(const char *path)
{
	return is_one_of(known_files, ELEMENTS(known_files), path);
}

bool view_is_on_every_host(const char *path)
{
	return is_known_file(path) ||
	       is_one_of(known_directories, ELEMENTS(known_directories), path);
}

/* Whether a path is that of the pattern, in which the mark stands for any name. */
static bool matches(const char *pattern, const char *path)
{
	while (*pattern) {
		if (*pattern == MOUNTS_ANY_INSTANCE[0]) {
			size_t rest = strcspn(pattern + 1, "/" MOUNTS_ANY_INSTANCE);
			size_t length = strcspn(path, "/");

			/* The mark takes all but what follows it in this part of the path. */
			if (pattern[1 + rest] == MOUNTS_ANY_INSTANCE[0])
				rest = 0; /* one of several takes all */
			if (length <= rest)
				return false;
			path += length - rest;
			pattern += rest ? 1 : strcspn(pattern, "/");
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

/* The entry of a path. */
static struct plan_entry *find_entry(const struct view *view, const char *path)
{
	size_t known = strcspn(path, MOUNTS_ANY_INSTANCE), low = 0, high = view->plan->n;

	if (!path[known])
		return plan_find(view->plan, path);
	while (view->entries && low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(view->entries[middle]->path, path, known) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; view->entries && low < view->plan->n; low++) {
		if (strncmp(view->entries[low]->path, path, known) != 0)
			break;
		if (matches(path, view->entries[low]->path))
			return view->entries[low];
	}
	return NULL;
}

/* These change what may be done, and show the same files. */
static bool is_transparent(const struct mount *mount)
{
	switch (mount->mode) {
	case MOUNT_READ_ONLY:
	case MOUNT_READ_WRITE:
	case MOUNT_READ_WRITE_IMPLICIT:
	case MOUNT_EXEC:
	case MOUNT_NOEXEC:
		return true;
	default:
		return false;
	}
}

/* The applied mount that is nearest above a path, or at it. */
static const struct mount *nearest(const struct view *view, const char *path, bool transparent,
				   bool at_it)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < view->n; i++) {
		const struct mount *m = view->steps[i].mount;

		if (view->steps[i].state == STEP_APPLIED && (transparent || !is_transparent(m)) &&
		    covers(m->path, path) && (at_it || strcmp(m->path, path) != 0) &&
		    (!found || strlen(m->path) >= strlen(found->path)))
			found = m;
	}
	return found;
}

/* What the kernel has there, or a process. */
static bool is_of_kernel(const char *path)
{
	size_t digits = strncmp(path, "/proc/", 6) == 0 ? strspn(path + 6, "0123456789") : 0;

	return is_below_one_of(kernel_names, ELEMENTS(kernel_names), path) ||
	       (digits > 0 && (!path[6 + digits] || path[6 + digits] == '/'));
}

/* A directory that systemd makes is empty at first, but for those that it makes in it. */
static bool is_made(const struct mounts *mounts, const char *path)
{
	for (const struct mount *m = mounts->first; m; m = m->next)
		if (m->mode == MOUNT_MADE && covers(path, m->path))
			return true;
	return false;
}

/* Whether a path that nothing is mounted at is in what is mounted above it. */
static bool may_have(const struct view *view, const struct mount *mount, const char *path)
{
	switch (mount->mode) {
	case MOUNT_INACCESSIBLE:
	case MOUNT_PRIVATE_TMP:
	case MOUNT_TMPFS:
	case MOUNT_RUN:
		return false;
	case MOUNT_PRIVATE_DEV:
		return is_below_one_of(device_names, ELEMENTS(device_names), path);
	case MOUNT_PROC:
	case MOUNT_SYS:
		return is_of_kernel(path);
	case MOUNT_BIND:
		return mount->source || is_made(view->mounts, path);
	default:
		return true;
	}
}

/* What is at a path that is resolved. */
static void look(const struct view *view, const char *path, struct view_place *ret)
{
	const struct mount *mount = nearest(view, path, false, true);

	ret->mount = mount;
	ret->entry = NULL;
	ret->kind = VIEW_MOUNTED;
	if (mount && strcmp(mount->path, path) == 0)
		return;
	if (!mount || mount->mode == MOUNT_OVERLAY) {
		ret->entry = find_entry(view, path);
		if (ret->entry || strcmp(path, "/") == 0) {
			ret->kind = VIEW_IMAGE;
			return;
		}
	}
	/* It was made for a mount point below it. */
	for (size_t i = 0; i < view->n; i++)
		if (view->steps[i].state == STEP_APPLIED &&
		    covers(path, view->steps[i].mount->path))
			return;
	ret->kind = mount && may_have(view, mount, path) ? VIEW_UNKNOWN : VIEW_MISSING;
}

static struct plan_entry *find_link(const void *userdata, const char *path)
{
	struct view_place place;

	look(userdata, path, &place);
	return place.entry;
}

void view_find(const struct view *view, const char *path, struct view_place *ret)
{
	*ret = (struct view_place){ .kind = VIEW_MISSING };
	if (plan_resolve_by(find_link, view, path, true, ret->path) == 0)
		look(view, ret->path, ret);
}

/* In the order of systemd's path_compare(): what is above comes first. */
static int compare_paths(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (*a == '/' ? 1 : (unsigned char)*a) - (*b == '/' ? 1 : (unsigned char)*b);
}

static int compare(const struct mount *a, const struct mount *b)
{
	int order = compare_paths(strcmp(a->path, "/") == 0 ? "" : a->path,
				  strcmp(b->path, "/") == 0 ? "" : b->path);

	return order != 0 ? order : (int)a->mode - (int)b->mode;
}

static void sort(struct view *view)
{
	for (size_t i = 1; i < view->n; i++) {
		struct view_step step = view->steps[i];
		size_t j = i;

		for (; j > 0 && compare(view->steps[j - 1].mount, step.mount) > 0; j--)
			view->steps[j] = view->steps[j - 1];
		view->steps[j] = step;
	}
}

static bool is_duplicate(const struct view_step *last, const struct view_step *step)
{
	if (strcmp(last->mount->path, step->mount->path) != 0 || last->state != STEP_PENDING ||
	    step->state != STEP_PENDING)
		return false;
	last->mount->noexec = last->mount->noexec || step->mount->noexec;
	last->mount->exec = last->mount->exec || step->mount->exec;
	if (step->mount->read_only && !last->mount->read_only && last->mount->mode == MOUNT_PROC) {
		last->mount->key = step->mount->key;
		last->mount->line = step->mount->line;
	}
	last->mount->read_only = last->mount->read_only || step->mount->read_only;
	return true;
}

/* Whether the nearest one above it is of the same kind. n: how many were kept. */
static bool is_redundant(const struct view *view, size_t n, const struct mount *m)
{
	if (m->mode != MOUNT_READ_ONLY && m->mode != MOUNT_READ_WRITE &&
	    m->mode != MOUNT_READ_WRITE_IMPLICIT)
		return false;
	while (n-- > 0)
		if (covers(view->steps[n].mount->path, m->path))
			return view->steps[n].mount->mode == m->mode;
	return false;
}

/* sort_and_drop_unused_mounts(): drops duplicates, then what is masked, then what has no effect. */
static void normalize(struct view *view)
{
	const char *masked = NULL;
	size_t n = 0;

	sort(view);
	for (size_t i = 0; i < view->n; i++)
		if (n == 0 || !is_duplicate(&view->steps[n - 1], &view->steps[i]))
			view->steps[n++] = view->steps[i];
	view->n = n;
	n = 0;
	for (size_t i = 0; i < view->n; i++) {
		const struct mount *m = view->steps[i].mount;

		if (masked && covers(masked, m->path))
			continue;
		masked = m->mode == MOUNT_INACCESSIBLE ? m->path : NULL;
		view->steps[n++] = view->steps[i];
	}
	view->n = n;
	n = 0;
	for (size_t i = 0; i < view->n; i++)
		if (!is_redundant(view, n, view->steps[i].mount))
			view->steps[n++] = view->steps[i];
	view->n = n;
}

/* Whether systemd can make a directory at a path that is missing. */
static bool can_make(const struct view *view, const char *path)
{
	const struct mount *mount = nearest(view, path, false, false);

	if (!mount)
		return view->writable;
	return mount->mode != MOUNT_OVERLAY && mount->mode != MOUNT_PROC &&
	       mount->mode != MOUNT_SYS && mount->mode != MOUNT_INACCESSIBLE;
}

/* Whether systemd makes the mount point, if it can. */
static bool makes_place(const struct mount *mount)
{
	return !is_transparent(mount) && mount->mode != MOUNT_INACCESSIBLE;
}

/* Which kind a mount needs there; PLAN_OTHER: either a file or a directory. */
static enum plan_type kind_of(const struct mount *m)
{
	if (is_transparent(m) || m->mode == MOUNT_INACCESSIBLE)
		return PLAN_OTHER;
	if (m->mode != MOUNT_BIND || m->owned)
		return PLAN_DIRECTORY;
	if (!m->source)
		return strcmp(m->path, "/run/systemd/incoming") == 0 ? PLAN_DIRECTORY : PLAN_OTHER;
	if (is_known_file(m->source))
		return PLAN_FILE;
	return is_one_of(known_directories, ELEMENTS(known_directories), m->source) ? PLAN_DIRECTORY
										    : PLAN_OTHER;
}

/* Whether it is the program of a command of the unit, so that a file is bound there. */
static bool is_run(const struct unit *unit, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];
		const char *program = s->value + strspn(s->value, "@-:+!|\"'");

		if (strncmp(s->key, "Exec", 4) == 0 && strncmp(program, path, length) == 0 &&
		    strchr(" \t\"'", program[length]))
			return true;
	}
	return false;
}

struct making {
	struct view *view;
	view_fault_fn *fault;
	void *userdata;
};

static void report(const struct making *making, struct view_fault fault)
{
	fault.key = fault.mount ? fault.mount->key : "WorkingDirectory";
	fault.line = fault.mount ? fault.mount->line : making->view->mounts->directory_line;
	making->fault(making->userdata, &fault);
}

/* Below a directory of the host that is bound: where the host must have it. */
static const char *path_on_host(const struct view *view, const struct view_place *place,
				const char *path)
{
	const struct mount *bind = place->mount;
	const char *on_host;

	if (place->kind != VIEW_UNKNOWN || bind->mode != MOUNT_BIND || !bind->source ||
	    bind->source[0] != '/')
		return NULL;
	on_host = pool_format(view->mounts->pool, "%s%s", bind->source[1] ? bind->source : "",
			      path + strlen(bind->path));
	return on_host && !view_is_on_every_host(on_host) ? on_host : NULL;
}

/* Returns whether it is mounted, or nothing is to be mounted. */
static bool apply(const struct making *making, const struct mount *m)
{
	struct view_fault fault = { .mount = m, .path = m->path, .wanted = kind_of(m) };
	const struct mount *above = nearest(making->view, m->path, false, false);
	struct view_place place;
	enum plan_type type;

	look(making->view, m->path, &place);
	if (above && above->mode == MOUNT_BIND && kind_of(above) == PLAN_FILE) {
		fault.problem = "below a file";
		fault.wanted = PLAN_OTHER;
		report(making, fault);
		return true;
	}
	/* An extension may have it; it is read-only. */
	if (place.kind == VIEW_MISSING ||
	    (place.kind == VIEW_UNKNOWN && place.mount->mode == MOUNT_OVERLAY)) {
		if (makes_place(m) && can_make(making->view, m->path))
			return true;
		if (m->optional && !makes_place(m))
			return false;
		fault.problem = "missing";
		fault.is_in_extension = place.kind == VIEW_UNKNOWN;
		/* In what is mounted over the image, nothing can be put. */
		if (place.mount && place.mount->mode != MOUNT_OVERLAY)
			fault.wanted = PLAN_OTHER;
		else if (fault.wanted == PLAN_OTHER)
			fault.wanted = is_known_file(m->path) ||
						       is_run(making->view->mounts->unit, m->path)
					       ? PLAN_FILE
					       : PLAN_DIRECTORY;
		report(making, fault);
		return m->mode != MOUNT_OVERLAY;
	}
	if (!m->optional && !makes_place(m) && m->key)
		fault.host_path = path_on_host(making->view, &place, m->path);
	if (fault.host_path)
		report(making, fault);
	if (place.kind != VIEW_IMAGE || fault.wanted == PLAN_OTHER)
		return true;
	type = place.entry ? place.entry->type : PLAN_DIRECTORY;
	if ((type == PLAN_DIRECTORY) != (fault.wanted == PLAN_DIRECTORY)) {
		fault.problem = plan_type_words(type);
		fault.wanted = PLAN_OTHER;
		report(making, fault);
	}
	return true;
}

/* Returns 1 after a mount was found to be elsewhere, 0 at the end, or -ENOMEM. */
static int apply_all(const struct making *making)
{
	struct view *view = making->view;
	struct view_fault fault = { .wanted = PLAN_OTHER };
	char resolved[PATH_MAX];
	int r;

	for (size_t i = 0; i < view->n; i++) {
		struct mount *m = view->steps[i].mount;

		if (view->steps[i].state != STEP_PENDING)
			continue;
		r = plan_resolve_by(find_link, view, m->path, true, resolved);
		if (r < 0) {
			fault.mount = m;
			fault.path = m->path;
			fault.problem = r == -ELOOP ? "a loop of links" : "below a file";
			report(making, fault);
			view->steps[i].state = STEP_APPLIED;
			continue;
		}
		if (strcmp(resolved, m->path) != 0) {
			m->path = pool_copy(view->mounts->pool, resolved);
			if (!m->path)
				return pool_exhausted();
			normalize(view);
			return 1;
		}
		view->steps[i].state = apply(making, m) ? STEP_APPLIED : STEP_SKIPPED;
	}
	return 0;
}

/* create_symlinks_from_tuples() */
static void check_link(const struct making *making, const struct mount *link)
{
	struct view_fault fault = {
		.mount = link, .path = link->path, .target = link->target, .wanted = PLAN_SYMLINK
	};
	struct view_place place = { .kind = VIEW_MISSING };
	char resolved[PATH_MAX];

	if (plan_resolve_by(find_link, making->view, link->path, false, resolved) == 0)
		look(making->view, resolved, &place);
	if (place.kind == VIEW_UNKNOWN ||
	    (place.kind == VIEW_MISSING && can_make(making->view, resolved)))
		return;
	if (place.entry && place.entry->type == PLAN_SYMLINK &&
	    strcmp(place.entry->target, link->target) == 0)
		return;
	fault.problem = place.kind == VIEW_MISSING ? "missing"
			: place.entry && place.entry->type == PLAN_SYMLINK
				? "a link to another target"
				: "not a link";
	if (place.kind != VIEW_MISSING)
		fault.wanted = PLAN_OTHER;
	report(making, fault);
}

static void check_working_directory(const struct making *making)
{
	const struct mounts *mounts = making->view->mounts;
	struct view_fault fault = { .path = mounts->directory, .wanted = PLAN_DIRECTORY };
	struct view_place place;

	if (!mounts->directory || mounts->directory_optional)
		return;
	view_find(making->view, mounts->directory, &place);
	if (place.kind == VIEW_MISSING)
		fault.problem = "missing";
	else if (place.kind == VIEW_MOUNTED && place.mount &&
		 strcmp(place.mount->path, place.path) == 0 && kind_of(place.mount) == PLAN_FILE)
		fault.problem = plan_type_words(PLAN_FILE);
	else if (place.kind == VIEW_UNKNOWN && place.mount->source &&
		 view_is_on_every_host(place.mount->source) &&
		 plan_follow(making->view->plan, mounts->directory))
		fault.problem = "hidden by what is mounted over it";
	else if (place.entry && place.entry->type != PLAN_DIRECTORY)
		fault.problem = plan_type_words(place.entry->type);
	else
		fault.host_path = path_on_host(making->view, &place, place.path);
	if (!fault.problem && !fault.host_path)
		return;
	if (place.mount || place.kind != VIEW_MISSING)
		fault.wanted = PLAN_OTHER;
	report(making, fault);
}

/* A place that systemd makes in what is mounted above it is there for every instance. */
static bool is_undecided(const struct view *view, const char *path, bool made)
{
	return strstr(path, MOUNTS_ANY_INSTANCE) &&
	       !(made && nearest(view, path, false, false) && can_make(view, path));
}

static bool has_undecided(const struct view *view)
{
	const char *directory = view->mounts->directory;
	struct view_place place;

	for (const struct mount *m = view->mounts->first; m; m = m->next)
		if (is_undecided(view, m->path, makes_place(m)))
			return true;
	if (!directory || !is_undecided(view, directory, false))
		return false;
	view_find(view, directory, &place);
	return place.kind != VIEW_MOUNTED;
}

int view_make(struct view *ret, const struct plan *plan, const struct mounts *mounts, bool writable,
	      view_fault_fn *fault, void *userdata)
{
	struct making making = { .view = ret, .fault = fault, .userdata = userdata };
	int r;

	*ret = (struct view){ .plan = plan, .mounts = mounts, .writable = writable };
	ret->steps = pool_take(mounts->pool, (mounts->n + 1) * sizeof *ret->steps);
	ret->entries = mounts->undecided ? plan_sorted(plan) : NULL;
	if (!ret->steps || (mounts->undecided && !ret->entries))
		return pool_exhausted();
	for (struct mount *m = mounts->first; m; m = m->next)
		if (m->mode != MOUNT_LINK && m->mode != MOUNT_MADE)
			ret->steps[ret->n++].mount = m;
	normalize(ret);
	do
		r = apply_all(&making);
	while (r > 0);
	if (r < 0)
		return r;
	for (struct mount *m = mounts->first; m; m = m->next)
		if (m->mode == MOUNT_LINK)
			check_link(&making, m);
	check_working_directory(&making);
	ret->undecided = mounts->undecided && has_undecided(ret);
	return 0;
}

/* The permissions of what is at a path; 0777 where they are not known. */
static mode_t permissions(const struct view *view, const char *path)
{
	struct view_place place;

	look(view, path, &place);
	if (place.kind == VIEW_IMAGE && !place.entry)
		return view->plan->root_mode;
	if (place.kind == VIEW_IMAGE && place.entry->uid == 0 && place.entry->gid == 0)
		return place.entry->mode;
	if (place.kind == VIEW_MOUNTED && place.mount && strcmp(place.mount->path, path) == 0) {
		if (place.mount->mode == MOUNT_TMPFS)
			return place.mount->permissions;
		if (place.mount->mode == MOUNT_INACCESSIBLE)
			return 0;
	}
	return 0777;
}

bool view_is_open(const struct view *view, const char *path, char ret_path[static PATH_MAX],
		  mode_t *ret_mode)
{
	mode_t wanted = view->mounts->group_is_root ? S_IXOTH | S_IXGRP : S_IXOTH;
	size_t length = 1, end = strlen(path);
	mode_t mode;

	for (;;) {
		(void)snprintf(ret_path, PATH_MAX, "%.*s", (int)length, path);
		mode = permissions(view, ret_path);
		if (!(mode & wanted)) {
			*ret_mode = mode;
			return false;
		}
		if (length >= end)
			return true;
		length += length > 1;
		length += strcspn(path + length, "/");
	}
}

bool view_is_noexec(const struct view *view, const char *path)
{
	const struct mount *mount = nearest(view, path, true, true);

	return mount && mount->noexec && !mount->exec;
}
