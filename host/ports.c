/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports that are bound on this host. */
#include "ports.h"

#include "elements.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define PROC_NET_SIZE_MAX ((size_t)64 * 1024 * 1024)

/* include/net/tcp_states.h of the kernel. */
#define STATE_LISTEN 0x0a

bool ports_have(const struct port *ports, const struct port *port)
{
	for (; ports; ports = ports->next)
		if (ports->is_tcp == port->is_tcp && ports->number == port->number)
			return true;
	return false;
}

/* Hexadecimal digits, up to the end of the word. Returns -1 for others. */
static long hexadecimal(const char *text)
{
	size_t length = strspn(text, "0123456789ABCDEFabcdef");

	if (length == 0 || length > 4 || (text[length] && text[length] != ' '))
		return -1;
	return strtol(text, NULL, 16);
}

/* "  0: 00000000:1F90 00000000:0000 0A …": number, local, remote address, state. */
static bool read_port(char *line, bool is_tcp, struct port *ret)
{
	char *words[4], *rest = line;
	long number, state;

	for (size_t i = 0; i < ELEMENTS(words); i++) {
		words[i] = strtok_r(rest, " ", &rest);
		if (!words[i])
			return false;
	}
	words[1] = strchr(words[1], ':');
	number = words[1] ? hexadecimal(words[1] + 1) : -1;
	state = hexadecimal(words[3]);
	if (number <= 0 || state < 0 || (is_tcp && state != STATE_LISTEN))
		return false;
	*ret = (struct port){ NULL, is_tcp, (uint16_t)number };
	return true;
}

int ports_read(struct pool *pool, const char *text, bool is_tcp, struct port **ports)
{
	for (; *text; text += *text == '\n') {
		size_t length = strcspn(text, "\n");
		char *line = pool_copy_bytes(pool, text, length);
		struct port found, *added;

		if (!line)
			return -ENOMEM;
		text += length;
		if (!read_port(line, is_tcp, &found) || ports_have(*ports, &found))
			continue;
		added = pool_take(pool, sizeof *added);
		if (!added)
			return -ENOMEM;
		*added = found;
		added->next = *ports;
		*ports = added;
	}
	return 0;
}

int ports_find(struct pool *pool, struct port **ret)
{
	static const struct {
		const char *path;
		bool is_tcp;
	} files[] = {
		{ "/proc/net/tcp", true },
		{ "/proc/net/tcp6", true },
		{ "/proc/net/udp", false },
		{ "/proc/net/udp6", false },
	};
	int r = 0;

	*ret = NULL;
	for (size_t i = 0; i < ELEMENTS(files) && r >= 0; i++) {
		char *text;
		size_t size;

		if (file_read(AT_FDCWD, files[i].path, PROC_NET_SIZE_MAX, &text, &size) < 0)
			continue;
		r = ports_read(pool, text, files[i].is_tcp, ret);
		free(text);
	}
	return r;
}

bool ports_of_listen(const char *listen, struct port *ret)
{
	const char *address = strchr(listen, ' '), *colon = strrchr(listen, ':');
	uint64_t number;

	if (!address || !colon || colon < address || strchr(address, '/') ||
	    parse_uint(colon + 1, 1, UINT16_MAX, &number) < 0)
		return false;
	*ret = (struct port){ NULL, strncmp(listen, "Stream ", strlen("Stream ")) == 0,
			      (uint16_t)number };
	return ret->is_tcp || strncmp(listen, "Datagram ", strlen("Datagram ")) == 0;
}
