/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a unit needs of the host that it is attached to, since an image cannot provide it:
 * what systemd looks up, opens or runs before it enters the image.
 *
 * Pure: settings in, needs out. What is no valid value has no need.
 */
#ifndef HOST_NEEDS_H
#define HOST_NEEDS_H

#include "pool.h"
#include "units/unit.h"

#include <stdbool.h>

enum host_need_kind {
	HOST_FILE, /* of any type; a pattern for ConditionPathExistsGlob= */
	HOST_REGULAR_FILE,
	HOST_CERTAIN_FILE, /* one that is as the setting asks: a link, a socket, … */
	HOST_DIRECTORY,
	HOST_PROGRAM,
	HOST_DEVICE,
	HOST_USER,
	HOST_GROUP,
	HOST_UNIT,
	HOST_INTERFACE,
	HOST_ADDRESS,
	HOST_DESCRIPTOR, /* passed by a socket: its FileDescriptorName=, or its unit's name */
	HOST_PROTOCOL,
	HOST_PAM_SERVICE,
	HOST_TIME_ZONE,
	HOST_FEATURE,    /* of its file system */
	HOST_CREDENTIAL, /* passed to the host's systemd */
	HOST_CONDITION,  /* name: the value of another condition */
};

struct host_need {
	struct host_need *next;
	enum host_need_kind kind;
	const char *name; /* specifiers that depend on host or instance stay in it */
	bool absent;      /* the host must not have it: a condition with '!' */
	bool is_own;      /* the same path is a place in the image: BindPaths=/x */
	const char *key;  /* the setting: "LoadCredential" */
	unsigned line;
};

/*
 * Lists the needs of a unit, without what every host has. *ret is in the pool; NULL for none.
 *
 * Returns 0, or -ENOMEM, logged.
 */
int host_needs(const struct unit *unit, struct pool *pool, struct host_need **ret);

/* Whether every host that runs systemd has a unit. */
bool host_has_unit(const char *name);

#endif
