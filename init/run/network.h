/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network of a machine, or of a container with a network of its own. */
#ifndef NETWORK_H
#define NETWORK_H

/*
 * Brings up the loopback interface, and sets an IPv4 address. Failures are logged.
 *
 * ip: the value of ip= on the kernel's command line; NULL: no address.
 */
void network_open(const char *ip);

#endif
