/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter in the kernel, so that datagrams of other lengths wake nobody. */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

/*
 * Lets only datagrams of a packet's length into the socket's queue. The filter
 * belongs to the socket: it stays when the program ends, so that no other length
 * starts it again.
 *
 * Returns 0 or the negative errno of setsockopt(2): not fatal, because the length is tested again.
 */
int filter_attach(int fd, bool v2);

#endif
