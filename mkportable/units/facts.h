/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of systemd that more than one file needs. */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <sys/types.h>

/* In the order of systemd's open_os_release(). */
#define ETC_OS_RELEASE "/etc/os-release"
#define USR_OS_RELEASE "/usr/lib/os-release"

/* The stock profiles bind the host's files over these two. */
#define MACHINE_ID  "/etc/machine-id"
#define RESOLV_CONF "/etc/resolv.conf"

/* The program that boots an image, and where systemd-nspawn looks for it. */
#define INIT_PROGRAM "/usr/sbin/init"
#define INIT_LINK    "/sbin/init"

/* Where build puts the units. */
#define UNIT_DIRECTORY "/usr/lib/systemd/system"

/* Where systemd looks for units in an image, in the order of lookup_paths_init(). The last is NULL. */
#define UNIT_DIRECTORIES_N 13
extern const char *const unit_directories[UNIT_DIRECTORIES_N + 1];

/* What systemd mounts over in a service with RootImage= or RootDirectory=. The last path is NULL. */
struct api_directory {
	const char *path;
	mode_t mode;
};
extern const struct api_directory api_directories[];

/* Whether a path is the root, or is in an API directory, which systemd fills at start. */
bool path_is_volatile(const char *path);

struct unit_type {
	const char *suffix;  /* ".service" */
	const char *section; /* of its own; NULL: none */
	const char *starts;  /* its setting that names the unit to start; NULL: none */
	bool is_extracted;   /* portablectl takes such units from an image */
};
extern const struct unit_type unit_types[]; /* the last suffix is NULL */

/* NULL if it is not the name of a unit. */
const struct unit_type *unit_type_of(const char *name);

/* Whether a directory of this name holds drop-ins or links: "x.service.d", "x.target.wants". */
bool is_drop_in_name(const char *name);

#endif
