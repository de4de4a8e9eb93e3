/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is to know of this host, for those who look after its images. */
#ifndef ADMIN_FACTS_H
#define ADMIN_FACTS_H

#include "attached.h"
#include "bus.h"
#include "pool.h"
#include "ports.h"
#include "units.h"

#include <stdbool.h>
#include <stdio.h>

struct facts {
	const char *name;         /* of the host */
	const char *version;      /* of systemd: "257.13-1~deb13u1" */
	const char *architecture; /* as systemd spells it */
	const char *container;    /* "lxc" …; "": it is none */
	const char *kernel;
	const char *portabled; /* why systemd-portabled does not answer; NULL: it does */
	bool has_loop, has_verity, selinux_enforces;
	struct text_list *file_systems; /* those that the kernel has, or has a module for */
	struct text_list *compressions; /* of squashfs; NULL: not known */
	struct text_list *profiles;
	struct port *ports;
};

/* Returns 0, with all in the pool, or a negative errno for what was logged. */
int facts_find(sd_bus *bus, struct pool *pool, struct facts *ret);

bool facts_have(const struct text_list *list, const char *text);

/*
 * Writes them for mkportable lint --host=, in the syntax of unit files, with the host's users,
 * groups, and the units and ports that are not of attached images, since a new version takes those
 * over. states: of the attached units. Returns 0, or a negative errno for what was logged.
 */
int facts_write(FILE *out, sd_bus *bus, struct pool *pool, const struct facts *facts,
		const struct unit_states *states);

#endif
