/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/socket-unit.h"

#include "sockets.h"
#include "units/words.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* systemd.socket(5) */
#define MAX_CONNECTIONS 64
/* The kernel cuts it at net.core.somaxconn. */
#define BACKLOG 4096

enum {
	KIND_PORT = SETTING_CUSTOM /* more: the kind */
};

#define SETTINGS(X)                                                           \
	X(ListenStream, KIND_PORT, PORT_STREAM, ports)                        \
	X(ListenDatagram, KIND_PORT, PORT_DATAGRAM, ports)                    \
	X(ListenSequentialPacket, KIND_PORT, PORT_SEQUENTIAL_PACKET, ports)   \
	X(ListenFIFO, KIND_PORT, PORT_FIFO, ports)                            \
	X(BindIPv6Only, SETTING_WORD, 3, bind_ipv6_only)                      \
	X(Accept, SETTING_BOOLEAN, 0, accept)                                 \
	X(MaxConnections, SETTING_NUMBER, 0, max_connections)                 \
	X(Backlog, SETTING_NUMBER, 0, backlog)                                \
	X(SocketMode, SETTING_MODE, 0, mode)                                  \
	X(DirectoryMode, SETTING_MODE, 0, directory_mode)                     \
	X(FileDescriptorName, SETTING_TEXT, 0, name)                          \
	X(Service, SETTING_TEXT, 0, service)                                  \
	X(RemoveOnStop, SETTING_BOOLEAN, 0, remove_on_stop)                   \
	/* Without these it would be another socket, or for other clients. */ \
	X(SocketUser, SETTING_REFUSED, 0, unit)                               \
	X(SocketGroup, SETTING_REFUSED, 0, unit)                              \
	X(ListenSpecial, SETTING_REFUSED, 0, unit)                            \
	X(ListenNetlink, SETTING_REFUSED, 0, unit)                            \
	X(ListenMessageQueue, SETTING_REFUSED, 0, unit)                       \
	X(ListenUSBFunction, SETTING_REFUSED, 0, unit)                        \
	X(BindToDevice, SETTING_REFUSED, 0, unit)                             \
	X(SocketProtocol, SETTING_REFUSED, 0, unit)

#define RULE(name, kind, more, field) { kind, more, offsetof(struct socket_unit, field) },
static const struct setting_rule rules[] = { SETTINGS(RULE) };
static const char names[] = SETTINGS(SETTING_NAME);

bool socket_unit_knows(const char *key)
{
	return word_index(names, key) >= 0;
}

static void reset_ports(struct socket_unit *s)
{
	while (s->n_ports > 0)
		free(s->ports[--s->n_ports].address);
}

static int add_port(struct socket_unit *s, enum port_kind kind, const char *value)
{
	struct port *larger;
	char *address;
	int r;

	if (*value == '\0') {
		/* systemd.socket(5): an empty value resets the ports of all kinds. */
		reset_ports(s);
		return 0;
	}
	r = expand_specifiers(s->unit, NULL, value, &address);
	if (r < 0)
		return r;
	replace_var_run(address);
	r = kind != PORT_FIFO ? socket_address_check(address) : *address == '/' ? 0 : -EINVAL;
	larger = r < 0 ? NULL : realloc(s->ports, (s->n_ports + 1) * sizeof *larger);
	if (!larger) {
		free(address);
		return r < 0 ? r : -ENOMEM;
	}
	s->ports = larger;
	larger[s->n_ports++] = (struct port){ .kind = kind, .address = address };
	return 0;
}

static int read_custom(void *base, const struct setting_rule *rule, const struct unit_setting *set)
{
	return rule ? add_port(base, rule->more, set->value) : 0;
}

static const struct setting_table table = { "Socket", names, rules, read_custom };

int socket_unit_read(const struct boot_unit *unit, struct socket_unit *s,
		     const struct unit_setting **ret_problem)
{
	int r;

	*s = (struct socket_unit){
		.unit = unit,
		.max_connections = MAX_CONNECTIONS,
		.backlog = BACKLOG,
		.mode = 0666,
		.directory_mode = 0755,
	};
	r = settings_read(&table, unit, NULL, s, ret_problem);
	if (r < 0)
		return r;
	return s->n_ports == 0 || (s->name && strchr(s->name, ':')) ? -EINVAL : 0;
}

void socket_unit_release(struct socket_unit *s)
{
	reset_ports(s);
	free(s->ports);
	settings_release(&table, s);
}
