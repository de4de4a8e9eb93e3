/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a .socket unit: systemd.socket(5). Pure. */
#ifndef SOCKET_UNIT_H
#define SOCKET_UNIT_H

#include "units/settings.h"

#include <sys/types.h>

enum port_kind { /* in the order of their settings */
	PORT_STREAM,
	PORT_DATAGRAM,
	PORT_SEQUENTIAL_PACKET,
	PORT_FIFO
};

/* One Listen…= line. */
struct port {
	enum port_kind kind;
	char *address;
};

struct socket_unit {
	const struct boot_unit *unit; /* borrowed */
	struct port *ports;
	size_t n_ports;
	bool accept;
	unsigned max_connections; /* with accept */
	unsigned backlog;
	unsigned bind_ipv6_only;     /* 2: yes */
	mode_t mode, directory_mode; /* of a FIFO or unix socket, and of its parents */
	char *name;                  /* FileDescriptorName=; NULL: the unit's */
	char *service;               /* Service=; NULL: of the same name */
	bool remove_on_stop;
};

/* Like service_read(). *ret_problem is NULL when there is nothing to listen on. */
int socket_unit_read(const struct boot_unit *unit, struct socket_unit *ret,
		     const struct unit_setting **ret_problem);
void socket_unit_release(struct socket_unit *socket);

/* Whether socket_unit_read() reads this setting of [Socket]. */
bool socket_unit_knows(const char *key);

#endif
