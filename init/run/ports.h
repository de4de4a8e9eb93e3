/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of .socket units: open from boot to end, so that nobody is refused
 * while a service is away. What arrives starts the service, and while it runs the
 * sockets are its own; at the limit of connections the listener is not polled.
 */
#ifndef PORTS_H
#define PORTS_H

#include "run/manager.h"

/* Opens all sockets. Those that cannot be opened are logged, and make m->failed. */
void ports_open(struct manager *m);
void ports_close(struct manager *m);

/* Polls the sockets of a service, or not: after it has started or ended. */
void ports_update(struct manager *m, const struct service_entry *entry);

#endif
