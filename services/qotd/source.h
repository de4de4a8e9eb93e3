/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source of a datagram, and whether an answer could do harm there.
 * Pure.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Tells whether an answer may go to an address, the limiter aside. Never to
 *
 *   - ports that answer whatever they get, or whose clients do: echo 7, daytime
 *     13, qotd 17, chargen 19, time 37, dns 53, tftp 69, ntp 123 (CVE-2024-2169: two
 *     such services would answer each other for ever); and port 0;
 *   - own_port, the one we serve: another qotd, or ourselves. Clients have ports of
 *     their own, on this host too;
 *   - addresses of no single host: unspecified, multicast, broadcast, reserved.
 *     (A subnet's broadcast address is known to the kernel only, which refuses to send there.)
 *
 * IPv4 addresses in IPv6 (::ffff:0:0/96) are treated as what they are.
 *
 * address: a sockaddr of any alignment, as from recvmsg(2), likewise size; other families
 * than AF_INET and AF_INET6 are refused. Returns true and sets *ret_source to what counts
 * as one source: the IPv4 address, or the IPv6 /56, about what one household has.
 */
bool source_identify(const void *address, socklen_t size, uint16_t own_port, uint64_t *ret_source);

#endif
