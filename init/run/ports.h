/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of .socket units. They are open from boot to the end, so that no client is
 * refused while a service does not run. A client starts the service; while it runs, and
 * at the limit of connections, the sockets are not polled.
 */
#ifndef PORTS_H
#define PORTS_H

#include "run/manager.h"

/* Opens all sockets. Those that cannot be opened are logged, and make m->failed. */
void ports_open(struct manager *m);
void ports_close(struct manager *m);

/* Polls the sockets of a service, or not: after it has started or ended. */
void ports_update(const struct service_entry *entry);

#endif
