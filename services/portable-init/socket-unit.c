/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a .socket unit says. */
#include "socket-unit.h"

#include "number.h"
#include "values.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

/* systemd.socket(5) */
#define MAX_CONNECTIONS      64
#define TRIGGER_INTERVAL     (2 * SECOND)
#define TRIGGER_BURST        20
#define TRIGGER_BURST_ACCEPT 200

/* The kernel cuts it at net.core.somaxconn. */
#define BACKLOG 4096

#define SETTINGS(X)                                                                              \
	X(ListenStream)                                                                          \
	X(ListenDatagram)                                                                        \
	X(ListenSequentialPacket)                                                                \
	X(ListenFIFO)                                                                            \
	/* Those that are an option of the kernel's, in the order of the table below. */         \
	X(KeepAlive)                                                                             \
	X(NoDelay)                                                                               \
	X(FreeBind)                                                                              \
	X(Transparent)                                                                           \
	X(ReusePort)                                                                             \
	X(Broadcast)                                                                             \
	X(PassCredentials)                                                                       \
	X(ReceiveBuffer)                                                                         \
	X(SendBuffer)                                                                            \
	X(Priority)                                                                              \
	X(Mark)                                                                                  \
	X(BindIPv6Only)                                                                          \
	X(Accept)                                                                                \
	X(MaxConnections)                                                                        \
	X(MaxConnectionsPerSource)                                                               \
	X(TriggerLimitIntervalSec)                                                               \
	X(TriggerLimitBurst)                                                                     \
	X(Backlog)                                                                               \
	X(SocketMode)                                                                            \
	X(DirectoryMode)                                                                         \
	X(SocketUser)                                                                            \
	X(SocketGroup)                                                                           \
	X(FileDescriptorName)                                                                    \
	X(Service)                                                                               \
	X(RemoveOnStop)                                                                          \
	/* Sockets of these kinds cannot be opened: without them it would not be the service. */ \
	X(ListenSpecial)                                                                         \
	X(ListenNetlink)                                                                         \
	X(ListenMessageQueue)                                                                    \
	X(ListenUSBFunction)                                                                     \
	X(BindToDevice)                                                                          \
	X(SocketProtocol)

#define NUMBER(key) KEY_##key,
enum key {
	SETTINGS(NUMBER)
};
#define NAME(key) #key "\0"
static const char key_names[] = SETTINGS(NAME);

static const struct {
	int level, name;
} options[] = {
	[KEY_KeepAlive] = { SOL_SOCKET, SO_KEEPALIVE },
	[KEY_NoDelay] = { IPPROTO_TCP, TCP_NODELAY },
	[KEY_FreeBind] = { IPPROTO_IP, IP_FREEBIND },
	[KEY_Transparent] = { IPPROTO_IP, IP_TRANSPARENT },
	[KEY_ReusePort] = { SOL_SOCKET, SO_REUSEPORT },
	[KEY_Broadcast] = { SOL_SOCKET, SO_BROADCAST },
	[KEY_PassCredentials] = { SOL_SOCKET, SO_PASSCRED },
	[KEY_ReceiveBuffer] = { SOL_SOCKET, SO_RCVBUFFORCE },
	[KEY_SendBuffer] = { SOL_SOCKET, SO_SNDBUFFORCE },
	[KEY_Priority] = { SOL_SOCKET, SO_PRIORITY },
	[KEY_Mark] = { SOL_SOCKET, SO_MARK },
	[KEY_BindIPv6Only] = { IPPROTO_IPV6, IPV6_V6ONLY },
};

bool socket_unit_knows(const char *key)
{
	return word_index(key_names, key) >= 0;
}

static int add_port(struct socket_unit *s, enum port_kind kind, const char *value)
{
	struct port *larger;
	char *address;
	int r;

	if (*value == '\0') {
		/* An empty one resets the list, of whatever kind: systemd.socket(5). */
		while (s->n_ports > 0)
			free(s->ports[--s->n_ports].address);
		return 0;
	}
	r = unit_expand(s->unit, NULL, value, &address);
	if (r < 0)
		return r;
	r = kind == PORT_FIFO ? (*address == '/' ? 0 : -EINVAL) : socket_address_check(address);
	larger = r < 0 ? NULL : reallocarray(s->ports, s->n_ports + 1, sizeof *larger);
	if (!larger) {
		free(address);
		return r < 0 ? r : -ENOMEM;
	}
	s->ports = larger;
	larger[s->n_ports++] = (struct port){ .kind = kind, .address = address };
	return 0;
}

