/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of systemd that more than one file needs, each of them once. */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Where open_os_release() looks: /etc first. */
#define ETC_OS_RELEASE "/etc/os-release"
#define USR_OS_RELEASE "/usr/lib/os-release"

/* The stock profiles bind the host's files over these two. */
#define MACHINE_ID  "/etc/machine-id"
#define RESOLV_CONF "/etc/resolv.conf"

/* What boots an image; and the link to it where systemd-nspawn looks. */
#define INIT_PROGRAM "/usr/sbin/init"
#define INIT_LINK    "/sbin/init"

/* Where units are put in an image. */
#define UNIT_DIRECTORY "/usr/lib/systemd/system"

/*
 * Those of lookup_paths_init() that an image can sensibly have, in its order;
 * UNIT_DIRECTORY is one of them.
 */
extern const char *const unit_directories[5];

/* What systemd mounts over in a service with a root of its own. The last path is NULL. */
struct api_directory {
	const char *path;
	mode_t mode;
};
extern const struct api_directory api_directories[];

/* Whether a path is the root, or in an API directory: systemd fills these at start. */
bool path_is_volatile(const char *path);

struct unit_type {
	const char *suffix;  /* ".service" */
	const char *section; /* of its own settings; NULL: it has none */
	const char *starts;  /* the setting that names the unit that it starts; NULL: none */
	bool is_extracted;   /* portablectl takes such units from an image, no others */
};
extern const struct unit_type unit_types[]; /* the last suffix is NULL */

/* The type of a unit of this name; NULL for what is not a unit. */
const struct unit_type *unit_type_of(const char *name);

/* Whether it is the name of a directory of drop-ins or links, such as "x.service.wants". */
bool is_drop_in_name(const char *name);

#endif
