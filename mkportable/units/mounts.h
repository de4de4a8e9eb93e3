/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What systemd mounts for a service with RootImage= or RootDirectory=: the settings of
 * systemd.exec(5) and what they imply, of a unit and of a profile that is read after it.
 * plan/view.h says what an image becomes by it.
 *
 * Pure except for messages: settings in, mounts out. Learned from setup_namespace() and
 * apply_mount_namespace() of systemd, and measured.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "units/unit.h"

#include <sys/types.h>

/* In systemd's order: of two at one path, the first stays (mount_path_compare()). */
enum mount_mode {
	MOUNT_INACCESSIBLE,
	MOUNT_OVERLAY, /* of ExtensionImages= and ExtensionDirectories= */
	MOUNT_IMAGE,
	MOUNT_BIND,
	MOUNT_PRIVATE_TMP,
	MOUNT_PRIVATE_DEV,
	MOUNT_DEV,
	MOUNT_SYS,
	MOUNT_PROC,
	MOUNT_READ_ONLY,
	MOUNT_READ_WRITE,
	MOUNT_NOEXEC,
	MOUNT_EXEC,
	MOUNT_TMPFS,
	MOUNT_RUN,
	MOUNT_READ_WRITE_IMPLICIT,
	/* These are no mounts: */
	MOUNT_MADE, /* a directory that systemd makes on the host, below another one that is bound */
	MOUNT_LINK, /* a link that systemd makes after all mounts */
};

struct mount {
	struct mount *next;
	enum mount_mode mode;
	const char *path;   /* absolute, no "." or "..", no double slashes */
	const char *source; /* MOUNT_BIND: on the host; NULL for a directory that systemd makes */
	const char *target; /* MOUNT_LINK: relative */
	bool optional;      /* the path, or the source of a bind, may be missing */
	bool owned;         /* StateDirectory= and the like */
	bool noexec, exec, read_only;
	mode_t permissions; /* of a tmpfs */
	const char *key;    /* the setting: "BindPaths"; NULL: implied */
	unsigned line;      /* 0: implied, or of a profile */
};

/* In a path, an instance that is not known. systemd refuses control characters in units. */
#define MOUNTS_ANY_INSTANCE "\2"

/* The path with "%i" for such an instance, in the pool; NULL: out of memory. */
const char *mounts_shown_path(struct pool *pool, const char *path);

/* Further ones of a hostile unit are ignored. */
#define MOUNTS_MAX 500

struct mounts {
	struct pool *pool; /* borrowed */
	const struct unit *unit;
	struct mount *first, **end;
	size_t n;
	const char *directory;   /* WorkingDirectory=; NULL: known only at start */
	unsigned directory_line; /* 0: of a profile, or "/" by default */
	bool directory_optional;
	bool user_is_root, group_is_root;
	bool private_users;  /* systemd writes to /proc/PID then */
	bool undecided;      /* a path depends on an instance that is not known */
	bool read_only_root; /* systemd mounts a disk image read-only, since nothing writes to it */
};

/* The settings of the stock profile "default" that decide what is mounted. */
extern const struct unit_file mounts_default_profile;

struct mounts_request {
	const struct unit *unit;
	const char *instance;            /* of a template; NULL: not known, or no template */
	const struct unit_file *profile; /* NULL: none */
	unsigned systemd_version;        /* 0: the newest */
	bool is_directory;               /* the image: attached with RootDirectory= */
	bool privileged;                 /* for a command with the prefix "+" */
	bool quiet;                      /* reports no mistake in a value */
};

/*
 * Returns 0, or a negative errno for what was reported. After -EINVAL, a mistake in the
 * unit, everything else is in *ret.
 */
int mounts_read(struct pool *pool, const struct mounts_request *request, struct mounts *ret);

/* Further instances of a hostile image are not looked at. */
#define MOUNTS_INSTANCES_MAX 16

/*
 * The next instance of a template that the units of an image name: DefaultInstance=, units
 * of its instances, and those in any setting. Returns NULL at the end. *state is 0 at first.
 */
const char *mounts_next_instance(struct pool *pool, const struct unit *template,
				 const struct unit *units, size_t *state);

#endif
