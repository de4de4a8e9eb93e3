/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of a service: passed by the service manager, or opened by hand.
 *
 * Passed: the protocol of sd_listen_fds(3), $LISTEN_PID, $LISTEN_FDS and
 * $LISTEN_FDNAMES. By hand: addresses as in --listen=.
 *
 * A passed listening socket belongs to the manager as well. It is never
 * shutdown(2), which would make the manager deaf too; closing it is fine.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* More than any unit of ours states by far; a bound, so that a set needs no memory. */
#define SOCKETS_MAX 32

/* systemd's FDNAME_MAX is 255 characters. */
#define SOCKET_NAME_SIZE 256

/* "[" IPv6 "]:" port, or the longest path of a sockaddr_un. */
#define SOCKET_TEXT_SIZE 128

struct service_socket {
	int fd;                      /* non-blocking, close-on-exec */
	int family;                  /* AF_INET, AF_INET6, AF_UNIX, … */
	int type;                    /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
	bool listening;              /* accept(2) works: a listener, not a connection */
	bool passed;                 /* by the manager */
	char name[SOCKET_NAME_SIZE]; /* FileDescriptorName=; "" when opened by hand */
};

struct sockets {
	size_t n;
	struct service_socket at[SOCKETS_MAX];
};

/*
 * Adds what the manager passed to this process, and removes the variables of
 * the protocol from the environment, so that no child mistakes them for its own.
 *
 * Each descriptor is checked to be a socket and made close-on-exec and
 * non-blocking. Variables meant for another process (LISTEN_PID) add nothing.
 *
 * Returns 0 (also when nothing was passed), -EINVAL when the variables are not
 * as the protocol says, -E2BIG for more than SOCKETS_MAX, -EBADF or -ENOTSOCK
 * when a descriptor is closed or no socket. On failure nothing was added.
 */
int sockets_take_passed(struct sockets *sockets);

/*
 * Opens a socket of that type and binds it to an address; SOCK_STREAM and
 * SOCK_SEQPACKET also listen.
 *
 *	8080            port alone: all addresses, IPv6 and IPv4
 *	127.0.0.1:8080  IPv4
 *	[::]:8080       IPv6; "[::]" takes IPv4 as well
 *	/run/x.sock     a path (absolute); a dead socket in its place is removed
 *	@name           an abstract unix socket
 *
 * Port 0 lets the kernel choose; socket_describe() tells.
 *
 * Returns 0, -EINVAL for text that is no such address, -ENAMETOOLONG for a path
 * that fits no sockaddr_un, -E2BIG when the set is full, or the errno of
 * socket(2), bind(2), listen(2).
 */
int sockets_listen(struct sockets *sockets, const char *address, int type);

/* Set before the socket is bound, by setsockopt(2), where its level is one of the socket's. */
struct socket_option {
	int level;
	int name;
	int value;
};

/*
 * What sockets_listen() opens, for who manages sockets of others: with a backlog
 * and with options, which come after ours (SO_REUSEADDR, and IPv6 sockets that take
 * IPv4 as well). The file of a unix socket gets its mode from the umask.
 *
 * Returns 0 and sets *ret_fd (the caller's), or the errors of sockets_listen().
 */
int socket_open(const char *address, int type, int backlog, const struct socket_option *options,
		size_t n_options, int *ret_fd);

/* Whether the text is such an address. Returns 0, -EINVAL or -ENAMETOOLONG. */
int socket_address_check(const char *address);

/* Closes all of them; the set is empty then. */
void sockets_close(struct sockets *sockets);

/*
 * Writes where a socket is bound, in the form that sockets_listen() reads, or
 * "?" if it cannot be told. Control characters of a path become '?'. Returns buffer.
 */
const char *socket_describe(int fd, char buffer[static SOCKET_TEXT_SIZE]);

#endif
