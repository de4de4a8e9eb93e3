/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of a service: passed by the service manager, or opened for --listen=.
 *
 * Passing: the protocol of sd_listen_fds(3), $LISTEN_PID, $LISTEN_FDS and
 * $LISTEN_FDNAMES.
 *
 * A passed listening socket belongs to the manager as well. Never shutdown(2) it: the
 * manager could not accept on it any more. Closing it is fine.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Far more than any unit of ours has; a limit, so that a set needs no allocation. */
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
	char name[SOCKET_NAME_SIZE]; /* FileDescriptorName=; "" when opened by us */
};

struct sockets {
	size_t n;
	struct service_socket at[SOCKETS_MAX];
};

/*
 * Adds what the manager passed to this process, and removes the variables of the
 * protocol from the environment, so that no child uses them.
 *
 * Each descriptor is checked to be a socket and made close-on-exec and
 * non-blocking. Variables meant for another process (LISTEN_PID) add nothing.
 *
 * Returns 0 (also when nothing was passed), -EINVAL when the variables are not
 * as the protocol says, -E2BIG for more than SOCKETS_MAX, -EBADF or -ENOTSOCK
 * when a descriptor is closed or not a socket. On failure nothing was added.
 */
int sockets_take_passed(struct sockets *sockets);

/*
 * Opens a socket of that type and binds it to an address; SOCK_STREAM and
 * SOCK_SEQPACKET also listen.
 *
 *	8080            port alone: all addresses, IPv6 and IPv4
 *	127.0.0.1:8080  IPv4
 *	[::]:8080       IPv6; "[::]" accepts IPv4 as well
 *	/run/x.sock     an absolute path; a socket without a listener there is removed
 *	@name           an abstract unix socket
 *
 * Port 0 lets the kernel choose; see socket_describe().
 *
 * Returns 0, -EINVAL for another text, -ENAMETOOLONG for a path that does not fit
 * a sockaddr_un, -E2BIG when the set is full, or the errno of
 * socket(2), bind(2), listen(2).
 */
int sockets_listen(struct sockets *sockets, const char *address, int type);

/* For setsockopt(2) before the socket is bound, if the level applies to it. */
struct socket_option {
	int level;
	int name;
	int value;
};

/*
 * As sockets_listen(), for programs that open sockets for others: with a backlog, and
 * with options that are set after ours (SO_REUSEADDR, and IPv6 sockets that accept
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
 * Writes the address of a socket in the form that sockets_listen() reads, or "?" if it is
 * unknown. Control characters of a path become '?'. Returns buffer.
 */
const char *socket_describe(int fd, char buffer[static SOCKET_TEXT_SIZE]);

#endif
