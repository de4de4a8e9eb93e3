/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a .socket unit says, as systemd.socket(5) has it. Pure. */
#ifndef SOCKET_UNIT_H
#define SOCKET_UNIT_H

#include "service.h"
#include "sockets.h"

/* As many options as the table in the source has. */
#define SOCKET_OPTIONS_MAX 16

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
	const struct unit *unit; /* borrowed */
	struct port *ports;
	size_t n_ports;
	bool accept;
	unsigned max_connections;  /* of all clients; with accept */
	unsigned max_per_source;   /* of one; 0: no limit of its own */
	uint64_t trigger_interval; /* microseconds; 0: no limit */
	unsigned trigger_burst;
	int backlog;
	struct socket_option options[SOCKET_OPTIONS_MAX];
	size_t n_options;
	mode_t mode, directory_mode; /* of the file of a FIFO or unix socket, and of its parents */
	char *user, *group;          /* of such a file; NULL: root */
	char *name;                  /* FileDescriptorName=; NULL: the unit's */
	char *service;               /* Service=; NULL: of the same name */
	bool remove_on_stop;
};

/* As service_read(). */
int socket_unit_read(const struct unit *unit, struct socket_unit *ret,
		     const struct unit_setting **ret_problem);
void socket_unit_release(struct socket_unit *socket);

/* Whether a setting of [Socket] is one that socket_unit_read() reads. */
bool socket_unit_knows(const char *key);

#endif
