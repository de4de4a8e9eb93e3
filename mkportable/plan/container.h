/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container engine has to know of an image, derived from its units: the command, the
 * ports that clients come to, and the places that keep state.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "plan/plan.h"
#include "units/needs.h"
#include "units/unit.h"

struct container_port {
	struct container_port *next;
	unsigned number;
	const char *protocol; /* "tcp" or "udp" */
};

struct container_volume {
	struct container_volume *next;
	const char *path;
	bool is_cache; /* what is lost with it can be made again */
};

struct container {
	const char *const *command;       /* with arguments; ends with NULL */
	bool boots;                       /* the command is the image's own process 1 */
	struct container_port *ports;     /* by number, each once */
	struct container_volume *volumes; /* by path, each once */
};

/*
 * units and needs are those of the image. Without a program that boots it, the command is that
 * of its only service, which opens its sockets by itself.
 *
 * shown: the image, for messages. *ret is in the pool of the plan. Returns 0, -EINVAL, logged,
 * for an image that no container can run, or -ENOMEM, logged.
 */
int container_describe(const struct plan *plan, const struct unit *units, const struct needs *needs,
		       const char *shown, struct container *ret);

#endif
