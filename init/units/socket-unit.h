/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a .socket unit says, as systemd.socket(5) has it. Pure. */
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
	unsigned max_connections; /* of all clients; with accept */
	unsigned backlog;
	unsigned bind_ipv6_only;     /* 2: not IPv4 as well */
	mode_t mode, directory_mode; /* of the file of a FIFO or unix socket, and of its parents */
	char *name;                  /* FileDescriptorName=; NULL: the unit's */
	char *service;               /* Service=; NULL: of the same name */
	bool remove_on_stop;
};

/* As service_read(). */
int socket_unit_read(const struct boot_unit *unit, struct socket_unit *ret,
		     const struct unit_setting **ret_problem);
void socket_unit_release(struct socket_unit *socket);

/* Whether a setting of [Socket] is one that socket_unit_read() reads. */
bool socket_unit_knows(const char *key);

#endif
