/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGHUP, as Type=notify-reload of systemd.service(5) wants it to be answered. */
#ifndef RELOAD_H
#define RELOAD_H

#include "loop.h"

#include <signal.h>

struct reload {
	struct loop *loop; /* borrowed */
	struct loop_source source;
	sigset_t signals_before;
	void (*wanted)(struct reload *reload);
};

#define RELOAD_CLOSED                 \
	{                             \
		.source = {.fd = -1 } \
	}

/*
 * Blocks SIGHUP, and calls wanted() for it: the manager is told when that begins and ends.
 * Returns 0 or a negative errno; reload_close() is allowed either way.
 */
int reload_open(struct reload *reload, struct loop *loop, void (*wanted)(struct reload *reload));
void reload_close(struct reload *reload);

#endif
