/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reports the state of the service to its manager: the protocol of sd_notify(3). */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Sends lines of assignments ("READY=1", "STOPPING=1", "STATUS=…").
 *
 * Returns 1 when sent, 0 when $NOTIFY_SOCKET is not set,
 * -EINVAL for an address that is neither a path nor abstract ('@'), -ENAMETOOLONG
 * for one that does not fit a sockaddr_un, or the errno of socket(2) and sendto(2).
 * A service should go on when this fails.
 */
int notify(const char *state);

#endif
