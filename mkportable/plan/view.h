/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a service sees of an image: the mounts of units/mounts.h, applied to a plan in the
 * order of systemd (apply_mounts() in its namespace.c), and what keeps them from it.
 *
 * build adds what is missing, and the rules report it: both from here, so that they agree.
 */
#ifndef VIEW_H
#define VIEW_H

#include "plan/plan.h"
#include "units/mounts.h"

struct view_step;

struct view_fault {
	const struct mount *mount; /* NULL: WorkingDirectory= */
	const char *key;           /* the setting; NULL: implied */
	unsigned line;             /* 0: implied, or of a profile */
	const char *path;          /* where, with links resolved */
	const char *problem;       /* "missing", "a file", … */
	const char *target;        /* of a link that is missing or another; else NULL */
	const char *host_path;     /* no fault if the host has this; NULL: it cannot help */
	bool is_in_extension;      /* an extension may have it */
	enum plan_type wanted;     /* what to put there; PLAN_OTHER: nothing helps */
};

/* Called for each fault. The view goes on as if it had been mended. */
typedef void view_fault_fn(void *userdata, const struct view_fault *fault);

struct view {
	const struct plan *plan;
	const struct mounts *mounts;
	bool writable; /* the file system of the image, when the mounts are made */
	bool undecided; /* it depends on the instance, which is not known, whether a place is there */
	struct view_step *steps; /* in systemd's order; in the pool */
	size_t n;
	struct plan_entry **entries; /* sorted, if there is a path for any instance */
};

/*
 * plan and mounts outlive the view, which is in the pool of mounts. writable: whether the
 * image can be written to by systemd, a directory or a file system like ext4.
 *
 * Returns 0 or -ENOMEM.
 */
int view_make(struct view *ret, const struct plan *plan, const struct mounts *mounts, bool writable,
	      view_fault_fn *fault, void *userdata);

enum view_kind {
	VIEW_MISSING,
	VIEW_IMAGE,   /* entry; NULL for the root */
	VIEW_MOUNTED, /* a directory that systemd makes, or a mount point */
	VIEW_UNKNOWN, /* of the host, or of another image: it may be there */
};

struct view_place {
	enum view_kind kind;
	struct plan_entry *entry;  /* VIEW_IMAGE */
	const struct mount *mount; /* that covers it; NULL: none */
	char path[PATH_MAX];       /* with links resolved */
};

/* What is at a path, links followed. */
void view_find(const struct view *view, const char *path, struct view_place *ret);

/*
 * Whether a user other than root can pass through all directories of a resolved path, and
 * enter or execute what is at its end. If not, sets ret_path and *ret_mode to the part that
 * has not the permission.
 */
bool view_is_open(const struct view *view, const char *path, char ret_path[static PATH_MAX],
		  mode_t *ret_mode);

/* Whether programs at a path cannot be executed, for NoExecPaths= or the like. */
bool view_is_noexec(const struct view *view, const char *path);

/* Whether it is a file or directory of every host. */
bool view_is_on_every_host(const char *path);

#endif
