/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the service manager how we are: the $NOTIFY_SOCKET protocol of sd_notify(3). */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Sends lines of assignments ("READY=1", "STOPPING=1", "STATUS=…").
 *
 * Returns 1 when sent, 0 when nobody asked ($NOTIFY_SOCKET is not set),
 * -EINVAL for an address that is neither a path nor abstract ('@'), -ENAMETOOLONG
 * for one that fits no sockaddr_un, or the errno of socket(2) and sendto(2).
 * A service goes on when this fails: only the manager's view suffers.
 */
int notify(const char *state);

#endif
