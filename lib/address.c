/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses as text. */
#include "address.h"

#include "format.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define GROUPS 8

static size_t write_ipv4(const uint8_t *a, char *buffer, size_t room)
{
	return format_text(buffer, room, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
}

static void write_ipv6(const uint8_t *a, char *buffer)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const size_t groups = memcmp(a, mapped, sizeof mapped) == 0 ? GROUPS - 2 : GROUPS;
	size_t run[GROUPS + 1] = { 0 }; /* of zeros that begin there */
	size_t longest = 0, used = 0;

	for (size_t i = groups; i-- > 0;)
		run[i] = a[2 * i] == 0 && a[2 * i + 1] == 0 ? run[i + 1] + 1 : 0;
	for (size_t i = 1; i < groups; i++)
		if (run[i] > run[longest])
			longest = i;

	for (size_t i = 0; i < groups;) {
		/* RFC 5952 4.2.2: not for one group alone. */
		if (i == longest && run[i] > 1) {
			i += run[i];
			used += format_text(buffer + used, ADDRESS_TEXT_SIZE - used,
					    i == groups ? "::" : ":");
			continue;
		}
		used += format_text(buffer + used, ADDRESS_TEXT_SIZE - used, i > 0 ? ":%x" : "%x",
				    (unsigned)(a[2 * i] << 8 | a[2 * i + 1]));
		i++;
	}
	if (groups < GROUPS) {
		buffer[used++] = ':';
		(void)write_ipv4(a + sizeof mapped, buffer + used, ADDRESS_TEXT_SIZE - used);
	}
}

const char *address_text(int family, const void *bytes, char buffer[static ADDRESS_TEXT_SIZE])
{
	if (family == AF_INET)
		(void)write_ipv4(bytes, buffer, ADDRESS_TEXT_SIZE);
	else
		write_ipv6(bytes, buffer);
	return buffer;
}