static int add_option(struct socket_unit *s, enum key key, const char *value)
{
	struct socket_option option = { options[key].level, options[key].name, 0 };
	uint64_t number, hard;
	bool on = false;
	int r;

	switch (key) {
	case KEY_BindIPv6Only:
		/* "default" is what most systems have, and what we open: both. */
		on = strcmp(value, "ipv6-only") == 0;
		r = on || strcmp(value, "both") == 0 || strcmp(value, "default") == 0 ? 0 : -EINVAL;
		option.value = on;
		break;
	case KEY_ReceiveBuffer:
	case KEY_SendBuffer:
	case KEY_Priority:
	case KEY_Mark:
		r = parse_limit(value, &number, &hard);
		if (r == 0 && number > INT_MAX)
			r = -EINVAL;
		option.value = r < 0 ? 0 : (int)number;
		break;
	default:
		r = parse_boolean(value, &on);
		option.value = on;
	}
	if (r < 0 || s->n_options == SOCKET_OPTIONS_MAX)
		return -EINVAL;
	s->options[s->n_options++] = option;
	return 0;
}

static int read_number(const char *value, unsigned *ret)
{
	uint64_t number;
	int r = parse_uint(value, 0, INT_MAX, &number);

	if (r == 0)
		*ret = (unsigned)number;
	return r;
}

static int read_text(struct socket_unit *s, const char *value, char **text)
{
	free(*text);
	*text = NULL;
	return *value ? unit_expand(s->unit, NULL, value, text) : 0;
}

static int read_setting(struct socket_unit *s, enum key key, const char *value)
{
	unsigned number = 0;
	int r;

	if (key <= KEY_ListenFIFO)
		return add_port(s, (enum port_kind)key, value);
	if (key <= KEY_BindIPv6Only)
		return add_option(s, key, value);
	switch (key) {
	case KEY_Accept:
		return parse_boolean(value, &s->accept);
	case KEY_MaxConnections:
		return read_number(value, &s->max_connections);
	case KEY_MaxConnectionsPerSource:
		return read_number(value, &s->max_per_source);
	case KEY_TriggerLimitIntervalSec:
		return parse_time_span(value, &s->trigger_interval);
	case KEY_TriggerLimitBurst:
		return read_number(value, &s->trigger_burst);
	case KEY_Backlog:
		r = read_number(value, &number);
		if (r == 0)
			s->backlog = (int)number;
		/* systemd's default is written as 4294967295. */
		return r == -ERANGE ? 0 : r;
	case KEY_SocketMode:
		return parse_mode(value, &s->mode);
	case KEY_DirectoryMode:
		return parse_mode(value, &s->directory_mode);
	case KEY_SocketUser:
		return read_text(s, value, &s->user);
	case KEY_SocketGroup:
		return read_text(s, value, &s->group);
	case KEY_FileDescriptorName:
		return strchr(value, ':') ? -EINVAL : read_text(s, value, &s->name);
	case KEY_Service:
		return read_text(s, value, &s->service);
	case KEY_RemoveOnStop:
		return parse_boolean(value, &s->remove_on_stop);
	default:
		return *value ? -EINVAL : 0;
	}
}

int socket_unit_read(const struct unit *unit, struct socket_unit *ret,
		     const struct unit_setting **ret_problem)
{
	struct socket_unit *s = ret;

	*s = (struct socket_unit){
		.unit = unit,
		.max_connections = MAX_CONNECTIONS,
		.trigger_interval = TRIGGER_INTERVAL,
		.trigger_burst = 0, /* depends on Accept= */
		.backlog = BACKLOG,
		.mode = 0666,
		.directory_mode = 0755,
	};
	*ret_problem = NULL;
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];
		int key = strcmp(setting->section, "Socket") == 0
				  ? word_index(key_names, setting->key)
				  : -1;
		int r = key < 0 ? 0 : read_setting(s, (enum key)key, setting->value);

		if (r < 0) {
			*ret_problem = setting;
			return r == -ENOMEM ? r : -EINVAL;
		}
	}
	if (s->trigger_burst == 0)
		s->trigger_burst = s->accept ? TRIGGER_BURST_ACCEPT : TRIGGER_BURST;
	return s->n_ports == 0 ? -EINVAL : 0;
}

void socket_unit_release(struct socket_unit *s)
{
	while (s->n_ports > 0)
		free(s->ports[--s->n_ports].address);
	free(s->ports);
	free(s->user);
	free(s->group);
	free(s->name);
	free(s->service);
	*s = (struct socket_unit){ 0 };
}
